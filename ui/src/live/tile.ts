/**
 * Owns one tile of the webview path: its decoder, its newest picture and its counters. Decodes every picture it is
 * given, keeps only the newest to draw, and jumps to the next key picture when it falls behind.
 * Knows no socket and no canvas.
 */
import { fromBase64, type UnitMessage } from './protocol';

/** What a tile is told about its stream. */
export interface TileFormat {
  codec: string;
  width: number;
  height: number;
  coded_width: number;
  coded_height: number;
  description: string;
}

/** A picture ready to be drawn. */
export interface Picture {
  image: VideoFrame | ImageBitmap;
  width: number;
  height: number;
  receivedMs: number;
}

/** How long units may go in without a picture coming out. */
export const STALL_MS = 2000;
/** A waiting unit older than this, with several behind it, means that the decoder cannot keep up. */
const LAG_MS = 1500;
const LAG_UNITS = 8;
/**
 * Decoded pictures that may wait to be drawn. Two, because pictures do not come as evenly as they were taken: the
 * second of two between two paints is drawn with the next. More would only add delay.
 */
const WAITING_MAX = 2;
/** Thirty pictures a second, until the stream's own rate is known. */
const USUAL_INTERVAL_MS = 33;
/** Pending receive times kept; far more than any decoder holds back. */
const PENDING_MAX = 600;

export class TileDecoder {
  offered = 0;
  skipped = 0;
  failures = 0;
  /** Of the skipped ones, those left out because decoding is behind. */
  behind = 0;
  /** From one picture of the stream to the next, smoothed. */
  intervalMs = USUAL_INTERVAL_MS;
  private lastPtsUs = 0;
  private waiting: Picture[] = [];
  private decoder: VideoDecoder | null = null;
  private format: TileFormat | null = null;
  private needKey = true;
  private late = false;
  private pending = new Map<number, number>();
  private jpegBusy = false;
  private jpegNext: UnitMessage | null = null;
  private closed = false;
  /** First unit fed since the last picture came out, and how many. */
  private hungrySince = 0;
  private hungryUnits = 0;

  constructor(private readonly changed: () => void) {}

  /** The stream's format, before its first picture and at each change. */
  configure(format: TileFormat): void {
    this.format = format;
    this.needKey = true;
    this.pending.clear();
    this.hungryUnits = 0;
    this.dropDecoder();
  }

  /** One coded picture. */
  feed(unit: UnitMessage, now: number): void {
    if (this.closed || !this.format) return;
    this.offered += 1;
    this.time(unit.ptsUs);
    if (this.format.codec === 'mjpeg') {
      this.feedJpeg(unit);
      return;
    }
    if (typeof VideoDecoder === 'undefined') {
      this.hunger(now);
      return;
    }
    if (this.lags(now)) {
      this.needKey = true;
      this.late = true;
    }
    if (this.needKey && !unit.key) {
      this.skip(1);
      return;
    }
    if (this.needKey && this.decoder && this.decoder.decodeQueueSize > 0) {
      // Fallen behind: what still waits is older than this key picture.
      this.skip(this.decoder.decodeQueueSize);
      this.dropDecoder();
      this.pending.clear();
    }
    try {
      const decoder = this.decoder ?? this.openDecoder(this.format);
      this.needKey = false;
      this.late = false;
      this.pending.set(unit.ptsUs, unit.receivedWallUs / 1000);
      if (this.pending.size > PENDING_MAX) {
        const oldest = this.pending.keys().next().value;
        if (oldest !== undefined) this.pending.delete(oldest);
      }
      this.hunger(now);
      decoder.decode(
        new EncodedVideoChunk({
          type: unit.key ? 'key' : 'delta',
          timestamp: unit.ptsUs,
          data: unit.payload,
        }),
      );
    } catch {
      this.fail();
    }
  }

  private skip(pictures: number): void {
    this.skipped += pictures;
    if (this.late) this.behind += pictures;
  }

