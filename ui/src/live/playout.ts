/**
 * Owns when sound is to be heard: a small buffer that evens out how it arrives, keeps it at its picture and goes with
 * the camera's clock. Pure: knows no device, and takes the times as arguments.
 *
 * Sound may be delayed, pictures never. A packet is to be heard as long after its moment as its picture is seen, or
 * later where it does not arrive in time for that, but never more than `BUFFER_MAX_MS` after it could be.
 */

/** A packet of sound. All in milliseconds. */
export interface Block {
  /** Its beginning on the stream's time line. */
  tsMs: number;
  /** When a picture of the same moment was received, since 1970. */
  momentMs: number;
  durationMs: number;
}

/** When a packet begins on the player's clock in milliseconds, and how fast it is to be played. */
export interface Place {
  startMs: number;
  speed: number;
  /** Whether it goes on where the one before it ended. */
  joined: boolean;
}

/** How much sound waits at first. */
export const BUFFER_FIRST_MS = 120;
/** The most that waits; what is later is thrown away. */
export const BUFFER_MAX_MS = 400;
/** Kept beyond the latest packet of late, for the page's own delays. */
const MARGIN_MS = 20;
/** What was learnt of late packets is forgotten by this share of time: 5 ms a second. */
const FORGET = 0.005;
/** A stream's time line that moves by more began anew. */
const JUMP_MS = 1000;
/** How much a packet changes the line: a thirty-second. */
const SMOOTH = 32;
/** Farther than this from its time, sound is put right at once: by silence, or by leaving packets out. */
const OFF_MAX_MS = 150;
/** Nearer, it is played this much faster or slower, which is not heard. */
const SPEED_SHARE = 0.01;
/** Being off by this much takes all of it. */
const SPEED_FULL_MS = 20;
/** Times on the stream's line are no more exact than this. */
const GRAIN_MS = 3;

export class Playout {
  /** Packets thrown away, and holes in what was played. */
  dropped = 0;
  holes = 0;
  /** How much later than its picture the last packet is heard; negative is sooner. */
  skewMs = 0;
  /** From time line to moment, smoothed; null before the first packet. */
  private line: number | null = null;
  private fresh = true;
  private nextTsMs = 0;
  /** Arrival after the moment: of the latest packet of late, and of the soonest. */
  private latest = 0;
  private soonest = 0;
  /** Where what has been placed ends, on the player's clock. */
  private endMs = 0;
  /** How much too soon the next packet would be, smoothed. */
  private offMs = 0;

  /**
   * Places a packet. `nowMs` is the time since 1970, `playerMs` the player's clock at it, and `pictureMs` how long
   * after its reception a picture is seen. Null when the packet is thrown away.
   */
  place(block: Block, nowMs: number, playerMs: number, pictureMs: number): Place | null {
    const found = block.momentMs - block.tsMs;
    if (this.line === null || Math.abs(found - this.line) > JUMP_MS) {
      this.line = found;
      this.soonest = nowMs - block.momentMs;
      this.latest = this.soonest + BUFFER_FIRST_MS - MARGIN_MS;
      this.nextTsMs = block.tsMs;
      this.fresh = true;
    } else {
      this.line += (found - this.line) / SMOOTH;
    }
    const lateness = nowMs - (block.tsMs + this.line);
    this.soonest = Math.min(lateness, this.soonest + block.durationMs * FORGET);
    const gapMs = block.tsMs - this.nextTsMs;
    if (lateness > this.soonest + BUFFER_MAX_MS || gapMs < -GRAIN_MS) return this.drop();
    this.latest = Math.max(lateness, this.latest - block.durationMs * FORGET);
    const delay = Math.min(Math.max(pictureMs, this.latest + MARGIN_MS), this.soonest + BUFFER_MAX_MS);
    const dueMs = playerMs + delay - lateness;
    this.nextTsMs = block.tsMs + block.durationMs;

    const lost = gapMs > GRAIN_MS ? gapMs : 0;
    const startMs = this.endMs + lost;
    const off = dueMs - startMs;
    const anew = this.fresh || startMs < playerMs || off > OFF_MAX_MS;
    if (!anew && off < -OFF_MAX_MS) return this.drop();
    if (!this.fresh && (anew || lost > 0)) this.holes += 1;
    this.fresh = false;
    this.offMs = anew ? 0 : this.offMs + (off - this.offMs) / SMOOTH;
    const at = anew ? Math.max(dueMs, playerMs, this.endMs) : startMs;
    this.skewMs = at - playerMs + lateness - pictureMs;
    const share = Math.min(1, Math.max(-1, this.offMs / SPEED_FULL_MS));
    return { startMs: at, speed: 1 - share * SPEED_SHARE, joined: !anew && lost === 0 };
  }

  /** What was placed last ends here, on the player's clock. */
  placed(endMs: number): void {
    this.endMs = endMs;
  }

  private drop(): null {
    this.dropped += 1;
    return null;
  }
}
