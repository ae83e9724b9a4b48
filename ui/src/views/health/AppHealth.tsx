/**
 * Owns what the health page says of the program itself: its figures over the last hour, its storage, and how pictures
 * come to the screen. Each part is a card of its own.
 */
import { Title } from '@mantine/core';
import { type ReactNode, useEffect, useState } from 'react';
import { bytes, clock, percent, visible } from '../../format';
import type { GovernorDecisionVm } from '../../gen/GovernorDecisionVm';
import { useText } from '../../i18n';
import { liveDecisions } from '../../ipc';
import { useLive } from '../../live/client';
import { Facts } from '../../parts/bits';
import { Chart } from '../../parts/Chart';
import { storageLeft } from '../../parts/StatusBar';
import { useEngine } from '../../store/engine';
import { APP_SPAN_S, type AppFigure, appTrace } from '../../store/health';
import { usePathText } from '../LiveBar';
import { rulingText } from '../TileGovernor';

interface AppChart {
  /** Names it in the language files, under `health.app`. */
  key: string;
  /** Names its figures there too. */
  lines: readonly AppFigure[];
  text: (value: number, lang: string) => string;
}

/** The charts, each by the names of its figures. */
const CHARTS: readonly AppChart[] = [
  {
    key: 'load',
    lines: ['processor', 'processorOwn'],
    text: (value, lang) => percent(value, lang, 0),
  },
  { key: 'memory', lines: ['memoryOwn'], text: bytes },
  { key: 'written', lines: ['written'], text: (value, lang) => `${bytes(value, lang)}/s` },
];

/** Decisions that are listed. */
const DECISIONS_SHOWN = 12;

export function AppHealth() {
  const { t, lang } = useText();
  return (
    <section aria-labelledby="app-health" style={{ marginTop: 24 }}>
      <Title order={2} id="app-health" mb={10}>
        {t('health.app.title')}
      </Title>
      <div className="healthgrid">
        {CHARTS.map(({ key, lines, text }) => (
          <div className="card" key={key}>
            <Chart
              title={t(`health.app.${key}`)}
              trace={appTrace}
              lines={lines.map((name) => ({
                name,
                label: lines.length > 1 ? t(`health.app.${name}`) : '',
              }))}
              span={APP_SPAN_S}
              text={(value) => text(value, lang)}
              testid={`health-app-${key}`}
            />
          </div>
        ))}
        <Part title={t('health.app.storage')}>
          <Storage />
        </Part>
        <Part title={t('health.app.live')}>
          <LivePath />
        </Part>
        <Part title={t('health.app.decisions')}>
          <Decisions />
        </Part>
      </div>
    </section>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="card" style={{ padding: '12px 14px' }}>
      <Title order={3} mb={8}>
        {title}
      </Title>
      {children}
    </div>
  );
}

function Storage() {
  const { t, lang } = useText();
  const status = useEngine((state) => state.status);
  if (!status) return <span className="tone-faint">{t('status.waiting')}</span>;
  const idle = status.cameras_recording + status.cameras_waiting === 0;
  const noEnd = t(idle ? 'status.notRecording' : 'health.app.noEnd');
  return (
    <div className="num" data-testid="health-storage">
      <Facts
        rows={[
          [t('health.app.used'), bytes(status.used_bytes, lang)],
          [t('health.app.free'), bytes(status.free_bytes, lang)],
          [t('health.app.left'), storageLeft(t, status.days_left) || noEnd],
        ]}
      />
    </div>
  );
}

function LivePath() {
  const { t } = useText();
  const { path, reason } = usePathText();
  return (
    <div data-testid="health-path">
      <Facts
        rows={[
          [t('health.app.path'), path],
          [t('health.app.why'), reason || t('health.app.noPath')],
        ]}
      />
    </div>
  );
}

/** The newest of what was decoded less or more, and why. */
function Decisions() {
  const { t, lang } = useText();
  const cameras = useEngine((state) => state.cameras);
  // Each of them changes this.
  const governed = useLive((live) => live.governed);
  const [decisions, setDecisions] = useState<GovernorDecisionVm[] | null>(null);
  useEffect(() => {
    void governed;
    liveDecisions().then(
      (all) => setDecisions(all.slice(-DECISIONS_SHOWN).reverse()),
      () => setDecisions(null),
    );
  }, [governed]);
  if (!decisions?.length) return <span className="tone-faint">{t('health.app.noDecisions')}</span>;
  const nameOf = (id: string) => visible(cameras.find((camera) => camera.id === id)?.name ?? '', 60);
  return (
    <ol className="plain num" data-testid="health-decisions">
      {decisions.map((one) => (
        <li key={`${one.at} ${one.camera}`}>
          {clock(Date.parse(one.at), lang)} {nameOf(one.camera)}: {rulingText(t, lang, one)}
        </li>
      ))}
    </ol>
  );
}
