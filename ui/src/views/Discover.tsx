/**
 * Owns the discovery page: the scan, what it finds as it comes, and adding it.
 */
import {
  ActionIcon,
  Button,
  Checkbox,
  Collapse,
  Group,
  Loader,
  NumberInput,
  PasswordInput,
  TextInput,
  Title,
  Tooltip,
  UnstyledButton,
} from '@mantine/core';
import {
  Cctv,
  Check,
  ChevronDown,
  ChevronRight,
  HardDrive,
  KeyRound,
  Radar,
  SlidersHorizontal,
  Square,
  Unplug,
} from 'lucide-react';
import { useMemo, useState } from 'react';
import { percent, visible } from '../format';
import type { DeviceVm } from '../gen/DeviceVm';
import { useText } from '../i18n';
import { tellDone, tellError } from '../notices';
import { Empty, ErrorNote } from '../parts/bits';
import { useEngine } from '../store/engine';
import { go } from '../store/page';
import { addDevice, addDevices, cancelScan, scanOf, startScan, useScan } from '../store/scan';

const LADDER = [
  'open_port',
  'http',
  'rtsp_options',
  'rtsp_describe',
  'ws_discovery',
  'onvif_time',
  'onvif_device_information',
];

export function Discover() {
  const { t, lang } = useText();
  const devices = useEngine((state) => state.devices);
  const scanning = useEngine((state) => state.scanning);
  const scanned = useEngine((state) => state.scanned);
  const { error, adding } = useScan();
  const [optionsShown, setOptionsShown] = useState(false);
  const [othersShown, setOthersShown] = useState(false);

  const sorted = useMemo(() => {
    const collator = new Intl.Collator(lang, { numeric: true });
    return Object.values(devices).sort(
      (a, b) => collator.compare(a.host, b.host) || collator.compare(a.key, b.key),
    );
  }, [devices, lang]);
  const cameras = sorted.filter((device) => device.kind !== 'other');
  const others = sorted.filter((device) => device.kind === 'other');
  const addable = cameras.filter(
    (device) =>
      device.kind === 'camera' &&
      !device.already_added &&
      !['adding', 'added'].includes(adding[device.key]?.state ?? ''),
  );
  const busy = Object.values(adding).some((one) => one.state === 'adding');

  const addAll = async () => {
    await addDevices(addable);
    const now = useScan.getState().adding;
    const count = addable.filter((device) => now[device.key]?.state === 'added').length;
    if (count > 0) {
      tellDone(
        t('discover.addedToast', { count }),
        <Button size="compact-xs" variant="light" onClick={() => go('live')}>
          {t('discover.openLive')}
        </Button>,
      );
    }
  };

  return (
    <div className="page">
      <div className="pagehead">
        <Title order={1}>{t('discover.title')}</Title>
        {scanning && (
          <span className="state num" role="status">
            <Loader size={14} />
            {t('discover.scanning', { count: sorted.length })}
          </span>
        )}
        <Button
          variant="default"
          leftSection={<SlidersHorizontal size={15} aria-hidden />}
          aria-expanded={optionsShown}
          onClick={() => setOptionsShown(!optionsShown)}
        >
          {t('discover.options')}
        </Button>
        {scanning ? (
          <Button
            variant="default"
            leftSection={<Square size={13} aria-hidden />}
            onClick={() => cancelScan().catch(tellError)}
          >
            {t('discover.cancel')}
          </Button>
        ) : (
          <Button
            leftSection={<Radar size={15} aria-hidden />}
            onClick={() => startScan(scanOf(useScan.getState().options)).catch(() => undefined)}
            data-testid="scan"
          >
            {t('discover.scan')}
          </Button>
        )}
      </div>
      <Collapse expanded={optionsShown}>
        <Options />
      </Collapse>
      {error && (
        <div style={{ marginBottom: 14 }}>
          <ErrorNote error={error} />
        </div>
      )}
      {cameras.length > 0 && <Login count={addable.length} busy={busy} addAll={addAll} />}
      {cameras.length > 0 && (
        <section
          className="card devices"
          aria-label={t('common.cameras')}
          aria-live="polite"
          aria-relevant="additions"
        >
          {cameras.map((device) => (
            <Device key={device.key} device={device} />
          ))}
        </section>
      )}
      {cameras.length === 0 &&
        (scanned && !scanning ? (
          <Empty
            icon={<Unplug size={36} strokeWidth={1.4} aria-hidden />}
            title={t('discover.nothingTitle')}
            text={t('discover.nothingText')}
          />
        ) : (
          <Empty
            icon={<Radar size={36} strokeWidth={1.4} aria-hidden />}
            title={t('discover.emptyTitle')}
            text={t('discover.emptyText')}
          />
        ))}
      {others.length > 0 && (
        <div style={{ marginTop: 18 }}>
          <UnstyledButton
            className="state"
            aria-expanded={othersShown}
            onClick={() => setOthersShown(!othersShown)}
            style={{ color: 'var(--soft)', padding: '6px 2px' }}
          >
            {othersShown ? <ChevronDown size={16} aria-hidden /> : <ChevronRight size={16} aria-hidden />}
            {t('discover.others', { count: others.length })}
          </UnstyledButton>
          <Collapse expanded={othersShown}>
            <section className="card devices" aria-label={t('discover.others', { count: others.length })}>
              {others.map((device) => (
                <Device key={device.key} device={device} />
              ))}
            </section>
          </Collapse>
        </div>
      )}
    </div>
  );
}

