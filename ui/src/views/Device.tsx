/**
 * Owns one found device as the discovery page shows it: what it is, why that is believed, what has changed, and adding
 * it with a login and an address of its own.
 */
import {
  ActionIcon,
  Button,
  Group,
  PasswordInput,
  Select,
  TextInput,
  Tooltip,
  UnstyledButton,
} from '@mantine/core';
import { Cctv, Check, HardDrive, KeyRound, Stethoscope, Unplug } from 'lucide-react';
import { useState } from 'react';
import { dateTime, percent, visible } from '../format';
import type { DeviceVm } from '../gen/DeviceVm';
import { useText } from '../i18n';
import { CertificateNote } from '../parts/Certificate';
import { Follow } from '../parts/Follow';
import { examineDevice } from '../store/doctor';
import { addDevice, addressesOf, defaultAddress, NOTHING_TYPED, useScan } from '../store/scan';

/** What can be learned of a device, weakest first. */
const LADDER = [
  'open_port',
  'http',
  'brand',
  'rtsp_options',
  'rtsp_describe',
  'ws_discovery',
  'onvif_time',
  'onvif_device_information',
];

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

/** What is different about the device since the scan before. */
function Changed({ device }: { device: DeviceVm }) {
  const { t } = useText();
  if (!device.change) return null;
  return (
    <span className="mark" data-change={device.change}>
      {t(`discover.change.${device.change}`, {
        from: visible(device.changed_from ?? '', 40),
        defaultValue: device.change,
      })}
    </span>
  );
}

const KIND_ICON = { camera: Cctv, recorder: HardDrive, other: Unplug } as const;

export function Device({ device }: { device: DeviceVm }) {
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
        [device.key]: { ...NOTHING_TYPED, ...state.inputs[device.key], ...changes },
      },
    }));
  const title = visible(device.name ?? device.model ?? t('discover.unnamed'), 80);
  const maker = [device.vendor, device.name ? device.model : null, device.firmware]
    .filter((part) => part != null)
    .join(' · ');
  const perhaps = device.brand ? t('discover.perhaps', { brand: device.brand }) : t('discover.noVendor');
  const gone = device.change === 'gone';
  const addresses = addressesOf(device);
  const Icon = KIND_ICON[device.kind as keyof typeof KIND_ICON] ?? Unplug;
  const done = device.already_added || adding?.state === 'added';
  return (
    <div className="device" data-device={device.key} data-state={adding?.state} data-gone={gone || undefined}>
      <Icon
        size={19}
        strokeWidth={1.7}
        className={done ? 'tone-faint' : undefined}
        aria-label={t(`discover.kind.${device.kind}`, { defaultValue: device.kind })}
      />
      <div style={{ minWidth: 0 }}>
        <div className="clip" style={{ fontWeight: 550 }} title={title}>
          {title}
          <Changed device={device} />
        </div>
        <div className="clip" style={{ color: 'var(--faint)', fontSize: 12 }}>
          {maker ? visible(maker, 100) : perhaps}
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
      {gone ? (
        <div className="num" style={{ gridColumn: '4 / -1', color: 'var(--faint)', fontSize: 12.5 }}>
          {t('discover.lastSeen', { time: dateTime(device.seen_at, lang) })}
        </div>
      ) : (
        <>
          <Evidence device={device} />
          <Tooltip label={t('discover.confidence')}>
            <span className="num" style={{ textAlign: 'right' }}>
              {percent(device.confidence, lang, 0)}
            </span>
          </Tooltip>
        </>
      )}
      {!gone && (
        <Group gap={6} justify="flex-end" wrap="nowrap">
          <Tooltip label={t('doctor.examine')}>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={t('doctor.examineHost', { name: title })}
              onClick={() => void examineDevice(device, title)}
            >
              <Stethoscope size={16} />
            </ActionIcon>
          </Tooltip>
          {device.moved_camera ? (
            <>
              <span className="state tone-warn">
                {t('manage.isCamera', { name: visible(device.moved_camera.name, 40) })}
              </span>
              <Follow device={device} />
            </>
          ) : done ? (
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
      )}
      {!done && !gone && open && (
        <div className="wide" style={{ paddingTop: 8 }}>
          {failed && (
            <CertificateNote
              error={failed}
              subject={title}
              onTrust={(fingerprint) => {
                set({ fingerprint });
                void addDevice(device);
              }}
            />
          )}
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
          {addresses.length > 1 && (
            <Select
              size="xs"
              mt="sm"
              label={t('discover.address')}
              description={
                device.guesses.length > 0 &&
                t(device.brand ? 'discover.guessed' : 'discover.guessedGeneric', { brand: device.brand })
              }
              data={addresses.map(({ url, guess }) => ({
                value: url,
                label: guess ? t('discover.guess', { url }) : url,
              }))}
              value={input?.address || defaultAddress(device)}
              onChange={(address) => set({ address: address ?? '' })}
              allowDeselect={false}
              maw={620}
              data-testid="address"
            />
          )}
        </div>
      )}
      {!done && !gone && !open && device.guesses.length > 0 && (
        <div className="wide clip" style={{ color: 'var(--faint)', fontSize: 12 }}>
          {t(device.brand ? 'discover.guessed' : 'discover.guessedGeneric', { brand: device.brand })}{' '}
          <UnstyledButton className="link" onClick={() => setOwnShown(true)}>
            {t('discover.choose')}
          </UnstyledButton>
        </div>
      )}
    </div>
  );
}
