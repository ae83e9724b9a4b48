/**
 * Owns a camera's streams and their test, with the certificate that a test may ask to trust.
 */
import { Button, Group, Stack } from '@mantine/core';
import { PlugZap, Stethoscope } from 'lucide-react';
import { useState } from 'react';
import { codecName, number, size, visible } from '../../format';
import type { CameraVm } from '../../gen/CameraVm';
import type { StreamTestVm } from '../../gen/StreamTestVm';
import { useText } from '../../i18n';
import { cameraEdit, cameraTest } from '../../ipc';
import { ErrorNote } from '../../parts/bits';
import { CertificateNote } from '../../parts/Certificate';
import { Section } from '../../parts/Section';
import { useWork } from '../../parts/work';
import { examine } from '../../store/doctor';
import { loadCameras } from '../../store/engine';
import { streamText } from '../Cameras';

export function Streams({ camera }: { camera: CameraVm }) {
  const { t, lang } = useText();
  const [tests, setTests] = useState<StreamTestVm[] | null>(null);
  const { busy, error, run } = useWork();
  const test = async () => {
    setTests(null);
    setTests(await cameraTest(camera.id));
  };
  const trust = async (fingerprint: string) => {
    await cameraEdit(camera.id, { tls_fingerprint: fingerprint });
    await loadCameras();
    await test();
  };
  return (
    <Section title={t('cameras.streamsTitle')}>
      <Stack gap={10}>
        {camera.streams.map((stream) => {
          const tested = tests?.find((one) => one.role === stream.role);
          const found = tested?.stream ?? stream;
          return (
            <div key={stream.role} className="card" style={{ padding: '10px 12px' }}>
              <Group justify="space-between" gap="xs">
                <strong>{t(`role.${stream.role}`)}</strong>
                <span className="num">{found.codec ? streamText(found, lang) : t('cameras.notTested')}</span>
              </Group>
              <div className="mono" style={{ color: 'var(--faint)', marginTop: 4 }}>
                {visible(stream.url, 300)}
                {stream.snapshot_every_ms != null &&
                  ` · ${t('cameras.everyValue', { value: number(stream.snapshot_every_ms / 1000, lang, 1) })}`}
              </div>
              {tested?.ok && (
                <div className="state num tone-ok" style={{ marginTop: 6, whiteSpace: 'normal' }}>
                  <PlugZap size={15} aria-hidden />
                  <span>
                    {t('cameras.firstPicture', { ms: number(tested.first_picture_ms ?? 0, lang) })} ·{' '}
                    {codecName(found.codec)} {size(found.width, found.height)} · {t('cameras.audio')}:{' '}
                    {found.audio ? visible(found.audio, 24) : t('cameras.noAudio')}
                    {tested.audio_note ? ` (${visible(tested.audio_note, 120)})` : ''}
                  </span>
                </div>
              )}
              {tested?.error && (
                <div style={{ marginTop: 8 }}>
                  <CertificateNote
                    error={tested.error}
                    subject={`${visible(camera.name, 60)} (${t(`role.${stream.role}`)})`}
                    busy={busy}
                    onTrust={(fingerprint) => void run(() => trust(fingerprint))}
                  />
                </div>
              )}
            </div>
          );
        })}
        {error && <ErrorNote error={error} subject={visible(camera.name, 80)} />}
        <Group>
          <Button
            variant="default"
            leftSection={<PlugZap size={15} aria-hidden />}
            loading={busy}
            onClick={() => run(test)}
          >
            {t('cameras.test')}
          </Button>
          <Button
            variant="default"
            leftSection={<Stethoscope size={15} aria-hidden />}
            onClick={() => void examine(camera.name, { camera: camera.id })}
            data-testid="doctor-camera"
          >
            {t('doctor.examine')}
          </Button>
        </Group>
      </Stack>
    </Section>
  );
}
