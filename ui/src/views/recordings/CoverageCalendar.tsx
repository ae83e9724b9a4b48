/**
 * Owns the coverage calendar: a camera's month, a share and a colour for each day, chosen by pointer or keys; and the
 * button that writes the month's report.
 */
import { ActionIcon, Button, Group, Tooltip } from '@mantine/core';
import { ChevronLeft, ChevronRight, FileText } from 'lucide-react';
import { type KeyboardEvent, memo, useEffect, useRef } from 'react';
import {
  dateByKey,
  datesOf,
  levelOf,
  localZone,
  monthOf,
  shareOf,
  shiftMonths,
  weeksOf,
} from '../../calendar';
import { duration, percent, visible, weekdayName } from '../../format';
import type { CoverageDayVm } from '../../gen/CoverageDayVm';
import { useText } from '../../i18n';
import { coverageDays, coverageReportSave } from '../../ipc';
import { tellDone, tellError } from '../../notices';
import { Copyable, ErrorNote } from '../../parts/bits';
import { isGapOf, useRead } from '../../parts/read';
import { useWork } from '../../parts/work';
import { dateOf, dayOf } from '../../recordings';

interface CoverageCalendarProps {
  camera: string;
  name: string;
  date: string;
  choose: (date: string) => void;
}

export const CoverageCalendar = memo(function CoverageCalendar(props: CoverageCalendarProps) {
  const { t, lang } = useText();
  const { camera, date, choose } = props;
  const month = monthOf(date);
  const today = dateOf(Date.now());
  const { value, error } = useRead<CoverageDayVm[]>(
    `${camera} ${month}`,
    () => {
      const dates = datesOf(month);
      return coverageDays(camera, dates[0] ?? '', dates.at(-1) ?? '', localZone());
    },
    (event) =>
      isGapOf(event, camera) ||
      (event.event === 'recording.segment_closed' && event.segment.camera === camera),
  );
  const days = new Map(value?.map((one) => [one.day, one] as const));
  const { busy, run } = useWork((failure) => tellError(failure));
  const grid = useRef<HTMLTableElement>(null);
  const moved = useRef(false);
  // A key has led to another day: the focus follows it, once it is there.
  useEffect(() => {
    if (moved.current) grid.current?.querySelector<HTMLElement>(`[data-date="${date}"]`)?.focus();
    moved.current = false;
  }, [date]);
  const onKey = (event: KeyboardEvent) => {
    const next = dateByKey(date, event.key);
    if (next === null) return;
    event.preventDefault();
    if (next > today) return;
    moved.current = true;
    choose(next);
  };
  const save = () =>
    run(async () => {
      const path = await coverageReportSave(month, localZone(), lang);
      tellDone(
        t('coverage.saved', { month }),
        <Copyable text={visible(path, 300)} label={t('common.path')} />,
        15_000,
      );
    });
  const noon = (one: string) => new Date(`${one}T12:00:00`);
  const monthName = new Intl.DateTimeFormat(lang, { month: 'long', year: 'numeric' }).format(noon(date));
  const full = new Intl.DateTimeFormat(lang, { dateStyle: 'full' });
  const weeks = weeksOf(month);
  const names = Array.from({ length: 7 }, (_, day) => weekdayName(day, lang, 'short'));
  const lastMonth = shiftMonths(date, 1) > today;
  return (
    <div className="card covcard">
      <Group gap={6} mb={8}>
        <ActionIcon
          variant="default"
          aria-label={t('coverage.previousMonth')}
          onClick={() => choose(shiftMonths(date, -1))}
        >
          <ChevronLeft size={15} />
        </ActionIcon>
        <strong className="covmonth" aria-live="polite">
          {monthName}
        </strong>
        <ActionIcon
          variant="default"
          aria-label={t('coverage.nextMonth')}
          disabled={monthOf(date) === monthOf(today)}
          onClick={() => choose(lastMonth ? today : shiftMonths(date, 1))}
        >
          <ChevronRight size={15} />
        </ActionIcon>
        <span style={{ flex: 1 }} />
        <Tooltip label={t('coverage.reportHint')}>
          <Button
            size="xs"
            variant="default"
            leftSection={<FileText size={14} aria-hidden />}
            loading={busy}
            onClick={save}
            data-testid="coverage-report"
          >
            {t('coverage.report')}
          </Button>
        </Tooltip>
      </Group>
      {error && <ErrorNote error={error} subject={props.name} />}
      <table
        ref={grid}
        className="covgrid"
        aria-label={t('coverage.calendar', { month: monthName, name: props.name })}
        data-testid="coverage-calendar"
      >
        <thead>
          <tr>
            {names.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {weeks.map((week) => (
            <tr key={week.find((one) => one !== null)}>
              {week.map((one, column) => {
                if (one === null) return <td key={names[column]} />;
                const share = shareOf(days.get(one));
                const span = dayOf(one);
                const hours = (span.end - span.start) / 3_600_000;
                const missing = days.get(one)?.missing_s ?? 0;
                const shown = share === null ? '–' : percent(share, lang, 1);
                return (
                  <td key={one}>
                    <button
                      type="button"
                      data-date={one}
                      data-level={levelOf(share)}
                      aria-pressed={one === date}
                      tabIndex={one === date ? 0 : -1}
                      disabled={one > today}
                      aria-label={[
                        full.format(noon(one)),
                        share === null ? t('recordings.nothingExpected') : shown,
                        ...(missing >= 1 ? [t('coverage.missing', { time: duration(missing) })] : []),
                        ...(hours === 24 ? [] : [t('recordings.dstNote', { hours })]),
                      ].join(', ')}
                      onKeyDown={onKey}
                      onClick={() => choose(one)}
                    >
                      <span>
                        {Number(one.slice(8))}
                        {hours !== 24 && <i>{t('coverage.hours', { hours })}</i>}
                      </span>
                      <b>{shown}</b>
                    </button>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      <div className="legend covlegend">
        {(['full', 'good', 'fair', 'low'] as const).map((level) => (
          <span key={level}>
            <span className="swatch" data-level={level} />
            {t(`coverage.level.${level}`)}
          </span>
        ))}
      </div>
    </div>
  );
});
