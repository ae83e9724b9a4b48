/**
 * Owns the cameras page: the table of all cameras.
 */
import { Button, Title, Tooltip, UnstyledButton } from '@mantine/core';
import { Cctv, ClipboardCheck, Hourglass, Link2, Radar, TriangleAlert } from 'lucide-react';
import { Fragment, useState } from 'react';
import { codecName, number, size, visible } from '../format';
import type { CameraVm } from '../gen/CameraVm';
import type { StreamVm } from '../gen/StreamVm';
import { useText } from '../i18n';
import { cameraReportSave } from '../ipc';
import { tellDone, tellError } from '../notices';
import { Copyable, Empty, SimulatedBadge } from '../parts/bits';
import { useMoved } from '../parts/Follow';
import { GroupSelect } from '../parts/GroupInput';
import { SeenMarks } from '../parts/Seen';
import { StateMark } from '../parts/StateMark';
import { useWork } from '../parts/work';
import { openCamera, useDetails } from '../store/details';
import { cameraMetrics, isRecording, useEngine } from '../store/engine';
import { byGroup, isIn, stillThere } from '../store/groups';
import { go } from '../store/page';
import { demandOf } from '../store/recording';
import { AddByUrl } from './AddByUrl';
import { CameraDetails } from './CameraDetails';

/** A stream in a few words. */
export function streamText(stream: StreamVm, lang: string): string {
  if (!stream.codec) return '–';
  const fps = stream.fps == null ? '' : ` · ${number(stream.fps, lang, stream.fps % 1 === 0 ? 0 : 1)} fps`;
  return `${codecName(stream.codec)} ${size(stream.width, stream.height)}${fps}`;
}

/** Writes the commissioning report: what an installer hands over. */
function ReportButton() {
  const { t, lang } = useText();
  const { busy, run } = useWork((failure) => tellError(failure, t('cameras.report')));
  const make = () =>
    run(async () => {
      const path = await cameraReportSave(lang);
      tellDone(t('cameras.reportDone'), <Copyable text={path} label={t('common.path')} />, 15_000);
    });
  return (
    <Tooltip label={t('cameras.reportHint')}>
      <Button
        variant="subtle"
        color="gray"
        leftSection={<ClipboardCheck size={15} aria-hidden />}
        loading={busy}
        onClick={make}
      >
        {t('cameras.report')}
      </Button>
    </Tooltip>
  );
}

