/**
 * Owns the storage directories: their state and room, adding, removing, the default one, and which camera records where.
 */
import { Button, Group, Modal, Select, Text, TextInput } from '@mantine/core';
import {
  CircleCheck,
  FileQuestion,
  Hourglass,
  Lock,
  OctagonAlert,
  Plus,
  Star,
  Trash2,
  Unplug,
} from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { bytes, percent, visible } from '../../format';
import type { VolumeVm } from '../../gen/VolumeVm';
import { useText } from '../../i18n';
import { storageAdd, storageAssign, storageMakeDefault, storageRemove } from '../../ipc';
import { tellDone, tellError } from '../../notices';
import { ErrorNote } from '../../parts/bits';
import { useWork } from '../../parts/work';
import { useEngine } from '../../store/engine';
import { Part, type Reload, useNameOf } from './Part';
import { isDirectory } from './whatIf';

/** A colour and a shape for each state. */
const LOOK = {
  ok: { icon: CircleCheck, tone: 'tone-ok' },
  missing: { icon: Unplug, tone: 'tone-bad' },
  wrong: { icon: FileQuestion, tone: 'tone-bad' },
  read_only: { icon: Lock, tone: 'tone-bad' },
  full: { icon: OctagonAlert, tone: 'tone-warn' },
  stalled: { icon: Hourglass, tone: 'tone-warn' },
} as const;

export function Volumes({ volumes, reload }: { volumes: VolumeVm[]; reload: Reload }) {
  const { t } = useText();
  const [removing, setRemoving] = useState<VolumeVm | null>(null);
  const { busy, run } = useWork((failure) => tellError(failure));
  const remove = (volume: VolumeVm) =>
    run(async () => {
      await storageRemove(volume.id, volume.state === 'missing');
      setRemoving(null);
      tellDone(t('storage.removed', { path: visible(volume.path, 120) }));
      await reload();
    });
  const makeDefault = (volume: VolumeVm) => run(() => storageMakeDefault(volume.id).then(reload));
  return (
    <Part title={t('storage.volumes')} hint={t('storage.volumesHint')} testid="storage-volumes">
      <table className="table storagetable">
        <thead>
          <tr>
            <th scope="col">{t('storage.directory')}</th>
            <th scope="col">{t('storage.stateLabel')}</th>
            <th scope="col">{t('storage.room')}</th>
            <td />
          </tr>
        </thead>
        <tbody>
          {volumes.map((volume) => (
            <VolumeRow
              key={volume.id}
              volume={volume}
              busy={busy}
              makeDefault={() => makeDefault(volume)}
              remove={() => setRemoving(volume)}
            />
          ))}
        </tbody>
      </table>
      <AddVolume reload={reload} />
      <Assignment volumes={volumes} reload={reload} />
      <Modal
        opened={removing !== null}
        onClose={() => setRemoving(null)}
        title={t('storage.removeTitle')}
        closeButtonProps={{ 'aria-label': t('common.close') }}
      >
        <Text size="sm" className="mono">
          {visible(removing?.path ?? '', 300)}
        </Text>
        <Text size="sm" mt="xs">
          {t(removing?.state === 'missing' ? 'storage.removeGone' : 'storage.removeText')}
        </Text>
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={() => setRemoving(null)} data-autofocus>
            {t('common.cancel')}
          </Button>
          <Button color="red" loading={busy} onClick={() => removing && remove(removing)}>
            {t('common.remove')}
          </Button>
        </Group>
      </Modal>
    </Part>
  );
}