function Options() {
  const { t } = useText();
  const options = useScan((state) => state.options);
  const set = (changes: Partial<typeof options>) => useScan.setState({ options: { ...options, ...changes } });
  return (
    <Group className="card" p="md" mb="md" align="flex-start" gap="lg">
      <TextInput
        label={t('discover.subnets')}
        description={t('discover.subnetsHint')}
        value={options.subnets}
        onChange={(event) => set({ subnets: event.currentTarget.value })}
        flex="1 1 240px"
      />
      <TextInput
        label={t('discover.interfaces')}
        description={t('discover.interfacesHint')}
        value={options.interfaces}
        onChange={(event) => set({ interfaces: event.currentTarget.value })}
        flex="1 1 240px"
      />
      <NumberInput
        label={t('discover.timeout')}
        description={'\u00a0'}
        min={1}
        max={120}
        clampBehavior="blur"
        allowDecimal={false}
        value={options.timeout}
        onChange={(value) => set({ timeout: Math.max(1, Number(value) || 8) })}
        w={170}
      />
    </Group>
  );
}

function Login(props: { count: number; busy: boolean; addAll: () => void }) {
  const { t } = useText();
  const { user, password, record } = useScan();
  return (
    <Group className="card" p="12px 14px" mb={14} gap="md" align="flex-end">
      <TextInput
        label={t('discover.login')}
        placeholder={t('common.user')}
        aria-label={`${t('discover.login')}: ${t('common.user')}`}
        autoComplete="off"
        value={user}
        onChange={(event) => useScan.setState({ user: event.currentTarget.value })}
        w={190}
      />
      <PasswordInput
        placeholder={t('common.password')}
        aria-label={`${t('discover.login')}: ${t('common.password')}`}
        autoComplete="new-password"
        value={password}
        onChange={(event) => useScan.setState({ password: event.currentTarget.value })}
        w={190}
      />
      <Checkbox
        label={t('discover.record')}
        checked={record}
        mb={8}
        onChange={(event) => useScan.setState({ record: event.currentTarget.checked })}
      />
      <span style={{ flex: 1 }} />
      <Button onClick={props.addAll} disabled={props.count === 0} loading={props.busy} data-testid="add-all">
        {props.count > 0 ? t('discover.addAll', { count: props.count }) : t('discover.allAdded')}
      </Button>
      <span style={{ flexBasis: '100%', color: 'var(--faint)', fontSize: 12, marginTop: -6 }}>
        {t('discover.loginHint')}
      </span>
    </Group>
  );
}

function Evidence({ device }: { device: DeviceVm }) {
  const { t } = useText();
  const have = LADDER.filter((rung) => device.evidence.includes(rung));
  const best = have.at(-1);
  const label = (
    <>
      {LADDER.map((rung) => (
        <div key={rung} style={{ display: 'flex', gap: 6, opacity: have.includes(rung) ? 1 : 0.55 }}>
          <span aria-hidden>{have.includes(rung) ? '✓' : '–'}</span>
          {t(`discover.ladder.${rung}`)}
        </div>
      ))}
    </>
  );
  return (
    <Tooltip label={label}>
      <div>
        <span
          className="ladder"
          role="img"
          aria-label={t('discover.evidenceOf', { count: have.length, total: LADDER.length })}
        >
          {LADDER.map((rung) => (
            <span key={rung} className="rung" data-on={have.includes(rung) || undefined} />
          ))}
        </span>
        <div style={{ color: 'var(--faint)', fontSize: 11.5, lineHeight: 1.35, marginTop: 2 }}>
          {best ? t(`discover.ladder.${best}`) : ''}
        </div>
      </div>
    </Tooltip>
  );
}

