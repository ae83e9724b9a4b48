/**
 * Owns the health page: the table of cameras with their last ten minutes, worst first, and the program's own state.
 */
import { Popover, Title, UnstyledButton } from '@mantine/core';
import { HeartPulse } from 'lucide-react';
import { memo, useEffect, useRef, useState } from 'react';
import { worstFirst } from '../advice';
import { number, visible } from '../format';
import type { CameraVm } from '../gen/CameraVm';
import { useText } from '../i18n';
import { Empty, ErrorNote, SimulatedBadge } from '../parts/bits';
import { HealthParts } from '../parts/Health';
import { Sparkline } from '../parts/Sparkline';
import { StateMark } from '../parts/StateMark';
import { cameraMetrics, useEngine } from '../store/engine';
import { followCameras, traceOf, useHealth } from '../store/health';
import { SPANS } from '../trace';
import { AdviceText, adviceNow } from './health/Advice';
import { AppHealth } from './health/AppHealth';
import { CameraHealth } from './health/CameraHealth';
import { OVERVIEW } from './health/figures';

const RECENT_S = SPANS.recent.rows * SPANS.recent.stepS;

/** How often the table is put in order, in milliseconds. */
const ORDER_EVERY = 10_000;

export function HealthPage() {
  const { t } = useText();
  const cameras = useEngine((state) => state.cameras);
  const ids = cameras.map(({ id }) => id).join();
  const [attempt, setAttempt] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a further attempt reads all of it again
  useEffect(() => followCameras(ids === '' ? [] : ids.split(',')), [ids, attempt]);
  const error = useHealth((state) => state.error);
  const loading = useHealth((state) => state.loading > 0);
  const openId = useHealth((state) => state.open);
  return (
    <div className="page">
      <div className="pagehead">
        <Title order={1}>{t('nav.health')}</Title>
        <span role="status" className="tone-faint">
          {loading ? t('common.loading') : cameras.length > 0 && t('health.lastTen')}
        </span>
      </div>
      {error && (
        <div style={{ marginBottom: 14 }}>
          <ErrorNote error={error} subject={t('health.unread')}>
            <UnstyledButton td="underline" onClick={() => setAttempt(attempt + 1)}>
              {t('common.retry')}
            </UnstyledButton>
          </ErrorNote>
        </div>
      )}
      {cameras.length === 0 ? (
        <Empty
          icon={<HeartPulse size={36} strokeWidth={1.4} aria-hidden />}
          title={t('cameras.emptyTitle')}
          text={t('health.emptyText')}
        />
      ) : (
        <Overview cameras={cameras} />
      )}
      <AppHealth />
      <CameraHealth
        camera={cameras.find(({ id }) => id === openId) ?? null}
        onClose={() => useHealth.setState({ open: null })}
      />
    </div>
  );
}

function orderNow(cameras: readonly CameraVm[]): string[] {
  const engine = useEngine.getState();
  const { reconnects } = useHealth.getState();
  return worstFirst(
    cameras.map((camera) => ({
      ...camera,
      advice: adviceNow(engine, camera, reconnects[camera.id] ?? 0),
      health: cameraMetrics(engine.metrics, camera.id)?.health ?? null,
    })),
  );
}

/** The cameras' order, worst first; left alone while a hand or the keyboard is in the table. */
function useOrder(cameras: readonly CameraVm[], table: React.RefObject<HTMLElement | null>): CameraVm[] {
  const [order, setOrder] = useState(() => orderNow(cameras));
  // The first order with figures is put at once.
  const known = useEngine((state) => state.status !== null);
  const loading = useHealth((state) => state.loading > 0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: both say that there is more to go by
  useEffect(() => {
    const put = () => {
      if (!table.current?.matches(':hover, :focus-within')) setOrder(orderNow(cameras));
    };
    setOrder(orderNow(cameras));
    const timer = setInterval(put, ORDER_EVERY);
    return () => clearInterval(timer);
  }, [cameras, table, known, loading]);
  const place = new Map(order.map((id, index) => [id, index]));
  return [...cameras].sort((a, b) => (place.get(a.id) ?? 0) - (place.get(b.id) ?? 0));
}

function Overview({ cameras }: { cameras: readonly CameraVm[] }) {
  const { t } = useText();
  const table = useRef<HTMLTableElement>(null);
  const ordered = useOrder(cameras, table);
  return (
    <div className="card" style={{ overflowX: 'auto' }}>
      <table className="table healthtable" ref={table} data-testid="health-table">
        <thead>
          <tr>
            <th style={{ width: '15%' }}>{t('common.camera')}</th>
            <th style={{ width: 148 }}>{t('cameras.state')}</th>
            <th style={{ width: 64 }}>{t('health.label')}</th>
            {OVERVIEW.map(({ key }) => (
              <th key={key} style={{ width: 90 }}>
                {t(`health.figure.${key}`)}
              </th>
            ))}
            <th style={{ width: 96 }}>{t('health.reconnectsDay')}</th>
            <th>{t('health.toDo')}</th>
          </tr>
        </thead>
        <tbody>
          {ordered.map((camera) => (
            <Row key={camera.id} camera={camera} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

const Row = memo(function Row({ camera }: { camera: CameraVm }) {
  const { t, lang } = useText();
  const state = useEngine((engine) => cameraMetrics(engine.metrics, camera.id)?.state);
  const again = useHealth((health) => health.reconnects[camera.id]);
  const name = visible(camera.name, 80);
  const trace = traceOf(camera.id);
  const open = () => useHealth.setState({ open: camera.id });
  return (
    <tr className="choose" data-camera={camera.id} data-state={state} onClick={open}>
      <td>
        <div className="namecell">
          <UnstyledButton
            className="linkname clip"
            fz={13}
            title={name}
            aria-label={t('health.openCamera', { name })}
            onClick={(event) => {
              event.stopPropagation();
              open();
            }}
          >
            {name}
          </UnstyledButton>
          {camera.simulated && <SimulatedBadge />}
        </div>
      </td>
      <td>
        <StateMark state={camera.enabled ? state : 'off'} />
      </td>
      <td>
        <Score camera={camera} />
      </td>
      {OVERVIEW.map(({ key, lines: [main], text }) => (
        <td key={key}>
          {main && (
            <Sparkline trace={trace} figure={main.name} span={RECENT_S} text={(value) => text(value, lang)} />
          )}
        </td>
      ))}
      <td className="num">{again === undefined ? '–' : number(again, lang)}</td>
      <td>
        <AdviceText camera={camera} />
      </td>
    </tr>
  );
});

/** The score, and on demand what it is made of. */
function Score({ camera }: { camera: CameraVm }) {
  const { t, lang } = useText();
  const [asked, setAsked] = useState(false);
  const score = useEngine((state) => cameraMetrics(state.metrics, camera.id)?.health);
  if (!camera.enabled || score === undefined) return <span className="num">–</span>;
  return (
    <Popover opened={asked} onChange={setAsked} width={330} position="bottom-start" withArrow shadow="md">
      <Popover.Target>
        <UnstyledButton
          className="healthbutton"
          aria-label={t('health.title', { score })}
          onClick={(event) => {
            event.stopPropagation();
            setAsked(!asked);
          }}
        >
          {number(score, lang)}
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown onClick={(event) => event.stopPropagation()}>
        {asked && <Parts camera={camera.id} />}
      </Popover.Dropdown>
    </Popover>
  );
}

function Parts({ camera }: { camera: string }) {
  const metrics = useEngine((state) => cameraMetrics(state.metrics, camera));
  return metrics ? <HealthParts metrics={metrics} /> : null;
}
