/**
 * Owns the coverage calendar: a camera's month, a share and a colour for each day, chosen by pointer or keys; and the
 * button that writes the month's report.
 */
import { ActionIcon, Button, Group, Tooltip } from '@mantine/core';
import { ChevronLeft, ChevronRight, FileText } from 'lucide-react';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
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
import { toUserError } from '../../errors';
import { duration, percent, visible } from '../../format';
import type { CoverageDayVm } from '../../gen/CoverageDayVm';
import type { UserError } from '../../gen/UserError';
import { useText } from '../../i18n';
import { coverageDays, coverageReportSave } from '../../ipc';
import { tellDone, tellError } from '../../notices';
import { Copyable, ErrorNote } from '../../parts/bits';
import { useWork } from '../../parts/work';
import { dateOf, dayOf } from '../../recordings';

/** A camera's days of a month; `stale` changes when they are to be read again. */
function useMonth(camera: string, month: string, stale: unknown) {
  const [days, setDays] = useState<ReadonlyMap<string, CoverageDayVm>>(new Map());
  const [error, setError] = useState<UserError | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is stale is read again.
  useEffect(() => {
    let current = true;
    const dates = datesOf(month);
    coverageDays(camera, dates[0] ?? '', dates.at(-1) ?? '', localZone()).then(
      (all) => {
        if (!current) return;
        setDays(new Map(all.map((one) => [one.day, one])));
        setError(null);
      },
      (failure) => current && setError(toUserError(failure)),
    );
    return () => {
      current = false;
    };
  }, [camera, month, stale]);
  return { days, error };
}

export function CoverageCalendar(props: {
  camera: string;
  name: string;
  date: string;
  choose: (date: string) => void;
  stale: unknown;
}) {
  const { t, lang } = useText();
  const { date, choose } = props;
  const month = monthOf(date);
  const today = dateOf(Date.now());
  const { days, error } = useMonth(props.camera, month, props.stale);
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
  const weekday = new Intl.DateTimeFormat(lang, { weekday: 'short' });
  const full = new Intl.DateTimeFormat(lang, { dateStyle: 'full' });
  const weeks = weeksOf(month);
  // 2026-06-01 is a Monday.
  const names = Array.from({ length: 7 }, (_, i) => weekday.format(noon(`2026-06-0${i + 1}`)));
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
}
