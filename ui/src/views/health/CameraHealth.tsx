/**
 * Owns the drawer with one camera's health: what to do, its charts over ten minutes or a day, the log of its
 * connections, and what is missing of its recordings.
 */
import { Button, Group, SegmentedControl, Stack } from '@mantine/core';
import { Cctv, Stethoscope } from 'lucide-react';
import { useEffect, useState } from 'react';
import { causeText, toUserError } from '../../errors';
import { dateTime, duration, visible, zone } from '../../format';
import type { CameraVm } from '../../gen/CameraVm';
import type { ConnectionVm } from '../../gen/ConnectionVm';
import type { GapVm } from '../../gen/GapVm';
import type { UserError } from '../../gen/UserError';
import { useText } from '../../i18n';
import { healthHistory, healthLog, recordingGaps } from '../../ipc';
import { ErrorNote } from '../../parts/bits';
import { CameraDrawer } from '../../parts/CameraDrawer';
import { Chart } from '../../parts/Chart';
import { HealthParts } from '../../parts/Health';
import { isGapOf, useRead } from '../../parts/read';
import { Section } from '../../parts/Section';
import { StateMark } from '../../parts/StateMark';
import { openCamera } from '../../store/details';
import { examine } from '../../store/doctor';
import { cameraMetrics, useEngine } from '../../store/engine';
import { traceOf, useHealth } from '../../store/health';
import { go } from '../../store/page';
import { fillFrom, SPANS, type Span, streamTrace } from '../../trace';
import { AdviceText } from './Advice';
import { DETAILED } from './figures';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

export function CameraHealth({ camera, onClose }: { camera: CameraVm | null; onClose: () => void }) {
  const { t } = useText();
  return (
    <CameraDrawer camera={camera} onClose={onClose} size={860} title={(name) => t('health.of', { name })}>
      {(shown) => <Details key={shown.id} camera={shown} />}
    </CameraDrawer>
  );
}

function Details({ camera }: { camera: CameraVm }) {
  const { t, lang } = useText();
  return (
    <Stack gap={24} pb="xl" data-testid="camera-health">
      <Group justify="space-between" align="flex-start" wrap="nowrap" gap="lg">
        <Stack gap={8}>
          <AdviceText camera={camera} all />
          <Group gap="sm">
            <Button
              variant="default"
              leftSection={<Cctv size={15} aria-hidden />}
              onClick={() => {
                openCamera(camera.id);
                go('cameras');
              }}
              data-testid="health-open-camera"
            >
              {t('health.cameraPage')}
            </Button>
            <Button
              variant="default"
              leftSection={<Stethoscope size={15} aria-hidden />}
              onClick={() => void examine(camera.name, { camera: camera.id })}
              data-testid="health-examine"
            >
              {t('doctor.examine')}
            </Button>
          </Group>
        </Stack>
        <Score camera={camera} />
      </Group>
      <Charts camera={camera.id} />
      <Section title={t('health.log.title')}>
        <Log camera={camera} />
      </Section>
      <Section title={t('health.gaps.title')}>
        <Gaps camera={camera} />
      </Section>
      <span className="tone-faint">{t('common.zone', { zone: zone(Date.now(), lang) })}</span>
    </Stack>
  );
}

function Score({ camera }: { camera: CameraVm }) {
  const metrics = useEngine((state) => cameraMetrics(state.metrics, camera.id));
  if (!camera.enabled || !metrics) return null;
  return (
    <div style={{ width: 340, flex: 'none' }}>
      <HealthParts metrics={metrics} />
    </div>
  );
}

/** The camera's day, read once a minute while it is shown. */
function useDay(camera: string, role: string, shown: boolean) {
  const [trace] = useState(() => streamTrace('day'));
  const [error, setError] = useState<UserError | null>(null);
  useEffect(() => {
    if (!shown) return;
    let over = false;
    const read = () =>
      healthHistory(camera, role, 'day')
        .then((history) => {
          if (over) return;
          fillFrom(trace, history);
          setError(null);
        })
        .catch((failure) => over || setError(toUserError(failure)));
    void read();
    const timer = setInterval(read, MINUTE);
    return () => {
      over = true;
      clearInterval(timer);
    };
  }, [camera, role, shown, trace]);
  return { trace, error };
}

