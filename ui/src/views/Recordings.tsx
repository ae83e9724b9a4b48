/**
 * Owns the recordings page: which camera and day, the day's strip, files and gaps in order, and the range to export.
 */
import {
  ActionIcon,
  Button,
  Group,
  SegmentedControl,
  Select,
  TextInput,
  Title,
  Tooltip,
} from '@mantine/core';
import { DatePickerInput } from '@mantine/dates';
import { useDebouncedCallback, useElementSize } from '@mantine/hooks';
import {
  ArrowLeftToLine,
  ArrowRightToLine,
  Cctv,
  ChevronLeft,
  ChevronRight,
  Film,
  Play,
  Share,
  TriangleAlert,
} from 'lucide-react';
import { type PointerEvent, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { monthOf } from '../calendar';
import { causeText, toUserError } from '../errors';
import { bytes, clock, codecName, duration, percent, size, visible, zone } from '../format';
import type { CoverageVm } from '../gen/CoverageVm';
import type { GapVm } from '../gen/GapVm';
import type { SegmentVm } from '../gen/SegmentVm';
import type { UserError } from '../gen/UserError';
import { useText } from '../i18n';
import { exportStart, recordingCoverage, recordingGaps, recordingList } from '../ipc';
import { tellDone, tellError } from '../notices';
import { Empty, ErrorNote } from '../parts/bits';
import { isGapOf } from '../parts/read';
import {
  dateOf,
  dayOf,
  fromTimeField,
  mergeSpans,
  type Row,
  rowsOf,
  type Span,
  segmentAt,
  shiftDate,
  timeField,
  withSegment,
} from '../recordings';
import { onEvent, useEngine } from '../store/engine';
import { go, usePage } from '../store/page';
import { Player } from './Player';
import { CoverageCalendar } from './recordings/CoverageCalendar';
import { GapLedger } from './recordings/GapLedger';

/** What stands beside the player: the day's files, the month's gaps, or the month as a calendar. */
const LISTS = ['files', 'gaps', 'calendar'] as const;

interface Day {
  segments: SegmentVm[];
  gaps: GapVm[];
  coverage: CoverageVm | null;
  loading: boolean;
  error: UserError | null;
}

const NOTHING: Day = { segments: [], gaps: [], coverage: null, loading: true, error: null };

/** What was recorded of a camera on a day, kept up to date as files close. */
function useDay(camera: string | null, span: Span): Day {
  const [day, setDay] = useState<Day>(NOTHING);
  const { start, end } = span;
  const load = useCallback(
    async (current: () => boolean) => {
      if (!camera) return;
      const range = [camera, new Date(start).toISOString(), new Date(end).toISOString()] as const;
      try {
        const [segments, gaps, coverage] = await Promise.all([
          recordingList(...range),
          recordingGaps(...range),
          recordingCoverage(...range),
        ]);
        if (current()) setDay({ segments, gaps, coverage, loading: false, error: null });
      } catch (error) {
        if (current()) setDay({ ...NOTHING, loading: false, error: toUserError(error) });
      }
    },
    [camera, start, end],
  );
  const reload = useDebouncedCallback(() => void load(() => true), 700);
  useEffect(() => {
    let current = true;
    setDay(NOTHING);
    void load(() => current);
    return () => {
      current = false;
    };
  }, [load]);
  useEffect(
    () =>
      onEvent((event) => {
        if (event.event === 'recording.segment_closed' && event.segment.camera === camera) {
          const { segment } = event;
          if (Date.parse(segment.start) < end && Date.parse(segment.end) > start) {
            setDay((before) => ({ ...before, segments: withSegment(before.segments, segment) }));
            reload();
          }
        } else if (camera && isGapOf(event, camera)) {
          reload();
        }
      }),
    [camera, start, end, reload],
  );
  return day;
}

export function Recordings() {
  const { t, lang } = useText();
  const cameras = useEngine((state) => state.cameras);
  const wanted = usePage((state) => state.recordingCamera);
  const camera = cameras.find((one) => one.id === wanted) ?? cameras[0] ?? null;
  const [date, setDate] = useState(() => dateOf(Date.now()));
  const span = useMemo(() => dayOf(date), [date]);
  const day = useDay(camera?.id ?? null, span);
  const rows = useMemo(() => rowsOf(day.segments, day.gaps), [day.segments, day.gaps]);
  const [selection, setSelection] = useState<Span | null>(null);
  const [playing, setPlaying] = useState<{ segment: SegmentVm; at: number } | null>(null);
  const [list, setList] = useState<(typeof LISTS)[number]>('files');

  const cameraId = camera?.id;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another camera or day has other files.
  useEffect(() => {
    setSelection(null);
    setPlaying(null);
  }, [cameraId, date]);

  if (!camera) {
    return (
      <div className="page">
        <Title order={1}>{t('recordings.title')}</Title>
        <Empty
          icon={<Cctv size={36} strokeWidth={1.4} aria-hidden />}
          title={t('recordings.noCameraTitle')}
          text={t('recordings.noCameraText')}
        >
          <Button variant="default" onClick={() => go('discover')}>
            {t('cameras.find')}
          </Button>
        </Empty>
      </div>
    );
  }
  const playAt = (time: number) => {
    const segment = segmentAt(day.segments, time);
    if (segment) setPlaying({ segment, at: Math.max(0, time - Date.parse(segment.start)) / 1000 });
  };
  const playNext = () => {
    const at = day.segments.findIndex((one) => one.id === playing?.segment.id);
    const next = at >= 0 ? day.segments[at + 1] : undefined;
    if (next && !next.open) setPlaying({ segment: next, at: 0 });
  };
  const hours = (span.end - span.start) / 3_600_000;
  const today = dateOf(Date.now());
  return (
    <div className="page fill">
      <div className="pagehead">
        <Title order={1}>{t('recordings.title')}</Title>
        <Select
          aria-label={t('common.camera')}
          allowDeselect={false}
          searchable={cameras.length > 8}
          w={320}
          value={camera.id}
          onChange={(id) => usePage.setState({ recordingCamera: id })}
          data={cameras.map((one) => ({
            value: one.id,
            label: one.simulated
              ? `${visible(one.name, 60)} (${t('common.simulated')})`
              : visible(one.name, 60),
          }))}
        />
        <Group gap={4} wrap="nowrap">
          <ActionIcon
            variant="default"
            size={36}
            aria-label={t('recordings.previousDay')}
            onClick={() => setDate(shiftDate(date, -1))}
          >
            <ChevronLeft size={17} />
          </ActionIcon>
          <DatePickerInput
            title={t('recordings.day')}
            value={date}
            maxDate={today}
            valueFormat="ddd, D MMM YYYY"
            w={190}
            onChange={(value) => value && setDate(value)}
          />
          <ActionIcon
            variant="default"
            size={36}
            disabled={date >= today}
            aria-label={t('recordings.nextDay')}
            onClick={() => setDate(shiftDate(date, 1))}
          >
            <ChevronRight size={17} />
          </ActionIcon>
          <Button variant="default" disabled={date === today} onClick={() => setDate(today)}>
            {t('recordings.today')}
          </Button>
        </Group>
      </div>

      <Group gap="lg" mb={8} className="num" style={{ minHeight: 22 }}>
        <Coverage coverage={day.coverage} />
        <span>{t('recordings.segments', { count: day.segments.length })}</span>
        <span className={day.gaps.length > 0 ? 'tone-warn' : undefined}>
          {t('recordings.gaps', { count: day.gaps.length })}
        </span>
        {hours !== 24 && <span className="tone-warn">{t('recordings.dstNote', { hours })}</span>}
        <span style={{ flex: 1 }} />
        <span className="legend">
          <span>
            <span className="swatch" style={{ background: 'var(--mantine-color-accent-6)' }} />
            {t('recordings.legendRecorded')}
          </span>
          <span>
            <span
              className="swatch"
              style={{
                background: 'repeating-linear-gradient(135deg, var(--warn) 0 2px, transparent 2px 5px)',
                border: '1px solid var(--warn)',
              }}
            />
            {t('recordings.legendGap')}
          </span>
          <span>
            <span className="swatch" style={{ border: '2px solid var(--mantine-color-text)' }} />
            {t('recordings.legendSelected')}
          </span>
          <span>{t('common.zone', { zone: zone(span.start, lang) })}</span>
        </span>
      </Group>
      <DayStrip
        span={span}
        day={day}
        selection={selection}
        select={setSelection}
        play={playAt}
        playing={playing ? Date.parse(playing.segment.start) + playing.at * 1000 : null}
      />
      <RangeBar
        camera={camera.id}
        name={visible(camera.name, 80)}
        date={date}
        selection={selection}
        select={setSelection}
      />
      {day.error && <ErrorNote error={day.error} subject={visible(camera.name, 80)} />}
      <div className="recgrid">
        <div className="reclist">
          <SegmentedControl
            size="xs"
            aria-label={t('coverage.lists')}
            value={list}
            onChange={(value) => setList(LISTS.find((one) => one === value) ?? 'files')}
            data={LISTS.map((value) => ({ value, label: t(`coverage.list.${value}`) }))}
          />
          {list === 'files' && (
            <SegmentList
              rows={rows}
              loading={day.loading}
              playing={playing?.segment.id ?? null}
              play={(segment) => setPlaying({ segment, at: 0 })}
              select={setSelection}
              selection={selection}
            />
          )}
          {list === 'gaps' && (
            <GapLedger
              camera={camera.id}
              name={visible(camera.name, 80)}
              month={monthOf(date)}
              choose={setDate}
            />
          )}
          {list === 'calendar' && (
            <CoverageCalendar
              camera={camera.id}
              name={visible(camera.name, 80)}
              date={date}
              choose={setDate}
            />
          )}
        </div>
        <Player
          playing={playing}
          onEnded={playNext}
          name={visible(camera.name, 80)}
          simulated={camera.simulated}
        />
      </div>
    </div>
  );
}

function Coverage({ coverage }: { coverage: CoverageVm | null }) {
  const { t, lang } = useText();
  if (!coverage) return <span>{t('recordings.coverage')} –</span>;
  if (coverage.seconds_expected <= 0) return <span>{t('recordings.nothingExpected')}</span>;
  return (
    <span>
      {t('recordings.coverage')} <strong data-testid="coverage">{percent(coverage.coverage, lang, 2)}</strong>{' '}
      <span style={{ color: 'var(--faint)' }}>
        {t('recordings.recorded', {
          recorded: duration(coverage.seconds_recorded),
          expected: duration(coverage.seconds_expected),
        })}
      </span>
    </span>
  );
}

function DayStrip(props: {
  span: Span;
  day: Day;
  selection: Span | null;
  select: (span: Span | null) => void;
  play: (time: number) => void;
  playing: number | null;
}) {
  const { t, lang } = useText();
  const { ref, width } = useElementSize();
  const { span, day } = props;
  const length = span.end - span.start;
  const x = (time: number) => ((Math.min(span.end, Math.max(span.start, time)) - span.start) / length) * 1000;
  const slack = width > 0 ? length / width / 2 : 30_000;
  const recorded = mergeSpans(
    day.segments.map((segment) => ({ start: Date.parse(segment.start), end: Date.parse(segment.end) })),
    slack,
  );
  const drag = useRef<{ from: number; moved: boolean } | null>(null);
  const timeAt = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    return span.start + Math.round((share * length) / 1000) * 1000;
  };
  const ticks = Array.from({ length: 9 }, (_, i) => span.start + (length * i) / 8);
  return (
    <div>
      <div
        ref={ref}
        className="strip"
        role="img"
        aria-label={t('recordings.strip')}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          drag.current = { from: timeAt(event), moved: false };
        }}
        onPointerMove={(event) => {
          const from = drag.current;
          if (!from) return;
          const now = timeAt(event);
          if (!from.moved && Math.abs(now - from.from) < (4 * length) / Math.max(1, width)) return;
          from.moved = true;
          props.select({ start: Math.min(from.from, now), end: Math.max(from.from, now) });
        }}
        onPointerUp={(event) => {
          if (drag.current && !drag.current.moved) props.play(timeAt(event));
          drag.current = null;
        }}
      >
        <svg viewBox="0 0 1000 46" preserveAspectRatio="none" aria-hidden="true">
          <defs>
            <pattern
              id="gap"
              width="5"
              height="5"
              patternUnits="userSpaceOnUse"
              patternTransform="rotate(45)"
            >
              <rect width="2" height="5" fill="var(--warn)" />
            </pattern>
          </defs>
          {ticks.slice(1, -1).map((time) => (
            <line
              key={time}
              x1={x(time)}
              x2={x(time)}
              y1="0"
              y2="46"
              stroke="var(--line)"
              vectorEffect="non-scaling-stroke"
            />
          ))}
          {recorded.map((one) => (
            <rect
              key={one.start}
              x={x(one.start)}
              width={Math.max(0.7, x(one.end) - x(one.start))}
              y="10"
              height="26"
              fill="var(--mantine-color-accent-6)"
            />
          ))}
          {day.gaps.map((gap) => {
            const end = gap.end === null ? Math.min(span.end, Date.now()) : Date.parse(gap.end);
            const start = Date.parse(gap.start);
            return (
              <rect
                key={`${gap.start}${gap.cause}`}
                x={x(start)}
                width={Math.max(1.2, x(end) - x(start))}
                y="10"
                height="26"
                fill="url(#gap)"
                stroke="var(--warn)"
                strokeWidth="1"
                vectorEffect="non-scaling-stroke"
              />
            );
          })}
          {props.selection && (
            <rect
              x={x(props.selection.start)}
              width={Math.max(1, x(props.selection.end) - x(props.selection.start))}
              y="2"
              height="42"
              fill="var(--mantine-color-text)"
              fillOpacity="0.12"
              stroke="var(--mantine-color-text)"
              strokeWidth="2"
              vectorEffect="non-scaling-stroke"
            />
          )}
          {props.playing !== null && (
            <line
              x1={x(props.playing)}
              x2={x(props.playing)}
              y1="0"
              y2="46"
              stroke="var(--mantine-color-text)"
              strokeWidth="2"
              vectorEffect="non-scaling-stroke"
            />
          )}
        </svg>
      </div>
      <div className="striphours num" aria-hidden="true">
        {ticks.map((time, i) => (
          <span key={time} style={{ left: `${(i / 8) * 100}%` }}>
            {clock(time, lang).slice(0, 5)}
          </span>
        ))}
      </div>
    </div>
  );
}

