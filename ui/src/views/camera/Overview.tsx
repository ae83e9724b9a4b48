/**
 * Owns what is known of a camera at this moment: its state, its figures and its health. The only parts of its page that
 * are drawn again when figures come, twice a second.
 */
import { Button, Group } from '@mantine/core';
import type { ReactNode } from 'react';
import { bitrate, dateTime, number, visible } from '../../format';
import type { CameraVm } from '../../gen/CameraVm';
import type { MetricsVm } from '../../gen/MetricsVm';
import { useText } from '../../i18n';
import { cameraEdit } from '../../ipc';
import { tellDone, tellError } from '../../notices';
import { Facts } from '../../parts/bits';
import { Fingerprint } from '../../parts/Certificate';
import { HealthParts } from '../../parts/Health';
import { Section } from '../../parts/Section';
import { StateMark } from '../../parts/StateMark';
import { useWork } from '../../parts/work';
import { cameraMetrics, loadCameras, useEngine } from '../../store/engine';

const useFigures = (camera: string): MetricsVm | undefined =>
  useEngine((state) => cameraMetrics(state.metrics, camera));

export function Overview({ camera }: { camera: CameraVm }) {
  const { t, lang } = useText();
  const m = useFigures(camera.id);
  const rows: [string, ReactNode][] = [
    [t('cameras.state'), <StateMark key="s" state={camera.enabled ? m?.state : 'off'} />],
  ];
  if (m?.detail) rows.push([t('common.details'), <Mono key="d" text={visible(m.detail, 300)} />]);
  rows.push(
    [t('common.address'), visible(camera.host, 80)],
    [
      t('cameras.onvif'),
      camera.onvif_url ? <Mono key="o" text={visible(camera.onvif_url, 200)} /> : t('cameras.noOnvif'),
    ],
  );
  if (m?.state === 'live') {
    const figures = `${bitrate(m.bitrate_bps, lang)} · ${number(m.fps, lang, 1)} fps`;
    rows.push([
      t('live.m.bitrate'),
      <span key="b" className="num">
        {figures}
      </span>,
    ]);
  }
  if (camera.tls_fingerprint) rows.push([t('certificate.title'), <Trusted key="c" camera={camera} />]);
  rows.push([t('cameras.addedAt'), dateTime(camera.created_at, lang)]);
  return <Facts rows={rows} />;
}

const Mono = ({ text }: { text: string }) => <span className="mono">{text}</span>;

export function Health({ camera }: { camera: CameraVm }) {
  const { t } = useText();
  const m = useFigures(camera.id);
  return (
    m && (
      <Section title={t('cameras.health')}>
        <HealthParts metrics={m} />
      </Section>
    )
  );
}

/** The certificate that the user trusts for the camera, until it is taken away. */
function Trusted({ camera }: { camera: CameraVm }) {
  const { t } = useText();
  const { busy, run } = useWork((failure) => tellError(failure, visible(camera.name, 80)));
  const forget = () =>
    run(async () => {
      await cameraEdit(camera.id, { tls_fingerprint: 'none' });
      await loadCameras();
      tellDone(t('cameras.saved'));
    });
  return (
    <Group gap="xs">
      <Fingerprint text={camera.tls_fingerprint ?? ''} />
      <Button
        size="compact-xs"
        variant="default"
        loading={busy}
        onClick={forget}
        data-testid="forget-certificate"
      >
        {t('certificate.forget')}
      </Button>
    </Group>
  );
}