const KIND_ICON = { camera: Cctv, recorder: HardDrive, other: Unplug } as const;

function Device({ device }: { device: DeviceVm }) {
  const { t, lang } = useText();
  const adding = useScan((state) => state.adding[device.key]);
  const input = useScan((state) => state.inputs[device.key]);
  const [ownShown, setOwnShown] = useState(false);
  const failed = adding?.state === 'failed' ? adding.error : null;
  const open = ownShown || failed !== null;
  const set = (changes: Partial<NonNullable<typeof input>>) =>
    useScan.setState((state) => ({
      inputs: {
        ...state.inputs,
        [device.key]: { name: '', user: '', password: '', ...state.inputs[device.key], ...changes },
      },
    }));
  const title = visible(device.name ?? device.model ?? t('discover.unnamed'), 80);
  const maker = [device.vendor, device.name ? device.model : null].filter((part) => part != null).join(' · ');
  const Icon = KIND_ICON[device.kind as keyof typeof KIND_ICON] ?? Unplug;
  const done = device.already_added || adding?.state === 'added';
  return (
    <div className="device" data-device={device.key} data-state={adding?.state}>
      <Icon
        size={19}
        strokeWidth={1.7}
        className={done ? 'tone-faint' : undefined}
        aria-label={t(`discover.kind.${device.kind}`, { defaultValue: device.kind })}
      />
      <div style={{ minWidth: 0 }}>
        <div className="clip" style={{ fontWeight: 550 }} title={title}>
          {title}
        </div>
        <div className="clip" style={{ color: 'var(--faint)', fontSize: 12 }}>
          {maker ? visible(maker, 100) : t('discover.noVendor')}
        </div>
      </div>
      <div style={{ minWidth: 0 }}>
        <div className="clip num">{device.host}</div>
        <div
          className="clip num"
          style={{ color: 'var(--faint)', fontSize: 12 }}
          title={device.ports.join(', ')}
        >
          {t('discover.ports')} {device.ports.join(', ') || '–'}
        </div>
      </div>
      <Evidence device={device} />
      <Tooltip label={t('discover.confidence')}>
        <span className="num" style={{ textAlign: 'right' }}>
          {percent(device.confidence, lang, 0)}
        </span>
      </Tooltip>
      <Group gap={6} justify="flex-end" wrap="nowrap">
        {done ? (
          <span className="state tone-faint">
            <Check size={15} aria-hidden />
            {t(device.already_added && adding?.state !== 'added' ? 'discover.already' : 'discover.added')}
          </span>
        ) : (
          <>
            <Tooltip label={t('discover.own')}>
              <ActionIcon
                variant={open ? 'light' : 'subtle'}
                color="gray"
                aria-label={`${t('discover.own')}: ${title}`}
                aria-expanded={open}
                onClick={() => setOwnShown(!ownShown)}
              >
                <KeyRound size={16} />
              </ActionIcon>
            </Tooltip>
            <Button
              size="xs"
              variant="default"
              loading={adding?.state === 'adding'}
              aria-label={`${t('common.add')}: ${title}`}
              onClick={() => void addDevice(device)}
            >
              {failed ? t('common.retry') : t('common.add')}
            </Button>
          </>
        )}
      </Group>
      {!done && open && (
        <div className="wide" style={{ paddingTop: 8 }}>
          {failed && <ErrorNote error={failed} subject={title} />}
          <Group gap="sm" mt={failed ? 8 : 0}>
            <TextInput
              size="xs"
              placeholder={t('discover.ownName')}
              aria-label={t('discover.ownName')}
              value={input?.name ?? ''}
              onChange={(event) => set({ name: event.currentTarget.value })}
              w={230}
            />
            <TextInput
              size="xs"
              placeholder={t('common.user')}
              aria-label={t('common.user')}
              autoComplete="off"
              value={input?.user ?? ''}
              onChange={(event) => set({ user: event.currentTarget.value })}
              w={150}
            />
            <PasswordInput
              size="xs"
              placeholder={t('common.password')}
              aria-label={t('common.password')}
              autoComplete="new-password"
              value={input?.password ?? ''}
              onChange={(event) => set({ password: event.currentTarget.value })}
              w={170}
            />
          </Group>
        </div>
      )}
    </div>
  );
}
