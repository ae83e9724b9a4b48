/**
 * Owns the gap ledger: a camera's gaps of a month, newest first, of one cause or of all.
 */
import { Button, Group, Select } from '@mantine/core';
import { CircleCheck, TriangleAlert } from 'lucide-react';
import { memo, useEffect, useState } from 'react';
import { monthSpan } from '../../calendar';
import { causeText } from '../../errors';
import { dateTime, duration, timeSpan } from '../../format';
import type { GapVm } from '../../gen/GapVm';
import { useText } from '../../i18n';
import { recordingGaps } from '../../ipc';
import { Empty, ErrorNote } from '../../parts/bits';
import { isGapOf, useRead } from '../../parts/read';
import { dateOf } from '../../recordings';

/** Gaps shown at first, and how many more at a time. */
const AT_ONCE = 100;

/** The causes that there are, the commonest first, and how many gaps each has. */
export function causesOf(gaps: readonly GapVm[]): [cause: string, count: number][] {
  const counts = new Map<string, number>();
  for (const gap of gaps) counts.set(gap.cause, (counts.get(gap.cause) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
}

/** The gaps of a cause (of all for null), the newest first. */
export function newestOf(gaps: readonly GapVm[], cause: string | null): GapVm[] {
  const wanted = gaps.filter((gap) => cause === null || gap.cause === cause);
  return wanted.sort((a, b) => Date.parse(b.start) - Date.parse(a.start));
}

interface GapLedgerProps {
  camera: string;
  name: string;
  month: string;
  choose: (date: string) => void;
}

export const GapLedger = memo(function GapLedger(props: GapLedgerProps) {
  const { t, lang } = useText();
  const { camera, month } = props;
  const { value: gaps, error } = useRead<GapVm[]>(
    `${camera} ${month}`,
    () => {
      const { start, end } = monthSpan(month);
      return recordingGaps(camera, new Date(start).toISOString(), new Date(end).toISOString());
    },
    (event) => isGapOf(event, camera),
  );
  const [cause, setCause] = useState<string | null>(null);
  const [shown, setShown] = useState(AT_ONCE);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another list begins at its top.
  useEffect(() => setShown(AT_ONCE), [camera, month, cause]);
  if (error) return <ErrorNote error={error} subject={props.name} />;
  const causes = causesOf(gaps ?? []);
  const chosen = causes.some(([one]) => one === cause) ? cause : null;
  const list = newestOf(gaps ?? [], chosen);
  return (
    <div className="card covcard">
      <Group gap="sm" mb={8}>
        <Select
          size="xs"
          w={280}
          aria-label={t('coverage.cause')}
          data-testid="gap-cause"
          allowDeselect={false}
          value={chosen ?? ''}
          onChange={(value) => setCause(value || null)}
          data={[
            { value: '', label: t('coverage.allCauses', { count: gaps?.length ?? 0 }) },
            ...causes.map(([one, count]) => ({ value: one, label: `${causeText(t, one)} (${count})` })),
          ]}
        />
      </Group>
      {gaps !== null && list.length === 0 ? (
        <Empty
          icon={<CircleCheck size={32} strokeWidth={1.4} aria-hidden />}
          title={t('coverage.noGapsTitle')}
          text={t('coverage.noGapsText')}
        />
      ) : (
        <ol className="gaplist num" data-testid="gap-list">
          {list.slice(0, shown).map((gap) => (
            <li key={`${gap.start}${gap.cause}`} data-gap={gap.cause}>
              <TriangleAlert size={14} className="tone-warn" aria-hidden />
              <button type="button" onClick={() => props.choose(dateOf(Date.parse(gap.start)))}>
                {gap.end === null
                  ? `${dateTime(gap.start, lang)} – ${t('recordings.gapOpen')}`
                  : timeSpan(gap.start, gap.end, lang)}
              </button>
              <span>
                {duration(
                  ((gap.end === null ? Date.now() : Date.parse(gap.end)) - Date.parse(gap.start)) / 1000,
                )}
              </span>
              <span className="clip">{causeText(t, gap.cause)}</span>
            </li>
          ))}
        </ol>
      )}
      {list.length > shown && (
        <Button variant="default" size="xs" mt={8} onClick={() => setShown(shown + AT_ONCE)}>
          {t('coverage.more', { count: list.length - shown })}
        </Button>
      )}
    </div>
  );
});
