/**
 * Owns the maths of a level meter: root mean square and peak in dBFS over short spans. Knows no element.
 */

/** What a meter shows. A square wave as loud as can be has 0 dBFS in both. */
export interface Level {
  rms: number;
  peak: number;
}

/** Quieter than this is silence. */
export const FLOOR_DB = -60;

const SPAN_S = 0.1;

const decibels = (amplitude: number) => Math.max(FLOOR_DB, 20 * Math.log10(amplitude));

/** How much of a meter's length a level fills, 0 to 1. */
export const share = (db: number): number => Math.min(1, Math.max(0, 1 - db / FLOOR_DB));

export class LevelMeter {
  private squares = 0;
  private peak = 0;
  private count = 0;

  /** Takes samples in; a level after each tenth of a second of them, else null. */
  add(samples: Float32Array, sampleRate: number): Level | null {
    for (const sample of samples) {
      this.squares += sample * sample;
      const magnitude = Math.abs(sample);
      if (magnitude > this.peak) this.peak = magnitude;
    }
    this.count += samples.length;
    if (this.count < SPAN_S * sampleRate) return null;
    const level = { rms: decibels(Math.sqrt(this.squares / this.count)), peak: decibels(this.peak) };
    this.squares = 0;
    this.peak = 0;
    this.count = 0;
    return level;
  }
}
