/**
 * Owns what all plots have in common: uPlot and its styles, colours from the page's own, and their scales.
 */
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

/** A colour of `app.css`, as it is now; plots ask at each drawing, so that they follow the theme. */
export function colour(name: `--${string}`): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** A line in a colour; the second of a plot is told apart by its dashes too. */
export function line(name: `--${string}`, dashed = false): uPlot.Series {
  return {
    stroke: () => colour(name),
    width: 1.4,
    ...(dashed ? { dash: [5, 4] } : { fill: () => `${colour(name)}26` }),
    points: { show: false },
  };
}

/** The last `seconds`, and all values from zero (or what is less) up. */
export function scales(seconds: number): uPlot.Scales {
  return {
    x: {
      range: (plot) => {
        const end = plot.data[0].at(-1) ?? Date.now() / 1000;
        return [end - seconds, end];
      },
    },
    y: {
      range: (_plot, least, most) => {
        const low = Math.min(0, least ?? 0);
        const high = Math.max(0, most ?? 0);
        return [low * 1.1, high > low ? high * 1.1 : 1];
      },
    },
  };
}

export { uPlot };
