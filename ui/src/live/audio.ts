/**
 * Owns the worker's side of live sound: which tiles are listened to, and turning their coded packets into samples:
 * G.711 by table, AAC by the webview's decoder, where that is seen to give something back. Knows no socket.
 */
import type { LiveReply } from '../gen/LiveReply';
import { decodeG711, G711 } from './g711';
import type { FromWorker, SoundBlock } from './messages';
import { type AudioMessage, fromBase64 } from './protocol';

type AudioFormat = Extract<LiveReply, { type: 'audio_format' }>;

/** How long packets may go in without a sound coming out. */
const SILENT_MS = 2000;
/** Packets that may wait in the decoder; more are older than what is worth hearing. */
const WAITING_MAX = 16;
/** Failures in a row after which it is given up. */
const FAILURES_MAX = 3;

/** One tile's decoder. */
class Ear {
  private decoder: AudioDecoder | null = null;
  private failures = 0;
  private hungrySince = 0;
  /** From the stream's time line to the moments of the newest packet. */
  private lineUs = 0;
  private ended = false;

  constructor(
    private readonly format: AudioFormat,
    private readonly give: (block: SoundBlock) => void,
    private readonly giveUp: () => void,
  ) {}

  feed({ ptsUs, momentUs, payload }: AudioMessage, now: number): void {
    if (this.ended) return;
    this.lineUs = momentUs - ptsUs;
    const { codec, channels, sample_rate: sampleRate } = this.format;
    if (codec === 'ulaw' || codec === 'alaw') {
      this.offer(ptsUs, sampleRate, decodeG711(G711[codec], payload, channels));
      return;
    }
    if (this.hungrySince === 0) this.hungrySince = now;
    if (typeof AudioDecoder === 'undefined' || now - this.hungrySince > SILENT_MS) {
      this.close();
      this.giveUp();
      return;
    }
    if (this.decoder && this.decoder.decodeQueueSize > WAITING_MAX) return;
    try {
      this.decoder ??= this.open();
      this.decoder.decode(new EncodedAudioChunk({ type: 'key', timestamp: ptsUs, data: payload }));
    } catch {
      this.fail();
    }
  }

  close(): void {
    this.ended = true;
    this.dropDecoder();
  }

  private open(): AudioDecoder {
    const { codec, sample_rate: sampleRate, channels: numberOfChannels, description } = this.format;
    const decoder = new AudioDecoder({
      output: (data) => {
        if (this.decoder === decoder) {
          try {
            this.offer(data.timestamp, data.sampleRate, mixed(data));
          } catch {
            this.fail();
          }
        }
        data.close();
      },
      error: () => {
        if (this.decoder === decoder) this.fail();
      },
    });
    decoder.configure({ codec, sampleRate, numberOfChannels, description: fromBase64(description) });
    return decoder;
  }

  private offer(tsUs: number, sampleRate: number, samples: Float32Array<ArrayBuffer>): void {
    if (samples.length === 0) return;
    this.failures = 0;
    this.hungrySince = 0;
    this.give({ tsMs: tsUs / 1000, momentMs: (tsUs + this.lineUs) / 1000, sampleRate, samples });
  }

  private fail(): void {
    this.dropDecoder();
    this.failures += 1;
    if (this.failures < FAILURES_MAX || this.ended) return;
    this.ended = true;
    this.giveUp();
  }

  private dropDecoder(): void {
    const decoder = this.decoder;
    this.decoder = null;
    if (decoder && decoder.state !== 'closed') decoder.close();
  }
}

/** All channels as one. */
function mixed(data: AudioData): Float32Array<ArrayBuffer> {
  const sum = new Float32Array(data.numberOfFrames);
  const plane = new Float32Array(data.numberOfFrames);
  for (let planeIndex = 0; planeIndex < data.numberOfChannels; planeIndex += 1) {
    data.copyTo(plane, { planeIndex, format: 'f32-planar' });
    for (let i = 0; i < sum.length; i += 1) sum[i] = (sum[i] ?? 0) + (plane[i] ?? 0) / data.numberOfChannels;
  }
  return sum;
}

export class Ears {
  /** Cameras that are to be heard, shown or not. */
  wanted: readonly string[] = [];
  private ears = new Map<number, { camera: string; ear: Ear }>();

  constructor(private readonly post: (message: FromWorker, transfer?: Transferable[]) => void) {}

  /** These cameras are to be heard from now on. */
  want(cameras: readonly string[]): void {
    this.wanted = cameras;
    for (const [tile, { camera }] of this.ears) if (!cameras.includes(camera)) this.drop(tile);
  }

  /** Which tiles of these cameras to listen to: of a camera that is shown twice, the first. */
  tiles(cameras: string[]): number[] {
    return this.wanted.map((camera) => cameras.indexOf(camera)).filter((tile) => tile >= 0);
  }

  /** The engine said what a tile's sound is like. */
  told(camera: string, reply: Extract<LiveReply, { type: 'audio_format' | 'no_audio' }>): void {
    this.drop(reply.tile);
    if (!this.wanted.includes(camera)) return;
    if (reply.type === 'no_audio') {
      this.tell(camera, reply.note === null ? 'absent' : 'unplayable', reply.note);
      return;
    }
    let heard = false;
    const give = (block: SoundBlock) => {
      if (!heard) this.tell(camera, 'playing', null);
      heard = true;
      this.post({ type: 'sound', camera, block }, [block.samples.buffer]);
    };
    const giveUp = () =>
      this.tell(camera, 'unplayable', reply.codec.startsWith('mp4a') ? 'AAC' : reply.codec);
    this.ears.set(reply.tile, { camera, ear: new Ear(reply, give, giveUp) });
  }

  /** A packet came. */
  feed(message: AudioMessage, now: number): void {
    this.ears.get(message.tile)?.ear.feed(message, now);
  }

  /** What was heard so far is over. */
  close(): void {
    for (const tile of this.ears.keys()) this.drop(tile);
  }

  private drop(tile: number): void {
    this.ears.get(tile)?.ear.close();
    this.ears.delete(tile);
  }

  private tell(camera: string, state: 'playing' | 'absent' | 'unplayable', detail: string | null): void {
    this.post({ type: 'sound_state', camera, state, detail });
  }
}
