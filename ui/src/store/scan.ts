/**
 * Owns scanning and adding what was found: the credentials used for many, and per device how its adding goes.
 * Lives outside the page, so that leaving it loses nothing typed.
 */
import { create } from 'zustand';
import { toUserError } from '../errors';
import type { AddCamera } from '../gen/AddCamera';
import type { DeviceVm } from '../gen/DeviceVm';
import type { ScanVm } from '../gen/ScanVm';
import type { UserError } from '../gen/UserError';
import * as ipc from '../ipc';
import { loadCameras, onEvent, useEngine } from './engine';

/** What the user typed for one device; empty means: as for all. */
export interface DeviceInput {
  name: string;
  user: string;
  password: string;
  /** The stream's address, where there is more than one to choose from. */
  address: string;
  /** The certificate trusted for it. */
  fingerprint: string;
}

export const NOTHING_TYPED: DeviceInput = { name: '', user: '', password: '', address: '', fingerprint: '' };

export type Adding =
  | { state: 'adding' }
  | { state: 'added'; camera: string }
  | { state: 'failed'; error: UserError };

interface ScanState {
  options: { interfaces: string; subnets: string; timeout: number };
  user: string;
  password: string;
  /** The credential set whose login is used instead; empty for the one typed. */
  set: string;
  record: boolean;
  inputs: Record<string, DeviceInput>;
  adding: Record<string, Adding>;
  error: UserError | null;
}

export const useScan = create<ScanState>(() => ({
  options: { interfaces: '', subnets: '', timeout: 8 },
  user: '',
  password: '',
  set: '',
  record: true,
  inputs: {},
  adding: {},
  error: null,
}));

const words = (text: string) => text.split(/[\s,;]+/).filter((word) => word !== '');

/** The scan that the options ask for. */
export function scanOf(options: ScanState['options']): ScanVm {
  return {
    interfaces: words(options.interfaces),
    subnets: words(options.subnets),
    timeout_s: options.timeout,
  };
}

/** Starts a scan and forgets what the last one found. */
export async function startScan(scan: ScanVm): Promise<void> {
  useEngine.setState({ devices: {}, scanning: true, scanned: false });
  useScan.setState({ error: null, adding: {} });
  try {
    await ipc.scanStart(scan);
  } catch (error) {
    useEngine.setState({ scanning: false });
    useScan.setState({ error: toUserError(error) });
    throw error;
  }
}

/** Stops the scan; what it found stays. */
export async function cancelScan(): Promise<void> {
  await ipc.scanCancel();
}

const guessOf = (device: DeviceVm, purpose: string) =>
  device.guesses.find((guess) => guess.purpose === purpose)?.url;

/** The addresses by which a device without ONVIF can be added: what answered, and what its brand has. */
export function addressesOf(device: DeviceVm): { url: string; guess: boolean }[] {
  if (device.onvif_url) return [];
  const guesses = device.guesses.filter((guess) => ['main', 'sub'].includes(guess.purpose));
  return [
    ...device.rtsp_urls.map((url) => ({ url, guess: false })),
    ...guesses.map(({ url }) => ({ url, guess: true })),
  ];
}

/** The address taken when none is chosen: that of a known brand, else what answered. */
export function defaultAddress(device: DeviceVm): string {
  return (device.brand ? guessOf(device, 'main') : undefined) ?? device.rtsp_urls[0] ?? '';
}

/** When the newest of these devices was met, in milliseconds since 1970. */
export function seenAt(devices: DeviceVm[]): number {
  return Math.max(...devices.map((device) => Date.parse(device.seen_at)));
}

/** How many devices have changed in which way, in the order in which that is told. */
export function changes(devices: DeviceVm[]): [string, number][] {
  const order = ['new', 'back', 'moved', 'firmware_changed', 'gone'];
  const count = (change: string) => devices.filter((device) => device.change === change).length;
  return order.map((change): [string, number] => [change, count(change)]).filter(([, n]) => n > 0);
}

