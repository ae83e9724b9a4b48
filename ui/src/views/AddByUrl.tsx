/**
 * Owns the dialog that adds a camera by the addresses of its streams.
 */
import {
  Button,
  Checkbox,
  Group,
  Input,
  Modal,
  NumberInput,
  PasswordInput,
  SegmentedControl,
  Select,
  Stack,
  TextInput,
} from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { visible } from '../format';
import type { AddCamera } from '../gen/AddCamera';
import type { CameraVm } from '../gen/CameraVm';
import { useText } from '../i18n';
import { cameraAdd } from '../ipc';
import { tellDone } from '../notices';
import { CertificateNote } from '../parts/Certificate';
import { useWork } from '../parts/work';
import { loadCameras } from '../store/engine';

const BLANK = {
  url: '',
  subUrl: '',
  user: '',
  password: '',
  name: '',
  transport: 'tcp',
  httpKind: 'auto',
  everyS: 1,
  allowBasic: false,
  fingerprint: '',
  record: true,
};

/** Whether an address is one over HTTP, which is fetched in ways of its own. */
export const isHttp = (url: string) => /^https?:\/\//i.test(url.trim());

/** What is wrong with an address, as a key of the language files; null when nothing is. */
export function urlProblem(url: string, optional = false): string | null {
  const text = url.trim();
  if (text === '') return optional ? null : 'cameras.urlMissing';
  if (!/^(rtsp|http)s?:\/\/./i.test(text)) return 'cameras.urlMissing';
  // A login inside an address would be stored and shown as part of it.
  const authority = text.replace(/^(rtsp|http)s?:\/\//i, '').split(/[/?#]/)[0] ?? '';
  return authority.includes('@') ? 'cameras.urlLogin' : null;
}

export function AddByUrl(props: {
  opened: boolean;
  onClose: () => void;
  onAdded?: (camera: CameraVm) => void;
}) {
  const { t } = useText();
  const [form, setForm] = useState(BLANK);
  const [tried, setTried] = useState(false);
  const { busy, error, run } = useWork();
  const set = (changes: Partial<typeof BLANK>) => setForm((before) => ({ ...before, ...changes }));
  const problem = urlProblem(form.url);
  const http = isHttp(form.url) || isHttp(form.subUrl);
  const subProblem = urlProblem(form.subUrl, true);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!problem && !subProblem) add(form.fingerprint);
  };
  const add = (fingerprint: string) => {
    const camera: AddCamera = {
      url: form.url.trim(),
      transport: form.transport,
      record: form.record,
    };
    if (fingerprint !== '') camera.tls_fingerprint = fingerprint;
    if (http) camera.allow_basic = form.allowBasic;
    if (http && form.httpKind !== 'auto') camera.http_kind = form.httpKind;
    if (http && form.httpKind !== 'mjpeg') camera.snapshot_every_ms = Math.round(form.everyS * 1000);
    if (form.subUrl.trim() !== '') camera.sub_url = form.subUrl.trim();
    if (form.name.trim() !== '') camera.name = form.name.trim();
    if (form.user !== '') {
      camera.user = form.user;
      camera.password = form.password;
    }
    void run(async () => {
      const added = await cameraAdd(camera);
      await loadCameras();
      tellDone(t('cameras.added', { name: visible(added.name, 80) }));
      setForm(BLANK);
      setTried(false);
      props.onClose();
      props.onAdded?.(added);
    });
  };
  return (
    <Modal
      closeButtonProps={{ 'aria-label': t('common.close') }}
      opened={props.opened}
      onClose={props.onClose}
      title={t('cameras.urlTitle')}
      size={540}
    >
      <form onSubmit={submit} noValidate>
        <Stack gap="sm">
          <TextInput
            label={t('cameras.url')}
            description={t('cameras.urlHint')}
            placeholder="rtsp://192.168.1.20:554/stream1"
            data-testid="url"
            value={form.url}
            // What was trusted was another camera's.
            onChange={(event) => set({ url: event.currentTarget.value, fingerprint: '' })}
            error={(tried || problem === 'cameras.urlLogin') && problem ? t(problem) : null}
            required
            data-autofocus
          />
          <TextInput
            label={t('cameras.subUrl')}
            description={t('cameras.subUrlHint')}
            placeholder="rtsp://192.168.1.20:554/stream2"
            value={form.subUrl}
            onChange={(event) => set({ subUrl: event.currentTarget.value })}
            error={tried && subProblem ? t(subProblem) : null}
          />
          {http && (
            <Group wrap="nowrap" align="flex-start">
              <Input.Wrapper
                style={{ flex: '1 1 auto' }}
                label={t('cameras.httpKind')}
                description={t('cameras.httpKindHint')}
              >
                <SegmentedControl
                  mt={4}
                  fullWidth
                  data-testid="http-kind"
                  value={form.httpKind}
                  onChange={(httpKind) => set({ httpKind })}
                  data={['auto', 'mjpeg', 'snapshot'].map((value) => ({
                    value,
                    label: t(`cameras.http.${value}`),
                  }))}
                />
              </Input.Wrapper>
              {form.httpKind !== 'mjpeg' && (
                <NumberInput
                  style={{ flex: '0 0 130px' }}
                  label={t('cameras.every')}
                  description={t('cameras.everyHint')}
                  value={form.everyS}
                  min={0.2}
                  max={8}
                  step={0.5}
                  decimalScale={1}
                  onChange={(everyS) => set({ everyS: Number(everyS) || 1 })}
                />
              )}
            </Group>
          )}
          <Group grow>
            <TextInput
              label={t('common.user')}
              value={form.user}
              autoComplete="off"
              onChange={(event) => set({ user: event.currentTarget.value })}
            />
            <PasswordInput
              label={t('common.password')}
              value={form.password}
              autoComplete="new-password"
              onChange={(event) => set({ password: event.currentTarget.value })}
            />
          </Group>
          <Group grow align="flex-start">
            <TextInput
              label={t('common.name')}
              description={t('cameras.nameHint')}
              value={form.name}
              onChange={(event) => set({ name: event.currentTarget.value })}
            />
            <Select
              label={t('cameras.transport')}
              disabled={isHttp(form.url)}
              description={'\u00a0'}
              allowDeselect={false}
              data={[
                { value: 'tcp', label: t('cameras.tcp') },
                { value: 'udp', label: t('cameras.udp') },
              ]}
              value={form.transport}
              onChange={(transport) => set({ transport: transport ?? 'tcp' })}
            />
          </Group>
          {http && (
            <Checkbox
              label={t('cameras.allowBasic')}
              description={t('cameras.allowBasicHint')}
              checked={form.allowBasic}
              data-testid="allow-basic"
              onChange={(event) => set({ allowBasic: event.currentTarget.checked })}
            />
          )}
          <Checkbox
            label={t('discover.record')}
            checked={form.record}
            onChange={(event) => set({ record: event.currentTarget.checked })}
          />
          {error && (
            <CertificateNote
              error={error}
              busy={busy}
              onTrust={(fingerprint) => {
                set({ fingerprint });
                add(fingerprint);
              }}
            />
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={props.onClose}>
              {t('common.cancel')}
            </Button>
            <Button type="submit" loading={busy}>
              {t('common.add')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