function RangeBar(props: {
  camera: string;
  name: string;
  date: string;
  selection: Span | null;
  select: (span: Span | null) => void;
}) {
  const { t } = useText();
  const { selection } = props;
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    setFrom(selection ? timeField(selection.start) : '');
    setTo(selection ? timeField(selection.end) : '');
  }, [selection]);
  const apply = () => {
    const start = fromTimeField(props.date, from);
    const end = fromTimeField(props.date, to);
    if (start !== null && end !== null && (start !== selection?.start || end !== selection?.end)) {
      props.select({ start, end });
    }
  };
  const bad = selection !== null && selection.end <= selection.start;
  const start = async () => {
    if (!selection) return;
    setBusy(true);
    try {
      const job = await exportStart(
        props.camera,
        new Date(selection.start).toISOString(),
        new Date(selection.end).toISOString(),
      );
      useEngine.setState((state) => ({ jobs: { ...state.jobs, [job.id]: state.jobs[job.id] ?? job } }));
      tellDone(
        t('recordings.exportStarted'),
        <Button size="compact-xs" variant="light" onClick={() => go('exports')}>
          {t('exports.title')}
        </Button>,
      );
    } catch (error) {
      tellError(error, props.name);
    } finally {
      setBusy(false);
    }
  };
  const field = (label: string, value: string, set: (value: string) => void) => (
    <TextInput
      inputMode="numeric"
      placeholder="hh:mm:ss"
      size="xs"
      w={134}
      aria-label={`${t('recordings.select')}: ${label}`}
      leftSection={<span style={{ fontSize: 11, color: 'var(--soft)' }}>{label}</span>}
      leftSectionWidth={48}
      value={value}
      error={bad}
      onChange={(event) => set(event.currentTarget.value)}
      onBlur={apply}
      onKeyDown={(event) => event.key === 'Enter' && apply()}
    />
  );
  return (
    <Group gap="sm" my={12} className="num">
      <span style={{ color: 'var(--soft)' }}>{t('recordings.select')}</span>
      {field(t('common.from'), from, setFrom)}
      {field(t('common.to'), to, setTo)}
      <Tooltip label={t('recordings.exportHint')}>
        <Button
          size="xs"
          leftSection={<Share size={14} aria-hidden />}
          disabled={!selection || bad}
          loading={busy}
          onClick={start}
          data-testid="export"
        >
          {t('recordings.export')}
        </Button>
      </Tooltip>
      {selection && (
        <>
          <Button size="xs" variant="subtle" color="gray" onClick={() => props.select(null)}>
            {t('recordings.clear')}
          </Button>
          <span style={{ color: bad ? 'var(--bad)' : 'var(--faint)' }}>
            {bad
              ? t('recordings.badRange')
              : t('recordings.selected', { duration: duration((selection.end - selection.start) / 1000) })}
          </span>
        </>
      )}
    </Group>
  );
}

