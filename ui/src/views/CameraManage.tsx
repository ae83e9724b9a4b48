/**
 * Owns what of a camera is a matter of keeping many in order: whether it is in use, its group, whose login it has, and
 * making another one after it.
 */
import { Button, Checkbox, Group, Modal, NumberInput, Stack, Switch, TextInput } from '@mantine/core';
import { Copy, Save } from 'lucide-react';
import { type FormEvent, useEffect, useState } from 'react';
import { visible } from '../format';
import type { CameraVm } from '../gen/CameraVm';
import type { CloneCamera } from '../gen/CloneCamera';
import type { EditCamera } from '../gen/EditCamera';
import { useText } from '../i18n';
import { cameraClone, cameraEdit } from '../ipc';
import { tellDone } from '../notices';
import { ErrorNote } from '../parts/bits';
import { Follow, useMoved } from '../parts/Follow';
import { GroupInput } from '../parts/GroupInput';
import { SetSelect, useReadSets } from '../parts/SetSelect';
import { useWork } from '../parts/work';
import { openCamera } from '../store/details';
import { loadCameras } from '../store/engine';
import { setEnabled } from './cameraActions';

/** Says that the camera's device was met at another address, and offers to follow it. */
export function MovedNote({ camera }: { camera: CameraVm }) {
  const { t } = useText();
  const device = useMoved(camera.id);
  if (!device) return null;
  return (
    <Group className="card" p="10px 12px" justify="space-between" data-testid="moved">
      <span>{t('manage.moved', { from: visible(camera.host, 60), to: device.host })}</span>
      <Follow device={device} />
    </Group>
  );
}

export function CameraManage({ camera }: { camera: CameraVm }) {
  const { t } = useText();
  const sets = useReadSets();
  const [group, setGroup] = useState(camera.group ?? '');
  const [set, setSet] = useState(camera.credential_set ?? '');
  const { busy, error, run } = useWork();
  // A login that is typed above takes the camera out of its set.
  useEffect(() => setSet(camera.credential_set ?? ''), [camera.credential_set]);
  const changes: EditCamera = {};
  if (group.trim() !== (camera.group ?? '')) changes.group = group.trim();
  if (set !== (camera.credential_set ?? '')) changes.credentials = set;
  const save = () =>
    run(async () => {
      const saved = await cameraEdit(camera.id, changes);
      setGroup(saved.group ?? '');
      await loadCameras();
      tellDone(t('cameras.saved'));
    });
  return (
    <Stack gap="sm">
      <Switch
        label={t('manage.enabled')}
        description={t('manage.enabledHint')}
        checked={camera.enabled}
        onChange={(event) => void setEnabled(camera, event.currentTarget.checked)}
        data-testid="enabled"
      />
      <GroupInput value={group} onChange={setGroup} />
      {(sets.length > 0 || camera.credential_set) && (
        <SetSelect
          sets={sets}
          none={t('manage.ownLogin')}
          description={t('manage.loginFromHint')}
          value={set}
          onChange={setSet}
          testid="credential-set"
        />
      )}
      {error && <ErrorNote error={error} subject={visible(camera.name, 80)} />}
      <Group>
        <Button
          leftSection={<Save size={15} aria-hidden />}
          disabled={Object.keys(changes).length === 0}
          loading={busy}
          onClick={save}
          data-testid="manage-save"
        >
          {t('common.save')}
        </Button>
        <Clone camera={camera} />
      </Group>
    </Stack>
  );
}

function Clone({ camera }: { camera: CameraVm }) {
  const { t } = useText();
  const [opened, setOpened] = useState(false);
  const [host, setHost] = useState('');
  const [port, setPort] = useState<number | ''>('');
  const [name, setName] = useState('');
  const [allowBasic, setAllowBasic] = useState(false);
  const { busy, error, run } = useWork();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const clone: CloneCamera = { host: host.trim(), allow_basic: allowBasic };
    if (name.trim() !== '') clone.name = name.trim();
    if (port !== '') clone.onvif_port = port;
    void run(async () => {
      const added = await cameraClone(camera.id, clone);
      await loadCameras();
      tellDone(t('cameras.added', { name: visible(added.name, 80) }));
      setOpened(false);
      setHost('');
      setName('');
      openCamera(added.id);
    });
  };
  return (
    <>
      <Button
        variant="default"
        leftSection={<Copy size={15} aria-hidden />}
        onClick={() => setOpened(true)}
        data-testid="clone"
      >
        {t('manage.clone')}
      </Button>
      <Modal
        closeButtonProps={{ 'aria-label': t('common.close') }}
        opened={opened}
        onClose={() => setOpened(false)}
        title={t('manage.cloneTitle', { name: visible(camera.name, 80) })}
      >
        <form onSubmit={submit} noValidate>
          <Stack gap="sm">
            <span>{t('manage.cloneText')}</span>
            <Group grow align="flex-start">
              <TextInput
                label={t('common.address')}
                placeholder="192.168.1.21"
                value={host}
                onChange={(event) => setHost(event.currentTarget.value)}
                data-autofocus
                data-testid="clone-host"
              />
              {camera.onvif_url && (
                <NumberInput
                  label={t('manage.onvifPort')}
                  placeholder={t('manage.samePort')}
                  min={1}
                  max={65535}
                  allowDecimal={false}
                  value={port}
                  onChange={(value) => setPort(value === '' ? '' : Number(value))}
                  data-testid="clone-port"
                />
              )}
            </Group>
            <TextInput
              label={t('common.name')}
              description={t('manage.cloneName')}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              data-testid="clone-name"
            />
            {camera.allow_basic && (
              <Checkbox
                label={t('cameras.allowBasic')}
                description={t('cameras.allowBasicHint')}
                checked={allowBasic}
                onChange={(event) => setAllowBasic(event.currentTarget.checked)}
              />
            )}
            {error && <ErrorNote error={error} subject={visible(host, 80)} />}
            <Group justify="flex-end">
              <Button variant="default" onClick={() => setOpened(false)}>
                {t('common.cancel')}
              </Button>
              <Button type="submit" loading={busy} disabled={host.trim() === ''} data-testid="clone-confirm">
                {t('common.add')}
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  );
}