  private time(ptsUs: number): void {
    const gapMs = (ptsUs - this.lastPtsUs) / 1000;
    this.lastPtsUs = ptsUs;
    // What is no picture rate is a pause, a jump or a picture out of order.
    if (gapMs > 8 && gapMs < 500) this.intervalMs += (gapMs - this.intervalMs) / 8;
  }

  /** The next picture to draw, which is the caller's from now on. */
  take(): Picture | undefined {
    return this.waiting.shift();
  }

  /** Whether another picture waits to be drawn. */
  get more(): boolean {
    return this.waiting.length > 0;
  }

  /** Whether units went in and nothing came out for too long. */
  stalled(now: number): boolean {
    return this.hungryUnits >= 3 && now - this.hungrySince > STALL_MS;
  }

  /** Asked the server for another way: starts counting anew. */
  forgive(): void {
    this.hungryUnits = 0;
  }

  /** Frees the decoder and the pictures, until the stream's format is told again. */
  rest(): void {
    this.format = null;
    this.dropDecoder();
    for (const picture of this.waiting) picture.image.close();
    this.waiting = [];
    this.jpegNext = null;
    this.hungryUnits = 0;
  }

  /** Frees them for good. */
  close(): void {
    this.closed = true;
    this.rest();
  }

  private openDecoder(format: TileFormat): VideoDecoder {
    const decoder = new VideoDecoder({
      output: (frame) => {
        if (this.decoder !== decoder || this.closed) {
          frame.close();
          return;
        }
        this.failures = 0;
        this.hungryUnits = 0;
        const received = this.pending.get(frame.timestamp);
        for (const pts of this.pending.keys()) {
          if (pts === frame.timestamp) break;
          if (pts < frame.timestamp) this.pending.delete(pts);
        }
        this.pending.delete(frame.timestamp);
        this.offer({
          image: frame,
          width: frame.displayWidth,
          height: frame.displayHeight,
          receivedMs: received ?? Date.now(),
        });
      },
      error: () => {
        if (this.decoder === decoder) this.fail();
      },
    });
    this.decoder = decoder;
    const config: VideoDecoderConfig = {
      codec: format.codec,
      codedWidth: format.coded_width,
      codedHeight: format.coded_height,
      optimizeForLatency: true,
    };
    if (format.description) config.description = fromBase64(format.description);
    decoder.configure(config);
    return decoder;
  }

  private feedJpeg(unit: UnitMessage): void {
    if (this.jpegBusy) {
      if (this.jpegNext) this.skipped += 1;
      this.jpegNext = unit;
      return;
    }
    this.jpegBusy = true;
    createImageBitmap(new Blob([unit.payload], { type: 'image/jpeg' }))
      .then((image) => {
        if (this.closed || !this.format) {
          image.close();
          return;
        }
        this.failures = 0;
        this.offer({
          image,
          width: image.width,
          height: image.height,
          receivedMs: unit.receivedWallUs / 1000,
        });
      })
      .catch(() => {
        this.failures += 1;
      })
      .finally(() => {
        this.jpegBusy = false;
        const next = this.jpegNext;
        this.jpegNext = null;
        if (next && !this.closed) this.feedJpeg(next);
      });
  }

  private offer(picture: Picture): void {
    if (this.waiting.length === WAITING_MAX) {
      this.waiting.shift()?.image.close();
      this.skipped += 1;
    }
    this.waiting.push(picture);
    this.changed();
  }

  private lags(now: number): boolean {
    const queued = this.decoder?.decodeQueueSize ?? 0;
    return queued > LAG_UNITS && this.hungryUnits > LAG_UNITS && now - this.hungrySince > LAG_MS;
  }

  private hunger(now: number): void {
    if (this.hungryUnits === 0) this.hungrySince = now;
    this.hungryUnits += 1;
  }

  private fail(): void {
    this.failures += 1;
    this.needKey = true;
    this.dropDecoder();
    this.pending.clear();
  }

  private dropDecoder(): void {
    const decoder = this.decoder;
    this.decoder = null;
    if (decoder && decoder.state !== 'closed') decoder.close();
  }
}
