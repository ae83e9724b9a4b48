/**
 * Owns saying to a camera how it is to move: the newest speed only, one call at a time, said again while a hand holds
 * on, and a stop when it lets go. Knows no page and no pointer.
 */

/** Speeds of -1 to 1; right, up and in are positive. A single axis has one, and far is positive. */
export interface Speed {
  pan: number;
  tilt: number;
  zoom: number;
}

/** How often a speed is said again. The engine stops a camera that has not heard of it for a second. */
export const RENEW_MS = 400;

const still = (speed: Speed | number) =>
  typeof speed === 'number' ? speed === 0 : speed.pan === 0 && speed.tilt === 0 && speed.zoom === 0;

export class Mover<S extends Speed | number = Speed> {
  private wanted: S | null = null;
  private moved = false;
  private busy = false;
  private wake: (() => void) | null = null;

  constructor(
    private readonly drive: (speed: S) => Promise<unknown>,
    private readonly stop: () => Promise<unknown>,
    private readonly failed: (error: unknown) => void,
  ) {}

  /** Moves at this speed until told otherwise. */
  set(speed: S): void {
    this.want(still(speed) ? null : speed);
  }

  /** Lets go. */
  release(): void {
    this.want(null);
  }

  private want(speed: S | null): void {
    this.wanted = speed;
    this.wake?.();
    if (!this.busy && (this.wanted || this.moved)) void this.run();
  }

  private async run(): Promise<void> {
    this.busy = true;
    while (this.wanted || this.moved) {
      const speed = this.wanted;
      try {
        if (speed) {
          this.moved = true;
          await this.drive(speed);
          if (this.wanted === speed) await this.pause();
        } else {
          this.moved = false;
          await this.stop();
        }
      } catch (error) {
        // Nothing is said again to a camera that does not take it; the stop is sent all the same.
        this.wanted = null;
        this.failed(error);
      }
    }
    this.busy = false;
  }

  private pause(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.wake = null;
        resolve();
      };
      const timer = setTimeout(done, RENEW_MS);
      this.wake = done;
    });
  }
}
