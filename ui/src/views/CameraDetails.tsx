/**
 * Owns the drawer with everything about one camera, in which order it stands, and the camera's removal.
 */
import { Button, Group, Modal, Stack } from '@mantine/core';
import { Trash2 } from 'lucide-react';
import { useState } from 'react';
import { visible } from '../format';
import type { CameraVm } from '../gen/CameraVm';
import { useText } from '../i18n';
import { cameraRemove } from '../ipc';
import { tellDone, tellError } from '../notices';
import { CameraDrawer } from '../parts/CameraDrawer';
import { Section } from '../parts/Section';
import { useWork } from '../parts/work';
import { loadCameras } from '../store/engine';
import { CameraManage, MovedNote } from './CameraManage';
import { Capability } from './Capability';
import { Identity } from './camera/Identity';
import { Motion } from './camera/Motion';
import { Health, Overview } from './camera/Overview';
import { Recording } from './camera/Recording';
import { Snapshot } from './camera/Snapshot';
import { Streams } from './camera/Streams';

export function CameraDetails({ camera, onClose }: { camera: CameraVm | null; onClose: () => void }) {
  return (
    <CameraDrawer camera={camera} onClose={onClose} size={520}>
      {(shown) => <Details key={shown.id} camera={shown} onClose={onClose} />}
    </CameraDrawer>
  );
}

function Details({ camera, onClose }: { camera: CameraVm; onClose: () => void }) {
  const { t } = useText();
  return (
    <Stack gap={26} pb="xl">
      <MovedNote camera={camera} />
      <Overview camera={camera} />
      <Identity camera={camera} />
      <Section title={t('manage.title')}>
        <CameraManage camera={camera} />
      </Section>
      <Streams camera={camera} />
      <Recording camera={camera} />
      <Motion camera={camera} />
      {camera.onvif_url && <Capability camera={camera} />}
      <Snapshot camera={camera} />
      <Health camera={camera} />
      <Remove camera={camera} onClose={onClose} />
    </Stack>
  );
}

function Remove({ camera, onClose }: { camera: CameraVm; onClose: () => void }) {
  const { t } = useText();
  const [asked, setAsked] = useState(false);
  const name = visible(camera.name, 80);
  const { busy, run } = useWork((failure) => tellError(failure, name));
  const remove = () =>
    run(async () => {
      await cameraRemove(camera.id);
      setAsked(false);
      onClose();
      await loadCameras();
      tellDone(t('cameras.removed', { name }));
    });
  return (
    <Group>
      <Button
        color="red"
        variant="light"
        leftSection={<Trash2 size={15} aria-hidden />}
        onClick={() => setAsked(true)}
      >
        {t('cameras.removeConfirm')}
      </Button>
      <Modal
        closeButtonProps={{ 'aria-label': t('common.close') }}
        opened={asked}
        onClose={() => setAsked(false)}
        title={t('cameras.removeTitle', { name })}
      >
        <Stack>
          <span>{t('cameras.removeText')}</span>
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setAsked(false)} data-autofocus>
              {t('common.cancel')}
            </Button>
            <Button color="red" loading={busy} onClick={remove}>
              {t('cameras.removeConfirm')}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </Group>
  );
}