/** How to add a device: over ONVIF where it speaks that, else by the address chosen. */
export function addRequest(
  device: DeviceVm,
  login: { user: string; password: string; set?: string },
  name: string,
  record: boolean,
  chosen = '',
  fingerprint = '',
): AddCamera {
  const request: AddCamera = { record };
  if (fingerprint !== '') request.tls_fingerprint = fingerprint;
  if (name.trim() !== '') request.name = name.trim();
  else if (device.name) request.suggested_name = device.name;
  if (login.set) request.credentials = login.set;
  else if (login.user !== '') {
    request.user = login.user;
    request.password = login.password;
  }
  const main = chosen || defaultAddress(device);
  if (!device.onvif_url && main) {
    request.url = main;
    const [first, second] = device.rtsp_urls;
    const sub =
      main === guessOf(device, 'main') ? guessOf(device, 'sub') : main === first ? second : undefined;
    if (sub) request.sub_url = sub;
    return request;
  }
  request.host = device.host;
  if (device.onvif_url && URL.canParse(device.onvif_url)) {
    const url = new URL(device.onvif_url);
    request.onvif_port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
  }
  return request;
}

/** Adds one device; its row shows how it went. Answers whether it was added. */
export async function addDevice(device: DeviceVm): Promise<boolean> {
  const { inputs, user, password, set: credentials, record } = useScan.getState();
  const input = inputs[device.key];
  const own = input && input.user !== '' ? input : null;
  const set = (adding: Adding) =>
    useScan.setState((state) => ({ adding: { ...state.adding, [device.key]: adding } }));
  set({ state: 'adding' });
  try {
    const login = own ?? { user, password, set: credentials };
    const { name, address, fingerprint } = input ?? NOTHING_TYPED;
    const camera = await ipc.cameraAdd(addRequest(device, login, name, record, address, fingerprint));
    set({ state: 'added', camera: camera.id });
    loadCameras().catch(() => undefined);
    return true;
  } catch (error) {
    set({ state: 'failed', error: toUserError(error) });
    return false;
  }
}

/** Adds devices, a few at a time, so that one slow camera does not hold up the others. */
export async function addDevices(devices: DeviceVm[], atOnce = 4): Promise<void> {
  const queue = [...devices];
  const next = async (): Promise<void> => {
    for (let device = queue.shift(); device; device = queue.shift()) await addDevice(device);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, queue.length) }, next));
}

/** How far the simulated cameras are on their way into the grid. */
export interface SimulatedProgress {
  step: 'starting' | 'scanning' | 'adding';
  found: number;
  added: number;
}

const isSimulated = (device: DeviceVm) =>
  device.kind === 'camera' && !device.already_added && device.host.startsWith('127.');

function scanEnd(): Promise<void> {
  return new Promise((resolve) => {
    const stop = onEvent((event) => {
      if (event.event !== 'scan.finished') return;
      stop();
      resolve();
    });
  });
}

/**
 * Starts the simulated cameras of this program, finds them over the network as any camera, and adds them with
 * recording on. Answers how many were added.
 */
export async function trySimulated(progress: (progress: SimulatedProgress) => void): Promise<number> {
  progress({ step: 'starting', found: 0, added: 0 });
  await ipc.simulatorStart();
  const found = () => Object.values(useEngine.getState().devices).filter(isSimulated);
  const watch = setInterval(() => progress({ step: 'scanning', found: found().length, added: 0 }), 200);
  try {
    // Loopback first, which is quick; all interfaces where the system probes none by that address.
    for (const interfaces of [['127.0.0.1'], []]) {
      const end = scanEnd();
      await startScan({ interfaces, subnets: ['127.0.0.1/32'], timeout_s: 6 });
      await end;
      if (found().length > 0) break;
    }
  } finally {
    clearInterval(watch);
  }
  const devices = found();
  useScan.setState({ user: '', password: '', set: '', record: true });
  let added = 0;
  progress({ step: 'adding', found: devices.length, added });
  for (const device of devices) {
    if (await addDevice(device)) added += 1;
    progress({ step: 'adding', found: devices.length, added });
  }
  const failed = Object.values(useScan.getState().adding).find((adding) => adding.state === 'failed');
  if (added === 0 && failed?.state === 'failed') throw failed.error;
  return added;
}
