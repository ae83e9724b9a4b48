/**
 * Owns the protected ranges: footage that no rule deletes, why, and until when. Removing one is taken back with a click.
 */
import { Button, Group, Select, TextInput } from '@mantine/core';
import { DateTimePicker } from '@mantine/dates';
import { Plus, ShieldCheck, Trash2 } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { bytes, dateTime, timeSpan, visible } from '../../format';
import type { ProtectedVm } from '../../gen/ProtectedVm';
import { useText } from '../../i18n';
import { protectionAdd, protectionRemove } from '../../ipc';
import { tellDone, tellError } from '../../notices';
import { Empty, ErrorNote } from '../../parts/bits';
import { useWork } from '../../parts/work';
import { useEngine } from '../../store/engine';
import { Part, type Reload, useNameOf } from './Part';

/** The longest reason, in characters. */
const REASON_MAX = 200;

/** The notice of a removed range: only the newest can be taken back. */
const REMOVED = 'protection-removed';

export function Protection({ ranges, reload }: { ranges: ProtectedVm[]; reload: Reload }) {
  const { t, lang } = useText();
  const nameOf = useNameOf();
  const { busy, run } = useWork((failure) => tellError(failure));
  const remove = (range: ProtectedVm) =>
    run(async () => {
      await protectionRemove(range.id);
      await reload();
      const undo = () =>
        run(async () => {
          await protectionAdd(range.camera, range.start, range.end, range.reason, range.expires);
          await reload();
          tellDone(t('storage.protectedAgain'), null, 5000, REMOVED);
        });
      tellDone(
        t('storage.unprotected', { name: nameOf(range.camera) }),
        <Button size="compact-xs" variant="default" onClick={() => void undo()} data-testid="protection-undo">
          {t('storage.undo')}
        </Button>,
        12_000,
        REMOVED,
      );
    });
  return (
    <Part title={t('storage.protection')} hint={t('storage.protectionHint')} testid="storage-protection">
      {ranges.length === 0 ? (
        <Empty
          icon={<ShieldCheck size={32} strokeWidth={1.4} aria-hidden />}
          title={t('storage.noneProtected')}
          text={t('storage.noneProtectedText')}
        />
      ) : (
        <table className="table storagetable num">
          <thead>
            <tr>
              <th scope="col">{t('common.camera')}</th>
              <th scope="col">{t('storage.range')}</th>
              <th scope="col">{t('storage.reason')}</th>
              <th scope="col">{t('storage.expires')}</th>
              <th scope="col">{t('recordings.size')}</th>
              <td />
            </tr>
          </thead>
          <tbody>
            {ranges.map((range) => (
              <tr key={range.id} data-protected={range.id}>
                <td>{nameOf(range.camera)}</td>
                <td>{timeSpan(range.start, range.end, lang)}</td>
                <td style={{ overflowWrap: 'anywhere' }}>{visible(range.reason, REASON_MAX)}</td>
                <td>{range.expires ? dateTime(range.expires, lang) : t('storage.never')}</td>
                <td>{bytes(range.bytes, lang)}</td>
                <td>
                  <Button
                    size="xs"
                    variant="subtle"
                    color="red"
                    disabled={busy}
                    leftSection={<Trash2 size={14} aria-hidden />}
                    aria-label={t('storage.unprotectLabel', {
                      name: nameOf(range.camera),
                      range: timeSpan(range.start, range.end, lang),
                    })}
                    onClick={() => remove(range)}
                  >
                    {t('common.remove')}
                  </Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <AddRange reload={reload} />
    </Part>
  );
}

/** A local time of a picker as the engine takes it; null for none. */
const instant = (local: string | null) =>
  local === null ? null : new Date(local.replace(' ', 'T')).toISOString();

function AddRange({ reload }: { reload: Reload }) {
  const { t } = useText();
  const cameras = useEngine((state) => state.cameras);
  const nameOf = useNameOf();
  const [camera, setCamera] = useState<string | null>(null);
  const [from, setFrom] = useState<string | null>(null);
  const [to, setTo] = useState<string | null>(null);
  const [expires, setExpires] = useState<string | null>(null);
  const [reason, setReason] = useState('');
  const { busy, error, run } = useWork();
  if (cameras.length === 0) return null;
  const [start, end] = [instant(from), instant(to)];
  const backwards = start !== null && end !== null && end <= start;
  const ready = camera !== null && start !== null && end !== null && !backwards && reason.trim() !== '';
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!ready) return;
    void run(async () => {
      await protectionAdd(camera, start, end, reason.trim(), instant(expires));
      setReason('');
      tellDone(t('storage.protectedNow', { name: nameOf(camera) }));
      await reload();
    });
  };
  const time = (label: string, value: string | null, set: (value: string | null) => void, clear = false) => (
    <DateTimePicker
      label={label}
      withSeconds
      clearable={clear}
      w={200}
      value={value}
      onChange={set}
      valueFormat="YYYY-MM-DD HH:mm:ss"
    />
  );
  return (
    <form onSubmit={submit} data-testid="protection-form">
      <Group align="flex-end" gap="sm">
        <Select
          label={t('common.camera')}
          w={220}
          searchable={cameras.length > 8}
          value={camera}
          onChange={setCamera}
          data={cameras.map((one) => ({ value: one.id, label: nameOf(one.id) }))}
        />
        {time(t('common.from'), from, setFrom)}
        {time(t('common.to'), to, setTo)}
        <TextInput
          label={t('storage.reason')}
          style={{ flex: '1 1 200px', maxWidth: 360 }}
          value={reason}
          maxLength={REASON_MAX}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {time(t('storage.expires'), expires, setExpires, true)}
        <Button
          type="submit"
          variant="default"
          leftSection={<Plus size={15} aria-hidden />}
          disabled={!ready}
          loading={busy}
          data-testid="protection-add"
        >
          {t('storage.protect')}
        </Button>
      </Group>
      {backwards && (
        <p className="tone-bad" role="alert">
          {t('recordings.badRange')}
        </p>
      )}
      {error && <ErrorNote error={error} />}
    </form>
  );
}
