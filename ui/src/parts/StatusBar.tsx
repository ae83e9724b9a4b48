/**
 * Owns the status bar: cameras, proof of recording, storage, running exports.
 */
import { Progress, Tooltip, UnstyledButton } from '@mantine/core';
import type { TFunction } from 'i18next';
import { Cctv, CircleOff, Cpu, HardDrive, Hourglass, Share, TriangleAlert } from 'lucide-react';
import { bytes, percent } from '../format';
import type { MachineVm } from '../gen/MachineVm';
import type { StatusVm } from '../gen/StatusVm';
import { useText } from '../i18n';
import { isRecording, useEngine } from '../store/engine';
import { go } from '../store/page';

export function StatusBar() {
  const { t } = useText();
  const status = useEngine((state) => state.status);
  return (
    <section className="statusbar num" aria-label={t('status.label')}>
      {status ? (
        <>
          <CamerasItem status={status} />
          <RecordingItem status={status} />
          <StorageItem status={status} />
          {status.machine && <MachineItem machine={status.machine} />}
        </>
      ) : (
        <span className="statusitem">{t('status.waiting')}</span>
      )}
      <ExportsItem />
    </section>
  );
}

function CamerasItem({ status }: { status: StatusVm }) {
  const { t } = useText();
  const missing = status.cameras_live < status.cameras_total;
  return (
    <Tooltip label={t('status.camerasHint')}>
      <span className="statusitem">
        {missing ? (
          <TriangleAlert size={14} className="tone-warn" aria-hidden />
        ) : (
          <Cctv size={14} aria-hidden />
        )}
        {t('status.cameras', { live: status.cameras_live, total: status.cameras_total })}
      </span>
    </Tooltip>
  );
}

function RecordingItem({ status }: { status: StatusVm }) {
  const { t, lang } = useText();
  const count = status.cameras_recording;
  const proved = useEngine(
    (state) => state.cameras.filter((camera) => isRecording(state.metrics, camera.id)).length,
  );
  if (count === 0 && status.cameras_waiting > 0) {
    return (
      <span className="statusitem">
        <Hourglass size={14} className="tone-faint" aria-hidden />
        {t('modes.waiting', { count: status.cameras_waiting })}
      </span>
    );
  }
  if (count === 0) {
    return (
      <span className="statusitem">
        <CircleOff size={14} className="tone-faint" aria-hidden />
        {t('status.notRecording')}
      </span>
    );
  }
  const proven = status.recorded_bytes_10s > 0;
  return (
    <Tooltip label={t(proven ? 'status.recordingHint' : 'status.nothingHint', { count })}>
      <span className="statusitem">
        {proven ? (
          <span className="recdot" style={{ background: 'var(--rec)' }} aria-hidden />
        ) : (
          <TriangleAlert size={14} className="tone-bad" aria-hidden />
        )}
        {proven
          ? `${t('status.recording', { proved, count })} · ${t('status.proof', { bytes: bytes(status.recorded_bytes_10s, lang) })}`
          : t('status.nothingCommitted')}
      </span>
    </Tooltip>
  );
}

/** Under an hour: the oldest footage makes room as fast as new footage comes. */
const ROOM_MADE_DAYS = 1 / 24;

/** How long until the oldest footage makes room, in words; nothing where no end is foreseen or nothing is known. */
export function storageLeft(t: TFunction, days: number | null): string {
  if (days === null) return '';
  if (days < ROOM_MADE_DAYS) return t('status.makesRoom');
  if (days > 365) return t('status.overYear');
  if (days < 2) return t('status.hoursLeft', { count: Math.floor(days * 24) });
  return t('status.daysLeft', { count: Math.floor(days) });
}

function StorageItem({ status }: { status: StatusVm }) {
  const { t, lang } = useText();
  const days = status.days_left;
  const left = storageLeft(t, days);
  const low = days !== null && days >= ROOM_MADE_DAYS && days < 1;
  return (
    <Tooltip label={t('status.storageHint')}>
      <span className="statusitem">
        {low ? (
          <TriangleAlert size={14} className="tone-warn" aria-hidden />
        ) : (
          <HardDrive size={14} aria-hidden />
        )}
        {t('status.storage', { used: bytes(status.used_bytes, lang), free: bytes(status.free_bytes, lang) })}
        {left && ` · ${left}`}
      </span>
    </Tooltip>
  );
}

function MachineItem({ machine }: { machine: MachineVm }) {
  const { t, lang } = useText();
  const limit = useEngine((state) => state.settings?.processor_limit ?? 100);
  const busy = limit < 100 && machine.processor * 100 > limit;
  return (
    <Tooltip
      label={t('governor.machineHint', {
        cores: machine.cores,
        available: bytes(machine.memory_available, lang),
        total: bytes(machine.memory_total, lang),
      })}
    >
      <span className="statusitem" data-testid="machine">
        {busy ? <TriangleAlert size={14} className="tone-warn" aria-hidden /> : <Cpu size={14} aria-hidden />}
        <span className="machine">
          {t('governor.machine', {
            processor: percent(machine.processor, lang, 0),
            own: percent(machine.processor_own, lang, 0),
            memory: bytes(machine.memory_own, lang),
          })}
        </span>
      </span>
    </Tooltip>
  );
}

function ExportsItem() {
  const { t, lang } = useText();
  const jobs = useEngine((state) => state.jobs);
  const running = Object.values(jobs).filter((job) => job.state === 'running');
  if (running.length === 0) return null;
  const done = running.reduce((sum, job) => sum + job.done, 0);
  const total = running.reduce((sum, job) => sum + job.total, 0);
  const share = total > 0 ? done / total : 0;
  return (
    <UnstyledButton className="statusitem end" fz={12} onClick={() => go('exports')}>
      <Share size={14} aria-hidden />
      {t('status.exports', { count: running.length })}
      <Progress value={share * 100} w={90} size={6} aria-hidden />
      <span style={{ minWidth: 38, textAlign: 'right' }}>{percent(share, lang, 0)}</span>
    </UnstyledButton>
  );
}