const ROW = 34;
const SPARE = 8;

function SegmentList(props: {
  rows: Row[];
  loading: boolean;
  playing: number | null;
  play: (segment: SegmentVm) => void;
  selection: Span | null;
  select: (span: Span | null) => void;
}) {
  const { t } = useText();
  const { rows, selection } = props;
  const [top, setTop] = useState(0);
  const { ref, height } = useElementSize();
  const first = Math.max(0, Math.floor(top / ROW) - SPARE);
  const last = Math.min(rows.length, Math.ceil((top + height) / ROW) + SPARE);
  if (rows.length === 0 && !props.loading) {
    return (
      <div className="card">
        <Empty
          icon={<Film size={32} strokeWidth={1.4} aria-hidden />}
          title={t('recordings.emptyTitle')}
          text={t('recordings.emptyText')}
        />
      </div>
    );
  }
  const from = (start: number) =>
    props.select({ start, end: selection && selection.end > start ? selection.end : start + 60_000 });
  const to = (end: number) =>
    props.select({ start: selection && selection.start < end ? selection.start : end - 60_000, end });
  return (
    <div className="card seglist" ref={ref} onScroll={(event) => setTop(event.currentTarget.scrollTop)}>
      <table aria-rowcount={rows.length} aria-label={t('recordings.title')}>
        <thead>
          <tr>
            <td />
            {['start', 'end', 'duration', 'size', 'codec'].map((name) => (
              <th key={name} scope="col">
                {t(`recordings.${name}`)}
              </th>
            ))}
            <td />
          </tr>
        </thead>
        <tbody>
          <tr style={{ height: first * ROW }} />
          {rows.slice(first, last).map((row, i) => (
            <ListRow
              key={row.kind === 'segment' ? row.segment.id : `gap-${row.start}-${row.cause}`}
              row={row}
              index={first + i}
              playing={row.kind === 'segment' && row.segment.id === props.playing}
              play={props.play}
              from={from}
              to={to}
            />
          ))}
          <tr style={{ height: (rows.length - last) * ROW }} />
        </tbody>
      </table>
    </div>
  );
}

