/**
 * Owns a camera's name, its login, and how its streams are fetched.
 */
import { Button, Checkbox, Group, NumberInput, PasswordInput, Select, Stack, TextInput } from '@mantine/core';
import { Save } from 'lucide-react';
import { useState } from 'react';
import { visible } from '../../format';
import type { CameraVm } from '../../gen/CameraVm';
import type { EditCamera } from '../../gen/EditCamera';
import { useText } from '../../i18n';
import { cameraEdit } from '../../ipc';
import { tellDone } from '../../notices';
import { ErrorNote } from '../../parts/bits';
import { Section } from '../../parts/Section';
import { useWork } from '../../parts/work';
import { loadCameras } from '../../store/engine';
import { isHttp } from '../AddByUrl';

export function Identity({ camera }: { camera: CameraVm }) {
  const { t } = useText();
  const transport = camera.streams[0]?.transport ?? 'tcp';
  const http = camera.streams.some((stream) => isHttp(stream.url));
  const everyMs = camera.streams.find((stream) => stream.snapshot_every_ms != null)?.snapshot_every_ms;
  const [form, setForm] = useState({
    name: camera.name,
    user: '',
    password: '',
    transport,
    allowBasic: camera.allow_basic,
    everyMs,
  });
  const { busy, error, run } = useWork();
  const set = (changes: Partial<typeof form>) => setForm((before) => ({ ...before, ...changes }));
  const half = form.user !== '' && form.password === '';
  const changed =
    form.name.trim() !== camera.name ||
    form.user !== '' ||
    form.password !== '' ||
    form.allowBasic !== camera.allow_basic ||
    form.everyMs !== everyMs ||
    form.transport !== transport;
  const save = () => {
    const changes: EditCamera = {};
    if (form.name.trim() !== camera.name) changes.name = form.name.trim();
    if (form.user !== '') changes.user = form.user;
    if (form.password !== '') changes.password = form.password;
    if (form.transport !== transport) changes.transport = form.transport;
    if (form.allowBasic !== camera.allow_basic) changes.allow_basic = form.allowBasic;
    if (form.everyMs != null && form.everyMs !== everyMs) changes.snapshot_every_ms = form.everyMs;
    void run(async () => {
      await cameraEdit(camera.id, changes);
      await loadCameras();
      setForm((before) => ({ ...before, user: '', password: '' }));
      tellDone(t('cameras.saved'));
    });
  };
  return (
    <Section title={t('cameras.identity')}>
      <Stack gap="sm">
        <Group grow>
          <TextInput
            label={t('common.name')}
            value={form.name}
            onChange={(event) => set({ name: event.currentTarget.value })}
          />
          <Select
            label={t('cameras.transport')}
            disabled={http}
            allowDeselect={false}
            value={form.transport}
            onChange={(value) => set({ transport: value ?? 'tcp' })}
            data={[
              { value: 'tcp', label: t('cameras.tcp') },
              { value: 'udp', label: t('cameras.udp') },
            ]}
          />
        </Group>
        <Group grow align="flex-start">
          <TextInput
            label={t('common.user')}
            autoComplete="off"
            value={form.user}
            onChange={(event) => set({ user: event.currentTarget.value })}
          />
          <PasswordInput
            label={t('common.password')}
            autoComplete="new-password"
            value={form.password}
            error={half ? t('cameras.needPassword') : null}
            onChange={(event) => set({ password: event.currentTarget.value })}
          />
        </Group>
        <span style={{ color: 'var(--faint)', fontSize: 12, marginTop: -6 }}>{t('cameras.loginHint')}</span>
        {everyMs != null && (
          <NumberInput
            label={t('cameras.every')}
            description={t('cameras.everyHint')}
            value={(form.everyMs ?? everyMs) / 1000}
            min={0.2}
            max={8}
            step={0.5}
            decimalScale={1}
            onChange={(value) => set({ everyMs: Math.round((Number(value) || 1) * 1000) })}
          />
        )}
        {http && (
          <Checkbox
            label={t('cameras.allowBasic')}
            description={t('cameras.allowBasicHint')}
            checked={form.allowBasic}
            onChange={(event) => set({ allowBasic: event.currentTarget.checked })}
          />
        )}
        {error && <ErrorNote error={error} subject={visible(camera.name, 80)} />}
        <Group>
          <Button
            leftSection={<Save size={15} aria-hidden />}
            disabled={!changed || half || form.name.trim() === ''}
            loading={busy}
            onClick={save}
          >
            {t('common.save')}
          </Button>
        </Group>
      </Stack>
    </Section>
  );
}