function VolumeRow(props: { volume: VolumeVm; busy: boolean; makeDefault: () => void; remove: () => void }) {
  const { t, lang } = useText();
  const { volume } = props;
  const path = visible(volume.path, 300);
  const known = LOOK[volume.state as keyof typeof LOOK];
  const { icon: Icon, tone } = known ?? LOOK.wrong;
  return (
    <tr data-volume={volume.id} data-state={volume.state}>
      <td>
        <span className="mono">{path}</span>
        {volume.is_default && (
          <span className="state tone-faint storagedefault">
            <Star size={13} aria-hidden />
            {t('storage.default')}
          </span>
        )}
      </td>
      <td>
        <span className={`state ${tone}`}>
          <Icon size={15} aria-hidden />
          {t(`storage.state.${volume.state}`, { defaultValue: visible(volume.state, 40) })}
        </span>
        {volume.detail && <div className="storagehint">{visible(volume.detail, 200)}</div>}
      </td>
      <td className="num" style={{ minWidth: 220 }}>
        <Room volume={volume} lang={lang} />
      </td>
      <td>
        <Group gap={6} justify="flex-end" wrap="nowrap">
          <Button
            size="xs"
            variant="default"
            disabled={volume.is_default || props.busy}
            aria-label={t('storage.makeDefaultLabel', { path })}
            onClick={props.makeDefault}
          >
            {t('storage.makeDefault')}
          </Button>
          <Button
            size="xs"
            variant="subtle"
            color="red"
            disabled={volume.is_default}
            leftSection={<Trash2 size={14} aria-hidden />}
            aria-label={t('storage.removeLabel', { path })}
            onClick={props.remove}
          >
            {t('common.remove')}
          </Button>
        </Group>
      </td>
    </tr>
  );
}

/** What footage takes, what else is there, and what is free. */
function Room({ volume, lang }: { volume: VolumeVm; lang: string }) {
  const { t } = useText();
  const { used_bytes: used, free_bytes: free, total_bytes: total } = volume;
  const taken = total && free !== null ? Math.min(1, Math.max(0, 1 - free / total)) : null;
  const text = t('storage.used', {
    used: bytes(used, lang),
    free: free === null ? t('common.unknown') : bytes(free, lang),
  });
  return (
    <>
      {taken !== null && total && (
        <div
          className="usebar"
          role="img"
          aria-label={t('storage.taken', { share: percent(taken, lang, 0), total: bytes(total, lang) })}
        >
          <span style={{ width: `${taken * 100}%`, opacity: 0.35 }} />
          <span style={{ width: `${Math.min(1, used / total) * 100}%` }} />
        </div>
      )}
      <div>{text}</div>
      {total !== null && (
        <div className="storagehint">{t('storage.total', { total: bytes(total, lang) })}</div>
      )}
    </>
  );
}

function AddVolume({ reload }: { reload: Reload }) {
  const { t } = useText();
  const [path, setPath] = useState('');
  const { busy, error, run } = useWork();
  const typed = path.trim();
  const bad = typed !== '' && !isDirectory(typed);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void run(async () => {
      const volume = await storageAdd(typed);
      setPath('');
      tellDone(t('storage.added', { path: visible(volume.path, 120) }));
      await reload();
    });
  };
  return (
    <form onSubmit={submit}>
      <Group align="flex-start" gap="sm">
        <TextInput
          style={{ flex: '1 1 320px', maxWidth: 560 }}
          label={t('storage.addLabel')}
          description={t('storage.addHint')}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          value={path}
          maxLength={4096}
          spellCheck={false}
          error={bad ? t('storage.badPath') : undefined}
          onChange={(event) => setPath(event.currentTarget.value)}
          data-testid="storage-path"
        />
        <Button
          type="submit"
          mt={24}
          variant="default"
          leftSection={<Plus size={15} aria-hidden />}
          disabled={typed === '' || bad}
          loading={busy}
          data-testid="storage-add"
        >
          {t('common.add')}
        </Button>
      </Group>
      {error && <ErrorNote error={error} subject={visible(typed, 120)} />}
    </form>
  );
}

/** Which camera records where. Nothing to choose while there is one directory. */
function Assignment({ volumes, reload }: { volumes: VolumeVm[]; reload: Reload }) {
  const { t } = useText();
  const cameras = useEngine((state) => state.cameras);
  const nameOf = useNameOf();
  const { busy, run } = useWork((failure) => tellError(failure));
  if (volumes.length < 2 || cameras.length === 0) return null;
  const own = (camera: string) => volumes.find((volume) => volume.cameras.includes(camera))?.id ?? '';
  return (
    <details>
      <summary>{t('storage.assignment')}</summary>
      <div className="storageassign">
        {cameras.map((camera) => (
          <Select
            key={camera.id}
            size="xs"
            label={nameOf(camera.id)}
            disabled={busy}
            allowDeselect={false}
            value={own(camera.id)}
            onChange={(volume) => run(() => storageAssign(camera.id, volume || null).then(reload))}
            data={[
              { value: '', label: t('storage.whereDefault') },
              ...volumes.map((volume) => ({ value: volume.id, label: visible(volume.path, 80) })),
            ]}
          />
        ))}
      </div>
    </details>
  );
}
