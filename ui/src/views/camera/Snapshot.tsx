/**
 * Owns taking a picture of a camera, and saving one.
 */
import { Button, Group, Stack } from '@mantine/core';
import { Camera, Save } from 'lucide-react';
import { useState } from 'react';
import { visible } from '../../format';
import type { CameraVm } from '../../gen/CameraVm';
import { useText } from '../../i18n';
import { cameraSnapshot, cameraSnapshotSave } from '../../ipc';
import { tellError } from '../../notices';
import { Copyable } from '../../parts/bits';
import { Section } from '../../parts/Section';
import { useWork } from '../../parts/work';

export function Snapshot({ camera }: { camera: CameraVm }) {
  const { t } = useText();
  const [picture, setPicture] = useState<string | null>(null);
  const [path, setPath] = useState<string | null>(null);
  const name = visible(camera.name, 80);
  const { busy, run } = useWork((failure) => tellError(failure, name));
  return (
    <Section title={t('cameras.snapshot')}>
      <Stack gap="sm">
        {picture && (
          <img
            src={picture}
            alt={t('cameras.snapshotAlt', { name })}
            style={{ width: '100%', borderRadius: 5, display: 'block' }}
          />
        )}
        {path && <Copyable text={path} />}
        <Group>
          <Button
            variant="default"
            leftSection={<Camera size={15} aria-hidden />}
            loading={busy}
            onClick={() => run(async () => setPicture(await cameraSnapshot(camera.id)))}
          >
            {t('cameras.takeSnapshot')}
          </Button>
          <Button
            variant="default"
            leftSection={<Save size={15} aria-hidden />}
            disabled={busy}
            onClick={() => run(async () => setPath(await cameraSnapshotSave(camera.id)))}
          >
            {t('cameras.saveSnapshot')}
          </Button>
        </Group>
      </Stack>
    </Section>
  );
}
