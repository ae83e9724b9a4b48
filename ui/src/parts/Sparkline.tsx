/**
 * Owns a figure with its last minutes as a small line. The newest value and the line are drawn past React, and the line
 * only while it can be seen: a table has hundreds.
 */
import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef } from 'react';
import type { Figure, Trace } from '../trace';
import { line, scales, uPlot } from './plot';

const HEIGHT = 24;

export function Sparkline(props: {
  trace: Trace;
  figure: Figure;
  /** Seconds shown. */
  span: number;
  /** The newest value in words. */
  text: (value: number) => string;
}) {
  const { trace, figure, span } = props;
  const scheme = useComputedColorScheme('dark');
  const value = useRef<HTMLSpanElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const text = useRef(props.text);
  text.current = props.text;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another scheme has other colours
  useEffect(() => {
    const [words, element] = [value.current, box.current];
    if (!words || !element) return;
    let plot: uPlot | null = null;
    let seen = false;
    const draw = () => {
      const last = trace.last(figure);
      words.textContent = last === null ? '–' : text.current(last);
      if (!seen) return;
      const data: uPlot.AlignedData = [trace.times, trace.of(figure)];
      if (plot) plot.setData(data);
      else plot = new uPlot(options(element.clientWidth, span), data, element);
    };
    const sight = new IntersectionObserver((entries) => {
      seen = entries.at(-1)?.isIntersecting ?? false;
      draw();
    });
    sight.observe(element);
    const width = new ResizeObserver(() => plot?.setSize({ width: element.clientWidth, height: HEIGHT }));
    width.observe(element);
    const stop = trace.watch(draw);
    draw();
    return () => {
      sight.disconnect();
      width.disconnect();
      stop();
      plot?.destroy();
    };
  }, [trace, figure, span, scheme]);
  return (
    <div className="spark num" data-figure={figure}>
      <span ref={value} />
      <div ref={box} style={{ height: HEIGHT }} aria-hidden />
    </div>
  );
}

const options = (width: number, span: number): uPlot.Options => ({
  width,
  height: HEIGHT,
  padding: [1, 0, 1, 0],
  cursor: { show: false },
  legend: { show: false },
  axes: [{ show: false }, { show: false }],
  scales: scales(span),
  series: [{}, line('--plot')],
});
