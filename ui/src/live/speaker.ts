/**
 * Owns what is heard on the page: which cameras, how loud, and the one AudioContext that mixes them. When a packet is
 * played is `playout`'s to say. Knows no worker and no element.
 */
import { create } from 'zustand';
import { type Level, LevelMeter } from './level';
import type { SoundBlock } from './messages';
import { Playout } from './playout';
import { Resampler } from './resample';

/** How the sound of a camera that is listened to stands. */
export interface Sound {
  state: 'waiting' | 'playing' | 'absent' | 'unplayable';
  /** A codec's name or the engine's note, where it cannot be played. */
  detail: string | null;
}

export interface SoundState {
  /** Cameras that are listened to; another array at each change. */
  listening: readonly string[];
  sounds: Record<string, Sound>;
  /** 0 to 1, by camera; 1 where none is kept. Kept while the window lives, listened to or not. */
  volumes: Record<string, number>;
  /** Whether sound leaves the computer: not yet known, yes, held back until a press, or there is no way out. */
  output: 'unknown' | 'running' | 'blocked' | 'missing';
}

export const useSound = create<SoundState>(() => ({
  listening: [],
  sounds: {},
  volumes: {},
  output: 'unknown',
}));

/** What a meter is told about ten times a second. */
export interface Heard extends Level {
  /** How much later than its picture the sound is heard, in milliseconds. */
  skewMs: number;
  /** Holes in what was played, and packets that came too late to be played. */
  holes: number;
  late: number;
}

/** A player whose clock stands still this long plays nothing. */
const STILL_MS = 1500;

interface Channel {
  gain: GainNode;
  playout: Playout;
  resampler: Resampler;
}

let context: AudioContext | null = null;
/** What the player's clock showed last, and when it last moved. */
let clock = { seconds: -1, movedAtMs: 0 };
const channels = new Map<string, Channel>();
const meters = new Map<string, LevelMeter>();
const watchers = new Map<string, Set<(heard: Heard) => void>>();

/** Listens to a camera, or no longer. Called by a press: without one a webview may hold sound back. */
export function toggleSound(camera: string): void {
  const { listening, sounds } = useSound.getState();
  if (listening.includes(camera)) {
    const { [camera]: _, ...others } = sounds;
    useSound.setState({ listening: listening.filter((one) => one !== camera), sounds: others });
    dropChannel(camera);
    rest();
    return;
  }
  useSound.setState({
    listening: [...listening, camera],
    sounds: { ...sounds, [camera]: { state: 'waiting', detail: null } },
  });
  wakeSpeaker();
}

/** Listens to nothing any more. */
export function silenceAll(): void {
  if (useSound.getState().listening.length === 0) return;
  useSound.setState({ listening: [], sounds: {} });
  for (const camera of [...channels.keys()]) dropChannel(camera);
  rest();
}

/** How loud a camera is, 0 to 1. */
export function setVolume(camera: string, volume: number): void {
  useSound.setState(({ volumes }) => ({ volumes: { ...volumes, [camera]: volume } }));
  channels.get(camera)?.gain.gain.setTargetAtTime(gainOf(camera), context?.currentTime ?? 0, 0.02);
}

/** Tries to let sound out. */
export function wakeSpeaker(): void {
  if (typeof AudioContext === 'undefined') {
    useSound.setState({ output: 'missing' });
    return;
  }
  try {
    context ??= new AudioContext({ latencyHint: 'interactive' });
  } catch {
    useSound.setState({ output: 'missing' });
    return;
  }
  clock = { seconds: -1, movedAtMs: Date.now() };
  // Whether it runs is seen by its clock.
  context.resume().catch(() => undefined);
}

/** Nobody listens: the device is let go. */
function rest(): void {
  if (useSound.getState().listening.length > 0) return;
  useSound.setState({ output: 'unknown' });
  context?.suspend().catch(() => undefined);
}

/** How a camera's sound stands; it begins anew with that. */
export function tellSound(camera: string, state: Sound['state'], detail: string | null): void {
  dropChannel(camera);
  useSound.setState(({ listening, sounds }) =>
    listening.includes(camera) ? { sounds: { ...sounds, [camera]: { state, detail } } } : {},
  );
}

/** Plays a packet; `pictureMs` is how long after its reception a picture of the camera is seen. */
export function playSound(camera: string, block: SoundBlock, pictureMs: number): void {
  if (!useSound.getState().listening.includes(camera)) return;
  if (context && runs(context)) schedule(context, channelOf(context, camera), block, pictureMs);
  const meter = meters.get(camera) ?? new LevelMeter();
  meters.set(camera, meter);
  const level = meter.add(block.samples, block.sampleRate);
  const playout = channels.get(camera)?.playout;
  if (!level) return;
  const { skewMs = 0, holes = 0, dropped: late = 0 } = playout ?? {};
  for (const watcher of watchers.get(camera) ?? []) watcher({ ...level, skewMs, holes, late });
}

/** Tells the levels of a camera until the answer is called. */
export function watchLevel(camera: string, watcher: (heard: Heard) => void): () => void {
  const all = watchers.get(camera) ?? new Set();
  watchers.set(camera, all.add(watcher));
  return () => all.delete(watcher);
}

/** Whether the player's clock goes. One that says it runs may have no device to run on. */
function runs({ currentTime, state }: AudioContext): boolean {
  const now = Date.now();
  const moved = state === 'running' && currentTime !== clock.seconds;
  if (moved) clock = { seconds: currentTime, movedAtMs: now };
  const still = now - clock.movedAtMs > STILL_MS;
  const output = moved ? 'running' : still ? (state === 'running' ? 'missing' : 'blocked') : null;
  if (output && output !== useSound.getState().output) useSound.setState({ output });
  return state === 'running' && !still;
}

function schedule(player: AudioContext, channel: Channel, block: SoundBlock, pictureMs: number): void {
  const { samples, sampleRate, tsMs, momentMs } = block;
  const { sampleRate: rate, currentTime, baseLatency, outputLatency } = player;
  const durationMs = (samples.length * 1000) / sampleRate;
  const wayOutMs = (outputLatency || baseLatency || 0) * 1000;
  const sound = { tsMs, momentMs, durationMs };
  const place = channel.playout.place(sound, Date.now(), currentTime * 1000, pictureMs - wayOutMs);
  if (!place) return;
  if (!place.joined) channel.resampler.reset();
  const resampled = channel.resampler.run(samples, (sampleRate * place.speed) / rate);
  if (resampled.length === 0) return;
  // Whole samples of the player: blocks meet without a seam.
  const first = Math.round((place.startMs * rate) / 1000);
  const buffer = player.createBuffer(1, resampled.length, rate);
  buffer.copyToChannel(resampled, 0);
  const source = player.createBufferSource();
  source.buffer = buffer;
  source.connect(channel.gain);
  source.start(first / rate);
  channel.playout.placed(((first + resampled.length) * 1000) / rate);
}

function channelOf(player: AudioContext, camera: string): Channel {
  const known = channels.get(camera);
  if (known) return known;
  const gain = player.createGain();
  gain.gain.value = gainOf(camera);
  gain.connect(player.destination);
  const channel = { gain, playout: new Playout(), resampler: new Resampler() };
  channels.set(camera, channel);
  return channel;
}

/** An ear takes loudness for more than a line: squared, the middle of the slider sounds like half. */
const gainOf = (camera: string) => (useSound.getState().volumes[camera] ?? 1) ** 2;

function dropChannel(camera: string): void {
  channels.get(camera)?.gain.disconnect();
  channels.delete(camera);
  meters.delete(camera);
}
