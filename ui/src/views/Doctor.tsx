/**
 * Owns the doctor's panel: one line a topic as it becomes known, then the cause and what to do. Opened over any page.
 */
import { Button, Group, Loader, Modal, Stack } from '@mantine/core';
import { CircleAlert, CircleCheck, CircleHelp, CircleX, Square, Stethoscope } from 'lucide-react';
import { visible } from '../format';
import type { FindingVm } from '../gen/FindingVm';
import { useText } from '../i18n';
import { tellError } from '../notices';
import { ErrorNote } from '../parts/bits';
import { closeDoctor, examine, stopExamination, useDoctor } from '../store/doctor';

const RANKS = ['unknown', 'passed', 'warning', 'failed'];
const MARKS = {
  unknown: { Icon: CircleHelp, tone: 'tone-faint' },
  passed: { Icon: CircleCheck, tone: 'tone-ok' },
  warning: { Icon: CircleAlert, tone: 'tone-warn' },
  failed: { Icon: CircleX, tone: 'tone-bad' },
} as const;

const TOPICS: Record<string, string> = {
  route: 'network',
  neighbour: 'network',
  ports: 'ports',
  http: 'ports',
  onvif: 'onvif',
  multicast: 'multicast',
  clock: 'clock',
  login: 'login',
  profiles: 'login',
};

interface Row {
  topic: string;
  state: string;
  /** What is known of the topic; what is not stands there only when nothing is. */
  told: FindingVm[];
}

/** Findings gathered by topic, in their order; the verdict is none. */
export function rowsOf(findings: FindingVm[]): Row[] {
  const rows: Row[] = [];
  for (const finding of findings) {
    if (finding.step === 'verdict') continue;
    const topic = finding.stream ?? TOPICS[finding.step] ?? 'streams';
    const last = rows.at(-1);
    if (last?.topic === topic) last.told.push(finding);
    else rows.push({ topic, state: 'unknown', told: [finding] });
  }
  return rows.map((row) => {
    const state = RANKS[Math.max(...row.told.map((one) => RANKS.indexOf(one.state)))] ?? 'unknown';
    const told = state === 'unknown' ? row.told : row.told.filter((one) => one.state !== 'unknown');
    return { ...row, state, told };
  });
}

function Mark({ state, size = 17 }: { state: string; size?: number }) {
  const { t } = useText();
  const { Icon, tone } = MARKS[state as keyof typeof MARKS] ?? MARKS.unknown;
  return <Icon size={size} className={tone} aria-label={t(`doctor.state.${state}`)} />;
}

function TopicRow({ row }: { row: Row }) {
  const { t } = useText();
  const shown = (finding: FindingVm) =>
    Object.fromEntries(Object.entries(finding.params).map(([key, value]) => [key, visible(value, 160)]));
  return (
    <li className="doctorrow" data-topic={row.topic} data-state={row.state}>
      <Mark state={row.state} />
      <strong>{t(`doctor.row.${row.topic}`)}</strong>
      <span className="num">
        {row.told.map((one) => t(`doctor.found.${one.found}`, shown(one))).join(' · ')}
      </span>
    </li>
  );
}

function Verdict({ finding }: { finding: FindingVm }) {
  const { t } = useText();
  const code = finding.advice_code ?? 'HEALTHY';
  return (
    <div className="card doctorverdict" role="status" data-testid="doctor-verdict" data-advice={code}>
      <Mark state={finding.state} size={22} />
      <div>
        <strong>{t(`doctor.advice.${code}.what`)}</strong>
        <p>{t(`doctor.advice.${code}.do`)}</p>
      </div>
    </div>
  );
}

export function Doctor() {
  const { t } = useText();
  const { name, request, findings, running, error } = useDoctor();
  const rows = rowsOf(findings);
  const verdict = findings.find((finding) => finding.step === 'verdict');
  return (
    <Modal
      opened={name !== null}
      onClose={() => void closeDoctor().catch(tellError)}
      closeButtonProps={{ 'aria-label': t('common.close') }}
      size={680}
      // Above the camera's drawer, from which it is opened.
      zIndex={300}
      title={
        <span style={{ display: 'flex', alignItems: 'center', gap: 8, fontWeight: 600 }}>
          <Stethoscope size={18} aria-hidden />
          {t('doctor.subject', { name: visible(name ?? '', 80) })}
        </span>
      }
    >
      <Stack gap="md" data-testid="doctor">
        <ul className="doctorrows" aria-live="polite" aria-label={t('doctor.title')}>
          {rows.map((row) => (
            <TopicRow key={row.topic} row={row} />
          ))}
          {running && (
            <li className="doctorrow">
              <Loader size={15} />
              <span className="tone-faint">{t('doctor.running')}</span>
            </li>
          )}
        </ul>
        {verdict && <Verdict finding={verdict} />}
        {!running && !verdict && !error && <span className="tone-faint">{t('doctor.stopped')}</span>}
        {error && <ErrorNote error={error} subject={visible(name ?? '', 80)} />}
        <Group justify="space-between" wrap="nowrap">
          <span style={{ color: 'var(--faint)', fontSize: 12 }}>
            {t(request?.camera ? 'doctor.stored' : 'doctor.typed')}
          </span>
          {running ? (
            <Button
              variant="default"
              leftSection={<Square size={13} aria-hidden />}
              onClick={() => void stopExamination().catch(tellError)}
            >
              {t('doctor.stop')}
            </Button>
          ) : (
            <Button
              style={{ flex: 'none' }}
              variant="default"
              leftSection={<Stethoscope size={15} aria-hidden />}
              disabled={!request || name === null}
              onClick={() => request && name !== null && void examine(name, request)}
            >
              {t('doctor.again')}
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}
