/**
 * Owns the figures on a tile: what was measured of its stream, with its unit; what is not known is a dash that says why.
 */
import { Popover, UnstyledButton } from '@mantine/core';
import { useState } from 'react';
import { bitrate, codecName, number, percent, size } from '../format';
import type { CameraVm } from '../gen/CameraVm';
import type { MetricsVm } from '../gen/MetricsVm';
import { useText } from '../i18n';
import { type LiveState, useLive } from '../live/client';
import type { TileStats } from '../live/messages';
import { HealthParts } from '../parts/Health';
import { streamKey, useEngine } from '../store/engine';
import { usePathText } from './LiveBar';
import { useGoverned } from './TileGovernor';

const DASH = '–';

/** The worker's figures of one tile. */
export const statsOf = (state: LiveState, camera: string, role: string): TileStats | undefined =>
  state.stats?.tiles.find((tile) => tile.camera === camera && tile.role === role);

export function Figures(props: { camera: CameraVm; role: string; small: boolean }) {
  const { t, lang } = useText();
  const m = useEngine((engine) => engine.metrics[streamKey(props.camera.id, props.role)]);
  // Read along, not waited for: the engine's figures come as often.
  const live = useLive.getState();
  const stats = statsOf(live, props.camera.id, props.role);
  const { path, reason } = usePathText();
  const governed = useGoverned(props.camera.id);
  if (!m) return null;
  const figure = (value: number | null | undefined, digits = 0) =>
    value == null ? DASH : number(value, lang, digits);
  const pair = (p50: number | null | undefined, p95: number | null | undefined) =>
    p50 == null ? DASH : t('live.m.pair', { p50: figure(p50), p95: figure(p95) });
  const where = reason ? `${path}: ${reason}` : path;
  if (props.small) {
    return (
      <div className="figures" data-dense title={where}>
        <span style={{ minWidth: '7.5ch' }}>{figure(governed ? stats?.paintedFps : m.fps, 1)} fps</span>
        <span style={{ minWidth: '10.5ch' }}>{bitrate(m.bitrate_bps, lang)}</span>
        <span style={{ minWidth: '5.5ch' }}>{figure(stats?.latencyP50Ms)} ms</span>
        <span>
          {codecName(m.codec)} {size(m.width, m.height)}
        </span>
        {m.packets_lost > 0 && (
          <span>
            {t('live.m.loss')} {number(m.packets_lost, lang)}
          </span>
        )}
        <HealthFigure metrics={m} />
      </div>
    );
  }
  const arrival = m.time_source === 'arrival';
  const frozen = live.frozen[props.camera.id] !== undefined;
  const lossHint = arrival ? 'tiles.lossHttp' : 'tiles.lossHint';
  const average = m.fps_average > 0 ? m.fps_average : null;
  const rows: [name: string, value: string, hint?: string][] = [
    ['fps', t('live.m.fpsValue', { now: figure(m.fps, 1), average: figure(average, 1) }), t('tiles.fpsHint')],
    [
      'painted',
      t('tiles.paintedOf', { painted: figure(stats?.paintedFps, 1), offered: figure(stats?.offeredFps, 1) }),
      t(frozen ? 'tiles.frozenHint' : 'tiles.paintedHint'),
    ],
    ['bitrate', bitrate(m.bitrate_bps, lang)],
    [
      'latency',
      pair(m.latency_ms, m.latency_p95_ms),
      t(arrival ? 'live.m.latencyArrival' : 'live.m.latencyHint'),
    ],
    [
      'paint',
      pair(stats?.latencyP50Ms, stats?.latencyP95Ms),
      t(frozen ? 'tiles.frozenHint' : 'live.m.paintHint'),
    ],
    [
      'loss',
      `${number(m.packets_lost, lang)} · ${m.loss === null ? DASH : percent(m.loss, lang, 2)}`,
      t(lossHint),
    ],
    ['jitter', `${number(m.jitter_ms, lang, 1)} ms`, t('tiles.jitterHint')],
    ['dropped', number(m.dropped + (stats?.skipped ?? 0), lang), t('live.m.droppedHint')],
    ['reconnects', number(m.reconnects, lang), t('tiles.reconnectsHint')],
    [
      'codec',
      `${codecName(m.codec)} ${size(m.width, m.height)} · ${t(`role.${props.role}`)}`,
      props.role === 'sub' && stats?.picture
        ? t('governor.tilesSmall', { size: size(stats.picture.width, stats.picture.height) })
        : undefined,
    ],
    ['path', where],
  ];
  return (
    <div className="figures" data-all>
      <dl>
        {rows.map(([name, value, hint]) => (
          <div key={name} style={{ display: 'contents' }} title={hint}>
            <dt>{t(`live.m.${name}`)}</dt>
            <dd title={hint ?? value} className={name === 'path' ? 'wrap' : undefined}>
              {value}
            </dd>
          </div>
        ))}
        <dt>{t('health.label')}</dt>
        <dd>
          <HealthFigure metrics={m} bare />
        </dd>
      </dl>
    </div>
  );
}

/** The score, which explains itself when asked. */
function HealthFigure({ metrics, bare }: { metrics: MetricsVm; bare?: boolean }) {
  const { t, lang } = useText();
  const [asked, setAsked] = useState(false);
  const button = (
    <UnstyledButton
      className="healthbutton"
      aria-label={t('health.title', { score: metrics.health })}
      aria-expanded={asked}
      onClick={() => setAsked(!asked)}
    >
      {bare ? '' : `${t('health.label')} `}
      {number(metrics.health, lang)}
    </UnstyledButton>
  );
  // A closed popover costs as much as the whole line beside it, on each tile, twice a second.
  if (!asked) return button;
  return (
    <Popover opened onChange={setAsked} width={330} position="top" withArrow shadow="md">
      <Popover.Target>{button}</Popover.Target>
      <Popover.Dropdown>
        <HealthParts metrics={metrics} />
      </Popover.Dropdown>
    </Popover>
  );
}
