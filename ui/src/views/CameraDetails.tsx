/**
 * Owns the drawer with everything about one camera: its name and login, its streams and their test, its recording,
 * a snapshot, and its removal.
 */
import {
  Button,
  Checkbox,
  Drawer,
  Group,
  Modal,
  NumberInput,
  PasswordInput,
  SegmentedControl,
  Select,
  Stack,
  TextInput,
  Title,
} from '@mantine/core';
import { Camera, Film, PlugZap, Save, Stethoscope, Trash2 } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import { bitrate, codecName, dateTime, number, size, visible } from '../format';
import type { CameraVm } from '../gen/CameraVm';
import type { EditCamera } from '../gen/EditCamera';
import type { StreamTestVm } from '../gen/StreamTestVm';
import { useText } from '../i18n';
import { cameraEdit, cameraRemove, cameraSnapshot, cameraSnapshotSave, cameraTest, recordSet } from '../ipc';
import { tellDone, tellError } from '../notices';
import { Copyable, ErrorNote, Facts, SimulatedBadge } from '../parts/bits';
import { CertificateNote, Fingerprint } from '../parts/Certificate';
import { HealthParts } from '../parts/Health';
import { StateMark } from '../parts/StateMark';
import { useWork } from '../parts/work';
import { examine } from '../store/doctor';
import { cameraMetrics, loadCameras, useEngine } from '../store/engine';
import { go, usePage } from '../store/page';
import { isHttp } from './AddByUrl';
import { CameraManage, MovedNote } from './CameraManage';
import { streamText } from './Cameras';
import { Capability } from './Capability';

const GB = 1e9;

export function CameraDetails({ camera, onClose }: { camera: CameraVm | null; onClose: () => void }) {
  const { t } = useText();
  // What was open last stays readable while the drawer slides away.
  const [last, setLast] = useState(camera);
  useEffect(() => {
    if (camera) setLast(camera);
  }, [camera]);
  const shown = camera ?? last;
  return (
    <Drawer
      closeButtonProps={{ 'aria-label': t('common.close') }}
      opened={camera !== null}
      onClose={onClose}
      position="right"
      size={520}
      title={
        shown && (
          <span style={{ display: 'flex', alignItems: 'center', gap: 8, fontWeight: 600 }}>
            {visible(shown.name, 60)}
            {shown.simulated && <SimulatedBadge />}
          </span>
        )
      }
    >
      {shown && <Details key={shown.id} camera={shown} onClose={onClose} />}
    </Drawer>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <Title order={2} mb={10}>
        {title}
      </Title>
      {children}
    </section>
  );
}

function Details({ camera, onClose }: { camera: CameraVm; onClose: () => void }) {
  const { t, lang } = useText();
  const m = useEngine((state) => cameraMetrics(state.metrics, camera.id));
  return (
    <Stack gap={26} pb="xl">
      <MovedNote camera={camera} />
      <Facts
        rows={[
          [t('cameras.state'), <StateMark key="s" state={camera.enabled ? m?.state : 'off'} />],
          ...(m?.detail
            ? ([
                [
                  t('common.details'),
                  <span key="d" className="mono">
                    {visible(m.detail, 300)}
                  </span>,
                ],
              ] as [string, ReactNode][])
            : []),
          [t('common.address'), visible(camera.host, 80)],
          [
            t('cameras.onvif'),
            camera.onvif_url ? (
              <span key="o" className="mono">
                {visible(camera.onvif_url, 200)}
              </span>
            ) : (
              t('cameras.noOnvif')
            ),
          ],
          ...(m && m.state === 'live'
            ? ([
                [
                  t('live.m.bitrate'),
                  <span
                    key="b"
                    className="num"
                  >{`${bitrate(m.bitrate_bps, lang)} · ${number(m.fps, lang, 1)} fps`}</span>,
                ],
              ] as [string, ReactNode][])
            : []),
          ...(camera.tls_fingerprint
            ? ([[t('certificate.title'), <Trusted key="c" camera={camera} />]] as [string, ReactNode][])
            : []),
          [t('cameras.addedAt'), dateTime(camera.created_at, lang)],
        ]}
      />
      <Identity camera={camera} />
      <Section title={t('manage.title')}>
        <CameraManage camera={camera} />
      </Section>
      <Streams camera={camera} />
      <Recording camera={camera} />
      {camera.onvif_url && <Capability camera={camera} />}
      <Snapshot camera={camera} />
      {m && (
        <Section title={t('cameras.health')}>
          <HealthParts metrics={m} />
        </Section>
      )}
      <Remove camera={camera} onClose={onClose} />
    </Stack>
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

function Identity({ camera }: { camera: CameraVm }) {
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

function Streams({ camera }: { camera: CameraVm }) {
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

function Recording({ camera }: { camera: CameraVm }) {
  const { t } = useText();
  const before = {
    mode: camera.record_mode,
    days: camera.retention_days ?? 0,
    quota: camera.quota_bytes == null ? 0 : camera.quota_bytes / GB,
  };
  const [form, setForm] = useState(before);
  const { busy, run } = useWork((failure) => tellError(failure, visible(camera.name, 80)));
  const changed = form.mode !== before.mode || form.days !== before.days || form.quota !== before.quota;
  const save = () =>
    run(async () => {
      await recordSet(camera.id, {
        mode: form.mode,
        retention_days: form.days,
        quota_bytes: Math.round(form.quota * GB),
      });
      await loadCameras();
      tellDone(t('cameras.saved'));
    });
  return (
    <Section title={t('cameras.record')}>
      <Stack gap="sm">
        <SegmentedControl
          aria-label={t('cameras.recordMode')}
          value={form.mode}
          onChange={(mode) => setForm({ ...form, mode })}
          data={[
            { value: 'off', label: t('cameras.off') },
            { value: 'continuous', label: t('cameras.continuous') },
          ]}
        />
        <Group grow align="flex-start">
          <NumberInput
            label={t('cameras.retention')}
            description={t('cameras.retentionHint')}
            min={0}
            max={3650}
            allowDecimal={false}
            value={form.days}
            onChange={(value) => setForm({ ...form, days: Number(value) || 0 })}
          />
          <NumberInput
            label={t('cameras.quota')}
            description={t('cameras.quotaHint')}
            min={0}
            value={form.quota}
            onChange={(value) => setForm({ ...form, quota: Number(value) || 0 })}
          />
        </Group>
        <Group>
          <Button
            leftSection={<Save size={15} aria-hidden />}
            disabled={!changed}
            loading={busy}
            onClick={save}
          >
            {t('common.save')}
          </Button>
          <Button
            variant="default"
            leftSection={<Film size={15} aria-hidden />}
            onClick={() => {
              usePage.setState({ recordingCamera: camera.id });
              go('recordings');
            }}
          >
            {t('cameras.recordings')}
          </Button>
        </Group>
      </Stack>
    </Section>
  );
}

function Snapshot({ camera }: { camera: CameraVm }) {
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