function Charts({ camera }: { camera: string }) {
  const { t, lang } = useText();
  const [span, setSpan] = useState<Span>('recent');
  const role = useHealth((state) => state.roles[camera] ?? 'main');
  const day = useDay(camera, role, span === 'day');
  const trace = span === 'day' ? day.trace : traceOf(camera);
  const { stepS, rows } = SPANS[span];
  return (
    <section aria-label={t('health.charts')}>
      <Group justify="space-between" mb={10}>
        <SegmentedControl
          aria-label={t('health.span')}
          value={span}
          onChange={(value) => setSpan(value as Span)}
          data={[
            { value: 'recent', label: t('health.tenMinutes') },
            { value: 'day', label: t('health.day') },
          ]}
          data-testid="health-span"
        />
        <span className="tone-faint">
          {t('health.stream', { role: t(`role.${role}`) })} · {t('health.chartHint')}
        </span>
      </Group>
      {day.error && <ErrorNote error={day.error} subject={t('health.unread')} />}
      <div className="healthgrid">
        {DETAILED.map(({ key, lines, text }) => (
          <div className="card" key={key}>
            <Chart
              title={t(`health.figure.${key}`)}
              trace={trace}
              lines={lines
                .filter(({ dayOnly }) => !dayOnly || span === 'day')
                .map(({ name, label }) => ({ name, label: label ? t(`health.line.${label}`) : '' }))}
              span={stepS * rows}
              text={(value) => text(value, lang)}
              testid={`health-chart-${key}`}
            />
          </div>
        ))}
      </div>
    </section>
  );
}

function Log({ camera }: { camera: CameraVm }) {
  const { t, lang } = useText();
  const { value, error } = useRead<ConnectionVm[]>(
    camera.id,
    () => healthLog(camera.id),
    (event) => event.event === 'camera.state_changed' && event.camera === camera.id,
  );
  if (error) return <ErrorNote error={error} subject={visible(camera.name, 80)} />;
  if (!value) return <span className="tone-faint">{t('common.loading')}</span>;
  if (value.length === 0) return <span className="tone-faint">{t('health.log.empty')}</span>;
  return (
    <ol className="card healthlist num" data-testid="health-log">
      {value.map((entry) => (
        <li key={`${entry.at}${entry.role}${entry.state}`}>
          <span>{dateTime(entry.at, lang)}</span>
          <span>
            <StateMark state={entry.state} />
            {entry.attempts > 1 && (
              <span className="tone-faint"> {t('health.log.attempts', { count: entry.attempts })}</span>
            )}
          </span>
          <span className="tone-faint">{t(`role.${entry.role}`)}</span>
          <span>{entry.seconds === null ? t('health.lasts') : duration(entry.seconds)}</span>
          {entry.detail && <span className="mono wide">{visible(entry.detail, 200)}</span>}
        </li>
      ))}
    </ol>
  );
}

function Gaps({ camera }: { camera: CameraVm }) {
  const { t, lang } = useText();
  const { value, error } = useRead<GapVm[]>(
    camera.id,
    () => {
      const now = Date.now();
      return recordingGaps(camera.id, new Date(now - DAY).toISOString(), new Date(now).toISOString());
    },
    (event) => isGapOf(event, camera.id),
  );
  if (error) return <ErrorNote error={error} subject={visible(camera.name, 80)} />;
  if (!value) return <span className="tone-faint">{t('common.loading')}</span>;
  if (value.length === 0) {
    const key = camera.record_mode === 'off' || !camera.enabled ? 'health.gaps.off' : 'health.gaps.none';
    return <span className="tone-faint">{t(key)}</span>;
  }
  return (
    <ol className="card healthlist num" data-testid="health-gaps">
      {[...value].reverse().map((gap) => (
        <li key={gap.start}>
          <span>{dateTime(gap.start, lang)}</span>
          <span className="both">{causeText(t, gap.cause)}</span>
          <span>
            {gap.end === null
              ? t('health.lasts')
              : duration((Date.parse(gap.end) - Date.parse(gap.start)) / 1000)}
          </span>
        </li>
      ))}
    </ol>
  );
}