export function Cameras() {
  const { t, lang } = useText();
  const cameras = useEngine((state) => state.cameras);
  const [group, setGroup] = useState<string | null>(null);
  const openId = useDetails((state) => state.id);
  const [byUrl, setByUrl] = useState(false);
  const chosen = stillThere(cameras, group);
  const headings = byGroup(
    cameras.filter((camera) => isIn(camera, chosen)),
    lang,
  );
  const open = cameras.find((camera) => camera.id === openId) ?? null;
  return (
    <div className="page">
      <div className="pagehead">
        <Title order={1}>{t('cameras.title')}</Title>
        <GroupSelect value={chosen} onChange={setGroup} w={210} testid="cameras-group" />
        {cameras.length > 0 && <ReportButton />}
        <Button
          variant="default"
          leftSection={<Link2 size={15} aria-hidden />}
          onClick={() => setByUrl(true)}
        >
          {t('cameras.addByUrl')}
        </Button>
        <Button leftSection={<Radar size={15} aria-hidden />} onClick={() => go('discover')}>
          {t('cameras.find')}
        </Button>
      </div>
      {cameras.length === 0 ? (
        <Empty
          icon={<Cctv size={36} strokeWidth={1.4} aria-hidden />}
          title={t('cameras.emptyTitle')}
          text={t('cameras.emptyText')}
        />
      ) : (
        <div className="card" style={{ overflowX: 'auto' }}>
          <table className="table">
            <thead>
              <tr>
                <th>{t('common.camera')}</th>
                <th>{t('cameras.state')}</th>
                <th>{t('common.address')}</th>
                <th>{t('cameras.streams')}</th>
                <th>{t('cameras.recording')}</th>
                <th style={{ textAlign: 'right' }}>{t('cameras.health')}</th>
              </tr>
            </thead>
            <tbody>
              {headings.map(([heading, inIt]) => (
                <Fragment key={heading ?? ''}>
                  {headings.length > 1 && (
                    <tr>
                      <th colSpan={6} scope="colgroup" data-group={heading ?? ''}>
                        {heading === null ? t('manage.noGroup') : visible(heading, 99)}
                      </th>
                    </tr>
                  )}
                  {inIt.map((camera) => (
                    <Row key={camera.id} camera={camera} chosen={camera.id === openId} />
                  ))}
                </Fragment>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <CameraDetails camera={open} onClose={() => openCamera(null)} />
      <AddByUrl opened={byUrl} onClose={() => setByUrl(false)} />
    </div>
  );
}

function Row({ camera, chosen }: { camera: CameraVm; chosen: boolean }) {
  const { t, lang } = useText();
  const state = useEngine(({ metrics }) => cameraMetrics(metrics, camera.id)?.state);
  const health = useEngine(({ metrics }) => cameraMetrics(metrics, camera.id)?.health);
  const recording = useEngine(({ metrics }) => isRecording(metrics, camera.id));
  const moved = useMoved(camera.id);
  const name = visible(camera.name, 80);
  return (
    <tr
      className="choose"
      data-chosen={chosen || undefined}
      data-camera={camera.id}
      data-enabled={camera.enabled}
      onClick={() => openCamera(camera.id)}
    >
      <td>
        <div className="namecell">
          <UnstyledButton
            className="linkname clip"
            fz={13}
            title={name}
            aria-label={t('cameras.edit', { name })}
            onClick={() => openCamera(camera.id)}
          >
            {name}
          </UnstyledButton>
          {camera.simulated && <SimulatedBadge />}
        </div>
      </td>
      <td>
        <StateMark state={camera.enabled ? state : 'off'} />
        <SeenMarks camera={camera.id} className="seen tone-warn" />
      </td>
      <td className="num">
        {visible(camera.host, 60)}
        {moved && (
          <div className="tone-warn" style={{ fontSize: 12 }}>
            {t('manage.seenAt', { to: moved.host })}
          </div>
        )}
      </td>
      <td className="num" style={{ lineHeight: 1.45, whiteSpace: 'nowrap' }}>
        {camera.streams.map((stream) => (
          <div key={stream.role}>
            <span style={{ color: 'var(--faint)' }}>{t(`role.${stream.role}`)}</span>{' '}
            {streamText(stream, lang)}
          </div>
        ))}
      </td>
      <td>
        <RecordCell camera={camera} recording={recording} />
      </td>
      <td className="num" style={{ textAlign: 'right' }}>
        {health !== undefined && camera.enabled ? number(health, lang) : '–'}
      </td>
    </tr>
  );
}

function RecordCell({ camera, recording }: { camera: CameraVm; recording: boolean }) {
  const { t } = useText();
  const demand = useEngine((state) => demandOf(state.metrics, camera));
  const waits = demand === 'motion' || demand === 'nothing';
  if (demand === 'off') return <span className="tone-faint">{t('cameras.off')}</span>;
  const keep = camera.retention_days
    ? t('cameras.days', { count: camera.retention_days })
    : t('cameras.forever');
  return (
    <div>
      <span className="state">
        {recording && <span className="recdot" style={{ background: 'var(--rec)' }} aria-hidden />}
        {!recording && waits && <Hourglass size={14} className="tone-faint" aria-hidden />}
        {!recording && !waits && <TriangleAlert size={14} className="tone-warn" aria-hidden />}
        {recording && t('cameras.recordedNow')}
        {!recording && (waits ? t(`modes.mark.${demand}`) : t('cameras.notWritten'))}
      </span>
      <div style={{ color: 'var(--faint)', fontSize: 12 }}>
        {t(`modes.name.${camera.record_mode}`)} · {keep}
      </div>
    </div>
  );
}