function ListRow(props: {
  row: Row;
  index: number;
  playing: boolean;
  play: (segment: SegmentVm) => void;
  from: (start: number) => void;
  to: (end: number) => void;
}) {
  const { t, lang } = useText();
  const { row } = props;
  const end = row.end;
  if (row.kind === 'gap') {
    return (
      <tr className="gap" aria-rowindex={props.index + 1} data-gap={row.cause}>
        <td>
          <TriangleAlert size={15} aria-hidden />
        </td>
        <td>{clock(row.start, lang)}</td>
        <td>{end === null ? '–' : clock(end, lang)}</td>
        <td>{duration(((end ?? Date.now()) - row.start) / 1000)}</td>
        <td colSpan={3} className="clip">
          {t('recordings.gap')}: {causeText(t, row.cause)}
          {end === null && ` (${t('recordings.gapOpen')})`}
        </td>
      </tr>
    );
  }
  const { segment } = row;
  const codecs = [
    `${codecName(segment.codec)} ${size(segment.width, segment.height)}`,
    ...(segment.audio ? [codecName(segment.audio)] : []),
  ].join(' · ');
  const label = t('recordings.play', { time: clock(row.start, lang) });
  return (
    <tr
      aria-rowindex={props.index + 1}
      data-playing={props.playing || undefined}
      data-segment={segment.id}
      onDoubleClick={() => props.play(segment)}
    >
      <td>
        <ActionIcon
          variant={props.playing ? 'light' : 'subtle'}
          color={props.playing ? undefined : 'gray'}
          size="sm"
          aria-label={label}
          aria-pressed={props.playing}
          onClick={() => props.play(segment)}
        >
          <Play size={13} fill="currentColor" />
        </ActionIcon>
      </td>
      <td>{clock(row.start, lang)}</td>
      <td title={segment.open ? t('recordings.beingWritten') : undefined}>
        {segment.open ? '…' : clock(row.end ?? row.start, lang)}
      </td>
      <td>{duration(((row.end ?? row.start) - row.start) / 1000)}</td>
      <td>{bytes(segment.bytes, lang)}</td>
      <td className="clip" style={{ color: 'var(--soft)' }} title={codecs}>
        {codecs}
      </td>
      <td>
        <Group gap={2} wrap="nowrap" justify="flex-end">
          <Tooltip label={t('recordings.fromHere')}>
            <ActionIcon
              variant="subtle"
              color="gray"
              size="sm"
              aria-label={`${t('recordings.fromHere')}: ${clock(row.start, lang)}`}
              onClick={() => props.from(row.start)}
            >
              <ArrowLeftToLine size={14} />
            </ActionIcon>
          </Tooltip>
          <Tooltip label={t('recordings.toHere')}>
            <ActionIcon
              variant="subtle"
              color="gray"
              size="sm"
              aria-label={`${t('recordings.toHere')}: ${clock(row.end ?? row.start, lang)}`}
              onClick={() => props.to(row.end ?? row.start)}
            >
              <ArrowRightToLine size={14} />
            </ActionIcon>
          </Tooltip>
        </Group>
      </td>
    </tr>
  );
}
