/**
 * Owns what the camera's page shows of its device: who it is, its clock, encoders, picture settings, accounts, what
 * was measured, and what a user should know about it in plain words.
 */
import { Button, Group, Modal, NumberInput, Select, Slider, Stack, Table, Title } from '@mantine/core';
import { Clock, Info, Power, RefreshCw, Save, TriangleAlert } from 'lucide-react';
import { useCallback, useEffect, useState } from 'react';
import { toUserError } from '../errors';
import { bitrate, codecName, number, visible } from '../format';
import type { CameraVm } from '../gen/CameraVm';
import type { CapabilityVm } from '../gen/CapabilityVm';
import type { EncoderVm } from '../gen/EncoderVm';
import type { UserError } from '../gen/UserError';
import { useText } from '../i18n';
import { deviceCapability, deviceReboot, deviceSetEncoder, deviceSetImaging, deviceSetTime } from '../ipc';
import { tellDone, tellError } from '../notices';
import { ErrorNote, Facts } from '../parts/bits';
import { useWork } from '../parts/work';
import { FocusButtons, useImaging } from './Focus';

export function Capability({ camera }: { camera: CameraVm }) {
  const { t } = useText();
  const [device, setDevice] = useState<CapabilityVm | null>(null);
  const [error, setError] = useState<UserError | null>(null);
  const [busy, setBusy] = useState(false);
  const read = useCallback(async () => {
    setBusy(true);
    setError(null);
    try {
      setDevice(await deviceCapability(camera.id));
    } catch (failure) {
      setError(toUserError(failure));
    } finally {
      setBusy(false);
    }
  }, [camera.id]);
  useEffect(() => {
    void read();
  }, [read]);
  return (
    <section data-testid="capability" data-ready={device !== null || undefined}>
      <Group justify="space-between" mb={10}>
        <Title order={2}>{t('device.title')}</Title>
        <Button
          size="compact-sm"
          variant="default"
          loading={busy}
          leftSection={<RefreshCw size={14} aria-hidden />}
          onClick={read}
        >
          {t('device.readAgain')}
        </Button>
      </Group>
      <Stack gap="md">
        {error && <ErrorNote error={error} subject={visible(camera.name, 80)} />}
        {!device && busy && <span>{t('common.loading')}</span>}
        {device && <Known camera={camera} device={device} read={read} />}
      </Stack>
    </section>
  );
}

function Known({ camera, device, read }: { camera: CameraVm; device: CapabilityVm; read: () => void }) {
  const { t, lang } = useText();
  const offset = device.clock_offset_ms;
  const clock =
    offset === null
      ? t('common.unknown')
      : t(offset >= 0 ? 'device.clockAhead' : 'device.clockBehind', {
          seconds: number(Math.abs(offset) / 1000, lang, 1),
        });
  const services = [
    `Media ${device.media_version}`,
    ...device.services.map((one) => t(`device.service.${one}`)),
  ];
  return (
    <>
      {device.warnings.map((warning) => (
        <Note key={warning} tone="warn" text={t(`device.warning.${warning}`)} />
      ))}
      {device.quirks.map((quirk) => (
        <Note key={quirk} tone="info" text={t(`device.quirk.${quirk}`)} />
      ))}
      <Facts
        rows={[
          [t('device.model'), visible(`${device.vendor} ${device.model}`.trim(), 120)],
          [t('device.firmware'), visible(device.firmware, 80)],
          [t('device.serial'), visible(device.serial, 80)],
          [t('device.services'), services.join(', ')],
          [t('device.clock'), clock],
          [
            t('device.users'),
            device.users === null
              ? t('device.usersHidden')
              : device.users
                  .map((user) => `${visible(user.name, 40)} (${visible(user.level, 24)})`)
                  .join(', ') || t('common.none'),
          ],
        ]}
      />
      <Measured device={device} />
      {device.encoders.map((encoder) => (
        <Encoder key={encoder.token} camera={camera} encoder={encoder} done={read} />
      ))}
      {device.services.includes('imaging') && <Picture camera={camera} />}
      <Care camera={camera} done={read} />
    </>
  );
}

