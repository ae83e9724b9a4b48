/**
 * Owns the discovery page: the scan, what it finds as it comes, and adding it.
 */
import {
  Button,
  Checkbox,
  Collapse,
  Group,
  Loader,
  NumberInput,
  PasswordInput,
  TextInput,
  Title,
  UnstyledButton,
} from '@mantine/core';
import { ChevronDown, ChevronRight, Radar, SlidersHorizontal, Square, Unplug } from 'lucide-react';
import { type ReactNode, useEffect, useMemo, useState } from 'react';
import { useShallow } from 'zustand/react/shallow';
import { ago } from '../format';
import { useText } from '../i18n';
import { tellDone, tellError } from '../notices';
import { Empty, ErrorNote } from '../parts/bits';
import { ExamineHost } from '../parts/Examine';
import { SetSelect, useReadSets } from '../parts/SetSelect';
import { useEngine } from '../store/engine';
import { go } from '../store/page';
import { addDevices, cancelScan, changes, scanOf, seenAt, startScan, useScan } from '../store/scan';
import { Device } from './Device';

/** How often the age of what is shown is written anew. */
const AGE_EVERY_MS = 30_000;

export function Discover() {
  const { t, lang } = useText();
  const devices = useEngine((state) => state.devices);
  const scanning = useEngine((state) => state.scanning);
  const scanned = useEngine((state) => state.scanned);
  const error = useScan((state) => state.error);
  const adding = useScan((state) => state.adding);
  const [optionsShown, setOptionsShown] = useState(false);

  const sorted = useMemo(() => {
    const collator = new Intl.Collator(lang, { numeric: true });
    return Object.values(devices).sort(
      (a, b) => collator.compare(a.host, b.host) || collator.compare(a.key, b.key),
    );
  }, [devices, lang]);
  const there = sorted.filter((device) => device.change !== 'gone');
  const gone = sorted.filter((device) => device.change === 'gone');
  const cameras = there.filter((device) => device.kind !== 'other');
  const others = there.filter((device) => device.kind === 'other');
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
            {t('discover.scanning', { count: there.length })}
          </span>
        )}
        {!scanning && there.length > 0 && <Age at={seenAt(there)} />}
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
      <ExamineHost />
      {others.length > 0 && (
        <Folded title={t('discover.others', { count: others.length })}>
          {others.map((device) => (
            <Device key={device.key} device={device} />
          ))}
        </Folded>
      )}
      {gone.length > 0 && (
        <Folded title={t('discover.gone', { count: gone.length })} open>
          {gone.map((device) => (
            <Device key={device.key} device={device} />
          ))}
        </Folded>
      )}
    </div>
  );
}

/** How old the newest of what is shown is, and what has changed since the scan before. */
function Age(props: { at: number }) {
  const { t, lang } = useText();
  const devices = useEngine((state) => state.devices);
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), AGE_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  const changed = changes(Object.values(devices)).map(([change, count]) =>
    t(`discover.changed.${change}`, { count }),
  );
  return (
    <span className="state tone-faint num" data-testid="scan-age">
      {[t('discover.age', { ago: ago(props.at, Math.max(now, props.at), lang) }), ...changed].join(' · ')}
    </span>
  );
}

/** Devices apart from the cameras, under a title that opens and closes them. */
function Folded(props: { title: string; open?: boolean; children: ReactNode }) {
  const [shown, setShown] = useState(props.open ?? false);
  return (
    <div style={{ marginTop: 18 }}>
      <UnstyledButton
        className="state"
        aria-expanded={shown}
        onClick={() => setShown(!shown)}
        style={{ color: 'var(--soft)', padding: '6px 2px' }}
      >
        {shown ? <ChevronDown size={16} aria-hidden /> : <ChevronRight size={16} aria-hidden />}
        {props.title}
      </UnstyledButton>
      <Collapse expanded={shown}>
        <section className="card devices" aria-label={props.title}>
          {props.children}
        </section>
      </Collapse>
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
  const { user, password, set, record } = useScan(
    useShallow(({ user, password, set, record }) => ({ user, password, set, record })),
  );
  const sets = useReadSets();
  // One that was removed meanwhile is none.
  const chosen = sets.find((one) => one.id === set)?.id ?? '';
  return (
    <Group className="card" p="12px 14px" mb={14} gap="md" align="flex-end">
      {sets.length > 0 && (
        <SetSelect
          sets={sets}
          none={t('manage.typedLogin')}
          value={chosen}
          onChange={(value) => useScan.setState({ set: value })}
          w={190}
          testid="discover-set"
        />
      )}
      <TextInput
        disabled={chosen !== ''}
        label={t('discover.login')}
        placeholder={t('common.user')}
        aria-label={`${t('discover.login')}: ${t('common.user')}`}
        autoComplete="off"
        value={user}
        onChange={(event) => useScan.setState({ user: event.currentTarget.value })}
        w={190}
      />
      <PasswordInput
        disabled={chosen !== ''}
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
