/**
 * Owns a chart of figures over time with a cursor that a mouse and the keyboard move. For a screen reader it is a
 * slider over the instants, whose value is told in words. Figures are drawn past React.
 */
import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { clock } from '../format';
import { useText } from '../i18n';
import type { Trace } from '../trace';
import { colour, line, scales, uPlot } from './plot';

const HEIGHT = 132;

export interface ChartLine<Name extends string> {
  name: Name;
  /** Before its value; empty where the title says it all. */
  label: string;
}

export function Chart<Name extends string>(props: {
  title: string;
  trace: Trace<Name>;
  /** The first stands out, the second is dashed. */
  lines: readonly ChartLine<Name>[];
  /** Seconds shown. */
  span: number;
  /** A value in words, short enough for the axis. */
  text: (value: number) => string;
  testid: string;
}) {
  const { t, lang } = useText();
  const { trace, span, title } = props;
  const scheme = useComputedColorScheme('dark');
  const slider = useRef<HTMLDivElement>(null);
  const readout = useRef<HTMLSpanElement>(null);
  const move = useRef<(event: React.KeyboardEvent | 'focus' | 'blur') => void>(() => undefined);
  const shown = useRef(props);
  shown.current = props;
  const names = props.lines.map(({ name }) => name).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another scheme has other colours, another language words
  useEffect(() => {
    const [element, words] = [slider.current, readout.current];
    if (!element || !words) return;
    const { lines } = shown.current;
    const newest = () => trace.times.length - 1;
    const at = (index: number) =>
      lines.map(({ name, label }) => {
        const value = trace.of(name)[index] ?? null;
        return `${label} ${value === null ? t('common.unknown') : shown.current.text(value)}`.trim();
      });
    const timeAt = (index: number) => clock((trace.times[index] ?? 0) * 1000, lang);
    /** Shows what is under the cursor, or the newest values. */
    const show = (plot: uPlot) => {
      const index = plot.cursor.idx;
      const told = index == null ? at(newest()) : [timeAt(index), ...at(index)];
      words.textContent = trace.knows(lines.map(({ name }) => name))
        ? told.join(' · ')
        : t('health.noHistory');
    };
    /** Says it; not at each new row while it has the focus, or a screen reader would never be silent. */
    const say = (index: number) => {
      element.setAttribute('aria-valuemax', `${newest()}`);
      element.setAttribute('aria-valuenow', `${index}`);
      element.setAttribute('aria-valuetext', [timeAt(index), ...at(index)].join(', '));
    };
    const data = () => [trace.times, ...lines.map(({ name }) => trace.of(name))] as uPlot.AlignedData;
    const plot = new uPlot(
      {
        width: element.clientWidth,
        height: HEIGHT,
        padding: [8, 4, 0, 0],
        cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
        legend: { show: false },
        scales: scales(span),
        axes: [
          axis((seconds) => clock(seconds * 1000, lang).slice(0, 5), { space: 60, size: 24 }),
          axis((amount) => shown.current.text(amount), { space: 28, size: 76 }),
        ],
        series: [{}, ...lines.map((_, i) => line(i === 0 ? '--plot' : '--plot-second', i > 0))],
        hooks: { setCursor: [show] },
      },
      data(),
      element,
    );
    const rest = () => {
      show(plot);
      if (newest() >= 0 && document.activeElement !== element) say(newest());
    };
    const draw = () => {
      plot.setData(data());
      rest();
    };
    move.current = (event) => {
      if (event === 'blur') return plot.setCursor({ left: -10, top: -10 });
      const from = plot.cursor.idx ?? newest();
      const target = event === 'focus' ? from : keyTarget(event.key, from, newest());
      const time = target === null ? undefined : trace.times[target];
      if (target === null || time === undefined) return;
      if (event !== 'focus') event.preventDefault();
      plot.setCursor({ left: plot.valToPos(time, 'x'), top: 1 });
      say(target);
    };
    const width = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }));
    width.observe(element);
    const stop = trace.watch(draw);
    rest();
    return () => {
      width.disconnect();
      stop();
      plot.destroy();
    };
  }, [trace, names, span, scheme, lang]);
  return (
    <figure className="chart" data-testid={props.testid}>
      <figcaption>
        <strong>{title}</strong>
        <span ref={readout} className="num" aria-hidden />
      </figcaption>
      <div
        ref={slider}
        role="slider"
        tabIndex={0}
        aria-label={title}
        aria-roledescription={t('health.chart')}
        aria-valuemin={0}
        aria-valuemax={0}
        aria-valuenow={0}
        onKeyDown={(event) => move.current(event)}
        onFocus={(event) => event.currentTarget.matches(':focus-visible') && move.current('focus')}
        onBlur={() => move.current('blur')}
        style={{ height: HEIGHT }}
      />
    </figure>
  );
}

/** Where a key takes the cursor; null for a key that has another meaning. */
export function keyTarget(key: string, at: number, last: number): number | null {
  const far = Math.max(1, Math.round(last / 10));
  const to: Record<string, number> = {
    ArrowLeft: at - 1,
    ArrowDown: at - 1,
    ArrowRight: at + 1,
    ArrowUp: at + 1,
    PageDown: at - far,
    PageUp: at + far,
    Home: 0,
    End: last,
  };
  const target = to[key];
  return target === undefined || last < 0 ? null : Math.min(last, Math.max(0, target));
}

function axis(text: (value: number) => string, sizes: Pick<uPlot.Axis, 'space' | 'size'>): uPlot.Axis {
  const stroke = () => colour('--line');
  return {
    ...sizes,
    stroke: () => colour('--faint'),
    font: '11px system-ui, sans-serif',
    gap: 4,
    grid: { stroke, width: 1 },
    ticks: { stroke, width: 1, size: 4 },
    values: (_plot, splits) => splits.map(text),
  };
}