function Note({ tone, text }: { tone: 'warn' | 'info'; text: string }) {
  const Icon = tone === 'warn' ? TriangleAlert : Info;
  return (
    <div className="devicenote" role="note">
      <Icon size={16} className={tone === 'warn' ? 'tone-warn' : undefined} aria-hidden />
      <span>{text}</span>
    </div>
  );
}

function Measured({ device }: { device: CapabilityVm }) {
  const { t, lang } = useText();
  return (
    <Table withRowBorders={false} verticalSpacing={4} horizontalSpacing={8} className="num">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('device.stream')}</Table.Th>
          <Table.Th>{t('device.codec')}</Table.Th>
          <Table.Th>{t('device.fps')}</Table.Th>
          <Table.Th>{t('device.bitrate')}</Table.Th>
          <Table.Th>{t('device.gop')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {device.measured.map((one) => (
          <Table.Tr key={one.role}>
            <Table.Td>{t(`role.${one.role}`)}</Table.Td>
            <Table.Td>{one.stream.codec ? codecName(one.stream.codec) : '–'}</Table.Td>
            <Table.Td>{one.fps === null ? t('device.notPlaying') : number(one.fps, lang, 1)}</Table.Td>
            <Table.Td>{one.bitrate_bps === null ? '–' : bitrate(one.bitrate_bps, lang)}</Table.Td>
            <Table.Td>{one.gop_ms === null ? '–' : `${number(one.gop_ms / 1000, lang, 1)} s`}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Encoder({ camera, encoder, done }: { camera: CameraVm; encoder: EncoderVm; done: () => void }) {
  const { t } = useText();
  const before = {
    size: `${encoder.width}x${encoder.height}`,
    fps: encoder.fps ?? 0,
    bitrate: encoder.bitrate_kbps ?? 0,
    gop: encoder.gop ?? 0,
  };
  const [form, setForm] = useState(before);
  const { busy, run } = useWork((failure) => tellError(failure, visible(camera.name, 80)));
  const options = encoder.options.find((one) => one.codec === encoder.codec);
  const changed = JSON.stringify(form) !== JSON.stringify(before);
  const save = () =>
    run(async () => {
      await deviceSetEncoder(camera.id, encoder.token, {
        ...(form.size !== before.size && { size: form.size }),
        ...(form.fps !== before.fps && { fps: form.fps }),
        ...(form.bitrate !== before.bitrate && { bitrate_kbps: form.bitrate }),
        ...(form.gop !== before.gop && { gop: form.gop }),
      });
      tellDone(t('device.encoderSaved'));
      done();
    });
  const field = (name: 'fps' | 'bitrate' | 'gop', range: [number, number] | null | undefined) => (
    <NumberInput
      size="xs"
      label={t(`device.set.${name}`)}
      min={range?.[0] ?? 0}
      max={range?.[1]}
      description={range ? `${range[0]} – ${range[1]}` : undefined}
      value={form[name]}
      onChange={(value) => setForm({ ...form, [name]: Number(value) || 0 })}
    />
  );
  const sizes = options?.sizes.length ? options.sizes : [before.size];
  return (
    <div className="card" style={{ padding: '10px 12px' }}>
      <Group justify="space-between" mb={6}>
        <strong>{t('device.encoder', { name: visible(encoder.token, 40) })}</strong>
        <span>{codecName(encoder.codec.toLowerCase())}</span>
      </Group>
      <Group grow align="flex-start" gap="xs">
        <Select
          size="xs"
          label={t('device.set.size')}
          allowDeselect={false}
          data={sizes.includes(form.size) ? sizes : [form.size, ...sizes]}
          value={form.size}
          onChange={(size) => setForm({ ...form, size: size ?? before.size })}
        />
        {field('fps', options?.fps)}
        {field('bitrate', options?.bitrate_kbps)}
        {encoder.gop !== null && field('gop', options?.gop)}
      </Group>
      <Button
        mt={8}
        size="xs"
        leftSection={<Save size={14} aria-hidden />}
        disabled={!changed}
        loading={busy}
        onClick={save}
      >
        {t('common.save')}
      </Button>
    </div>
  );
}

const LEVELS = ['brightness', 'contrast', 'saturation', 'sharpness'] as const;

function Picture({ camera }: { camera: CameraVm }) {
  const { t } = useText();
  const [imaging, setImaging] = useImaging(camera.id);
  const name = visible(camera.name, 80);
  const change = (what: Parameters<typeof deviceSetImaging>[1]) =>
    deviceSetImaging(camera.id, what)
      .then(setImaging)
      .catch((failure) => tellError(failure, name));
  if (!imaging) return null;
  return (
    <div className="card" style={{ padding: '10px 12px' }}>
      <strong>{t('device.picture')}</strong>
      {LEVELS.map((level) => {
        const one = imaging[level];
        if (!one) return null;
        return (
          <div key={level} style={{ marginTop: 8 }}>
            <span style={{ fontSize: 12 }}>{t(`device.imaging.${level}`)}</span>
            <Slider
              aria-label={t(`device.imaging.${level}`)}
              min={one.min}
              max={one.max}
              step={(one.max - one.min) / 100}
              label={(value) => `${Math.round(value)}`}
              defaultValue={one.value}
              onChangeEnd={(value) => change({ [level]: value })}
            />
          </div>
        );
      })}
      {imaging.ir_cut && (
        <Select
          mt={10}
          size="xs"
          label={t('device.imaging.irCut')}
          allowDeselect={false}
          data={imaging.ir_cut_modes.map((mode) => ({ value: mode, label: t(`device.irCut.${mode}`) }))}
          value={imaging.ir_cut}
          onChange={(mode) => mode && change({ ir_cut: mode })}
        />
      )}
      {(imaging.focus || imaging.auto_focus !== null) && (
        <Group mt={10} gap={6} data-testid="focus">
          <span style={{ fontSize: 12 }}>{t('focus.title')}</span>
          <FocusButtons camera={camera} imaging={imaging} changed={setImaging} />
        </Group>
      )}
    </div>
  );
}

function Care({ camera, done }: { camera: CameraVm; done: () => void }) {
  const { t } = useText();
  const [asked, setAsked] = useState(false);
  const name = visible(camera.name, 80);
  const { busy, run } = useWork((failure) => tellError(failure, name));
  const doing = async (work: () => Promise<unknown>, told: string) => {
    await run(async () => {
      await work();
      tellDone(told);
    });
    setAsked(false);
  };
  return (
    <Group>
      <Button
        size="xs"
        variant="default"
        loading={busy}
        leftSection={<Clock size={14} aria-hidden />}
        onClick={() => doing(() => deviceSetTime(camera.id), t('device.timeSet')).then(done)}
      >
        {t('device.setTime')}
      </Button>
      <Button
        size="xs"
        variant="default"
        leftSection={<Power size={14} aria-hidden />}
        onClick={() => setAsked(true)}
      >
        {t('device.reboot')}
      </Button>
      <Modal
        closeButtonProps={{ 'aria-label': t('common.close') }}
        opened={asked}
        onClose={() => setAsked(false)}
        title={t('device.rebootTitle', { name })}
      >
        <Stack>
          <span>{t('device.rebootText')}</span>
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setAsked(false)} data-autofocus>
              {t('common.cancel')}
            </Button>
            <Button
              color="red"
              loading={busy}
              onClick={() => doing(() => deviceReboot(camera.id), t('device.rebooting', { name }))}
            >
              {t('device.reboot')}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </Group>
  );
}
