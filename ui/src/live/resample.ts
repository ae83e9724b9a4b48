/**
 * Owns turning samples of one rate into samples of another without a seam between blocks: the curve through four
 * samples (Catmull-Rom), taken at even steps. Pure.
 */

export class Resampler {
  /** The last three samples of the block before. */
  private tail: [number, number, number] = [0, 0, 0];
  /** Where the next sample is taken, in samples of the input from the second of `tail` on. */
  private at = 0;

  /** Begins anew: what comes does not go on from what came. */
  reset(): void {
    this.tail = [0, 0, 0];
    this.at = 0;
  }

  /** The next block; `step` is how many samples of the input make one of the output. */
  run(input: Float32Array, step: number): Float32Array<ArrayBuffer> {
    const tail = this.tail;
    // The three of the tail come before the input's first.
    const sample = (i: number) => (i < 3 ? tail[i] : input[i - 3]) ?? 0;
    // At `at` the samples 0 to 3 after its whole part are needed.
    const count = Math.max(0, Math.ceil((input.length - this.at) / step));
    const output = new Float32Array(count);
    for (let n = 0; n < count; n += 1) {
      const i = Math.floor(this.at);
      const t = this.at - i;
      const [a, b, c, d] = [sample(i), sample(i + 1), sample(i + 2), sample(i + 3)];
      output[n] = b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
      this.at += step;
    }
    this.at -= input.length;
    const end = input.length;
    this.tail = [sample(end), sample(end + 1), sample(end + 2)];
    return output;
  }
}
