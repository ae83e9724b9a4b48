/**
 * Owns the examination that is shown: of whom, what was found so far, whether it still runs. Examinations are numbered;
 * what comes late of an earlier one is left out.
 */
import { create } from 'zustand';
import { toUserError } from '../errors';
import type { DeviceVm } from '../gen/DeviceVm';
import type { DoctorRequest } from '../gen/DoctorRequest';
import type { EventVm } from '../gen/EventVm';
import type { FindingVm } from '../gen/FindingVm';
import type { UserError } from '../gen/UserError';
import * as ipc from '../ipc';
import { onEvent } from './engine';
import { useScan } from './scan';

export interface DoctorState {
  /** Whose name the panel bears; null while it is closed. */
  name: string | null;
  request: DoctorRequest | null;
  findings: FindingVm[];
  running: boolean;
  error: UserError | null;
  /** The newest examination seen. */
  run: number;
  /** Up to here examinations are old. */
  oldUpTo: number;
}

export const emptyDoctor: DoctorState = {
  name: null,
  request: null,
  findings: [],
  running: false,
  error: null,
  run: 0,
  oldUpTo: 0,
};

export const useDoctor = create<DoctorState>(() => emptyDoctor);

/** The state after an event. Pure. */
export function reduceDoctor(state: DoctorState, event: EventVm): Partial<DoctorState> {
  if (event.event !== 'doctor.found' && event.event !== 'doctor.finished') return {};
  if (event.run <= state.oldUpTo || event.run < state.run) return {};
  const findings = event.run === state.run ? state.findings : [];
  if (event.event === 'doctor.finished') return { run: event.run, findings, running: false };
  return { run: event.run, findings: [...findings, event.finding] };
}

onEvent((event) => useDoctor.setState((state) => reduceDoctor(state, event)));

/** Opens the panel and examines. */
export async function examine(name: string, request: DoctorRequest): Promise<void> {
  useDoctor.setState((state) => ({
    name,
    request,
    findings: [],
    running: true,
    error: null,
    oldUpTo: state.run,
  }));
  try {
    await ipc.doctorStart(request);
  } catch (error) {
    useDoctor.setState({ running: false, error: toUserError(error) });
  }
}

/** Examines a device with the login that adding it would use. */
export function examineDevice(device: DeviceVm, name: string): Promise<void> {
  const { inputs, user, password } = useScan.getState();
  const own = inputs[device.key];
  const login = own?.user ? { user: own.user, password: own.password } : user ? { user, password } : {};
  // Devices may share a host: the port tells them apart.
  const [stream] = device.rtsp_urls;
  const port = stream ? Number(new URL(stream.replace(/^rtsps?:/, 'http:')).port) || 554 : null;
  const host = device.host.includes(':') ? `[${device.host}]` : device.host;
  return examine(name, { host: port ? `${host}:${port}` : (device.onvif_url ?? host), ...login });
}

/** Stops the examination; what it found stays. */
export async function stopExamination(): Promise<void> {
  useDoctor.setState({ running: false });
  await ipc.doctorCancel();
}

/** Closes the panel and stops what runs. The login that was typed is forgotten. */
export async function closeDoctor(): Promise<void> {
  const { running } = useDoctor.getState();
  useDoctor.setState({ name: null, request: null });
  if (running) await stopExamination();
}
