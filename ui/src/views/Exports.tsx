/**
 * Owns the exports page: each job with its progress, its result and what is missing in it.
 */
import { Button, Group, Progress, Stack, Title } from '@mantine/core';
import { Ban, CircleCheck, CircleX, Clock, Share } from 'lucide-react';
import type { ReactNode } from 'react';
import { causeText } from '../errors';
import { bytes, dateTime, duration, percent, timeSpan, visible, zone } from '../format';
import type { ExportJobVm } from '../gen/ExportJobVm';
import { useText } from '../i18n';
import { exportCancel } from '../ipc';
import { tellError } from '../notices';
import { Copyable, Empty, ErrorNote, Facts } from '../parts/bits';
import { useEngine } from '../store/engine';
import { go } from '../store/page';

const LOOK = {
  running: { icon: Clock, tone: '' },
  done: { icon: CircleCheck, tone: 'tone-ok' },
  failed: { icon: CircleX, tone: 'tone-bad' },
  cancelled: { icon: Ban, tone: 'tone-faint' },
} as const;

export function Exports() {
  const { t, lang } = useText();
  const jobs = useEngine((state) => state.jobs);
  const list = Object.values(jobs).sort((a, b) => b.id - a.id);
  return (
    <div className="page">
      <div className="pagehead">
        <Title order={1}>{t('exports.title')}</Title>
        {list.length > 0 && (
          <span style={{ color: 'var(--faint)' }}>{t('common.zone', { zone: zone(Date.now(), lang) })}</span>
        )}
      </div>
      {list.length === 0 ? (
        <Empty
          icon={<Share size={36} strokeWidth={1.4} aria-hidden />}
          title={t('exports.emptyTitle')}
          text={t('exports.emptyText')}
        >
          <Button variant="default" onClick={() => go('recordings')}>
            {t('exports.goRecordings')}
          </Button>
        </Empty>
      ) : (
        <Stack gap={12}>
          {list.map((job) => (
            <Job key={job.id} job={job} />
          ))}
        </Stack>
      )}
    </div>
  );
}

/** Seconds left at the rate seen; null while that is unknown. */
export function secondsLeft(job: Pick<ExportJobVm, 'done' | 'total'>, bytesPerSecond: number): number | null {
  if (bytesPerSecond <= 0 || job.total <= job.done) return null;
  return (job.total - job.done) / bytesPerSecond;
}

function Job({ job }: { job: ExportJobVm }) {
  const { t, lang } = useText();
  const rate = useEngine((state) => state.jobRates[job.id]?.bytesPerSecond ?? 0);
  const name = visible(job.camera_name, 80);
  const look = LOOK[job.state as keyof typeof LOOK] ?? LOOK.running;
  const Icon = look.icon;
  const share = job.total > 0 ? Math.min(1, job.done / job.total) : 0;
  const left = secondsLeft(job, rate);
  const span = (start: string, end: string) =>
    `${timeSpan(start, end, lang)} (${duration((Date.parse(end) - Date.parse(start)) / 1000)})`;
  const { report } = job;
  const rows: [string, ReactNode][] = [
    [
      t('exports.range'),
      <span key="r" className="num">
        {span(job.start, job.end)}
      </span>,
    ],
  ];
  if (report) {
    rows.push(
      [
        t('exports.shown'),
        <span key="s" className="num">
          {span(report.start, report.end)}
        </span>,
      ],
      [t('exports.path'), <Copyable key="p" text={report.path} label={t('exports.path')} />],
      [t('exports.sha'), <Copyable key="h" text={report.sha256} label={t('exports.sha')} />],
      [
        t('exports.gapsTitle'),
        report.gaps.length === 0 ? (
          t('exports.noGaps')
        ) : (
          <div key="g" className="num tone-warn">
            {report.gaps.map((gap) => (
              <div key={gap.start}>
                {gap.end
                  ? timeSpan(gap.start, gap.end, lang)
                  : `${dateTime(gap.start, lang)} – ${t('recordings.gapOpen')}`}{' '}
                · {causeText(t, gap.cause)}
              </div>
            ))}
          </div>
        ),
      ],
    );
  }
  return (
    <section
      className="card"
      style={{ padding: '14px 16px' }}
      aria-label={`${name} ${dateTime(job.start, lang)}`}
      data-job={job.id}
      data-state={job.state}
    >
      <Group gap="sm" mb={10} wrap="nowrap">
        <strong className="clip" style={{ fontSize: 14 }}>
          {name}
        </strong>
        <span className={`state ${look.tone}`} style={{ fontWeight: 550 }}>
          <Icon size={15} aria-hidden />
          {t(`exports.state.${job.state}`, { defaultValue: job.state })}
        </span>
        <span style={{ flex: 1 }} />
        {report && (
          <span className="num" style={{ color: 'var(--soft)', whiteSpace: 'nowrap' }}>
            {bytes(report.bytes, lang)} ·{' '}
            {t('exports.duration', { duration: duration(report.duration_ms / 1000) })}
          </span>
        )}
        {job.state === 'running' && (
          <Button
            size="xs"
            variant="default"
            onClick={() => exportCancel(job.id).catch((error) => tellError(error, name))}
            aria-label={`${t('common.cancel')}: ${name}`}
          >
            {t('common.cancel')}
          </Button>
        )}
      </Group>
      {job.state === 'running' && (
        <div style={{ marginBottom: 12 }}>
          <Progress value={share * 100} size={8} aria-label={percent(share, lang, 0)} />
          <Group gap="lg" mt={6} className="num" style={{ color: 'var(--soft)', fontSize: 12 }}>
            <span>{percent(share, lang, 0)}</span>
            <span>
              {t('exports.progress', { done: bytes(job.done, lang), total: bytes(job.total, lang) })}
            </span>
            {rate > 0 && <span>{t('exports.rate', { rate: bytes(rate, lang) })}</span>}
            {left !== null && <span>{t('exports.left', { time: duration(left) })}</span>}
          </Group>
        </div>
      )}
      <Facts rows={rows} />
      {job.error && (
        <div style={{ marginTop: 10 }}>
          <ErrorNote error={job.error} subject={name} />
        </div>
      )}
    </section>
  );
}
