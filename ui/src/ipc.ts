/**
 * Owns the way to the engine: every command and the event of the contract, typed.
 * The only file that imports Tauri's API. Knows nothing of what views do with the answers.
 */
import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import type { AddCamera } from './gen/AddCamera';
import type { AppInfoVm } from './gen/AppInfoVm';
import type { ArrangementVm } from './gen/ArrangementVm';
import type { BackgroundVm } from './gen/BackgroundVm';
import type { CameraVm } from './gen/CameraVm';
import type { CapabilityVm } from './gen/CapabilityVm';
import type { CloneCamera } from './gen/CloneCamera';
import type { ConfigurationVm } from './gen/ConfigurationVm';
import type { ConnectionVm } from './gen/ConnectionVm';
import type { CoverageDayVm } from './gen/CoverageDayVm';
import type { CoverageVm } from './gen/CoverageVm';
import type { CredentialSetVm } from './gen/CredentialSetVm';
import type { DeviceVm } from './gen/DeviceVm';
import type { DoctorRequest } from './gen/DoctorRequest';
import type { EditCamera } from './gen/EditCamera';
import type { EncoderChangeVm } from './gen/EncoderChangeVm';
import type { EncoderVm } from './gen/EncoderVm';
import type { EventVm } from './gen/EventVm';
import type { ExportJobVm } from './gen/ExportJobVm';
import type { ForecastVm } from './gen/ForecastVm';
import type { GapVm } from './gen/GapVm';
import type { GovernorDecisionVm } from './gen/GovernorDecisionVm';
import type { HistoryVm } from './gen/HistoryVm';
import type { ImagingChangeVm } from './gen/ImagingChangeVm';
import type { ImagingVm } from './gen/ImagingVm';
import type { ImportReportVm } from './gen/ImportReportVm';
import type { KeyRotatedVm } from './gen/KeyRotatedVm';
import type { KeyStatusVm } from './gen/KeyStatusVm';
import type { LiveEndpointVm } from './gen/LiveEndpointVm';
import type { MonitorVm } from './gen/MonitorVm';
import type { MotionEventVm } from './gen/MotionEventVm';
import type { MotionSettingsVm } from './gen/MotionSettingsVm';
import type { MotionStatusVm } from './gen/MotionStatusVm';
import type { NoticeVm } from './gen/NoticeVm';
import type { PlaybackVm } from './gen/PlaybackVm';
import type { PresetVm } from './gen/PresetVm';
import type { ProtectedVm } from './gen/ProtectedVm';
import type { PtzVectorVm } from './gen/PtzVectorVm';
import type { PtzVm } from './gen/PtzVm';
import type { RecordVm } from './gen/RecordVm';
import type { RetentionPlanVm } from './gen/RetentionPlanVm';
import type { SavedViewVm } from './gen/SavedViewVm';
import type { ScanVm } from './gen/ScanVm';
import type { SegmentVm } from './gen/SegmentVm';
import type { SettingsVm } from './gen/SettingsVm';
import type { ShownPicture } from './gen/ShownPicture';
import type { StreamTestVm } from './gen/StreamTestVm';
import type { TimelineVm } from './gen/TimelineVm';
import type { TourVm } from './gen/TourVm';
import type { VolumeVm } from './gen/VolumeVm';
import type { WhatIfVm } from './gen/WhatIfVm';
import type { WindowShowsVm } from './gen/WindowShowsVm';

export const cameraList = () => invoke<CameraVm[]>('camera_list');
export const cameraAdd = (camera: AddCamera) => invoke<CameraVm>('camera_add', { camera });
export const cameraEdit = (id: string, changes: EditCamera) =>
  invoke<CameraVm>('camera_edit', { id, changes });
/** Adds a camera with the settings and the login of another one. */
export const cameraClone = (id: string, clone: CloneCamera) =>
  invoke<CameraVm>('camera_clone', { id, clone });
/** Moves a camera to the address at which its device was last met, once that has proved to be the same. */
export const cameraFollow = (id: string) => invoke<CameraVm>('camera_follow', { id });
export const cameraRemove = (id: string) => invoke<null>('camera_remove', { id });
export const cameraTest = (id: string) => invoke<StreamTestVm[]>('camera_test', { id });
/** A `data:image/jpeg;base64,…` URL. */
export const cameraSnapshot = (id: string) => invoke<string>('camera_snapshot', { id });
/** The path of the file written. `shown` is what the tile shows where that is not what the camera sees now. */
export const cameraSnapshotSave = (id: string, shown: ShownPicture | null = null) =>
  invoke<string>('camera_snapshot_save', { id, shown });
/** Puts the picture onto the system's clipboard. */
export const cameraSnapshotCopy = (shown: ShownPicture) => invoke<null>('camera_snapshot_copy', { shown });
/** The path of the commissioning report written. */
export const cameraReportSave = (language: string) => invoke<string>('camera_report_save', { language });
/** Without a passphrase no login is in the file. */
export const cameraExport = (passphrase: string | null) =>
  invoke<ConfigurationVm>('camera_export', { passphrase });
/** `file` is the file's text. Nothing is changed when a camera is here already, unless `replace` says so. */
export const cameraImport = (file: string, passphrase: string | null, replace: boolean) =>
  invoke<ImportReportVm>('camera_import', { file, passphrase, replace });
export const credentialSetList = () => invoke<CredentialSetVm[]>('credential_set_list');
export const credentialSetAdd = (name: string, user: string, password: string) =>
  invoke<CredentialSetVm>('credential_set_add', { name, user, password });
/** Changes the login of all cameras of the set too; the answer says how many. */
export const credentialSetChange = (id: string, user: string, password: string) =>
  invoke<CredentialSetVm>('credential_set_change', { id, user, password });
/** The cameras of the set keep its login as their own; the answer says how many. */
export const credentialSetRemove = (id: string) => invoke<CredentialSetVm>('credential_set_remove', { id });
export const recordSet = (id: string, record: RecordVm) => invoke<CameraVm>('record_set', { id, record });
/** Records a camera now, beside its mode; without seconds until it is stopped. */
export const recordNow = (id: string, seconds: number | null) => invoke<null>('record_now', { id, seconds });
export const recordStop = (id: string) => invoke<null>('record_stop', { id });

export const ptzGet = (id: string) => invoke<PtzVm>('ptz_get', { id });
/** For a second at most: said again as long as a hand holds on. */
export const ptzDrive = (id: string, speed: PtzVectorVm) => invoke<null>('ptz_drive', { id, speed });
export const ptzStop = (id: string) => invoke<null>('ptz_stop', { id });
/** To a preset's token; null goes home. */
export const ptzGoTo = (id: string, preset: string | null) => invoke<null>('ptz_go_to', { id, preset });
export const ptzSetPreset = (id: string, name: string) => invoke<PresetVm>('ptz_set_preset', { id, name });
export const ptzRemovePreset = (id: string, preset: string) =>
  invoke<null>('ptz_remove_preset', { id, preset });

/** For a second at most: said again as long as a hand holds on. -1 is near, 1 far. */
export const focusDrive = (id: string, speed: number) => invoke<null>('focus_drive', { id, speed });
/** By a share of the longest distance; negative is nearer. */
export const focusBy = (id: string, distance: number) => invoke<null>('focus_by', { id, distance });
export const focusStop = (id: string) => invoke<null>('focus_stop', { id });

export const motionSettings = (camera: string) => invoke<MotionSettingsVm>('motion_settings', { camera });
export const motionSet = (camera: string, settings: MotionSettingsVm) =>
  invoke<MotionSettingsVm>('motion_set', { camera, settings });
export const motionStatus = (camera: string) => invoke<MotionStatusVm>('motion_status', { camera });
/** When motion was seen; `from` and `to` are RFC 3339. */
export const motionEvents = (camera: string, from: string, to: string) =>
  invoke<MotionEventVm[]>('motion_events', { camera, from, to });

export const deviceCapability = (id: string) => invoke<CapabilityVm>('device_capability', { id });
export const deviceNotices = () => invoke<NoticeVm[]>('device_notices');
export const deviceSetEncoder = (id: string, token: string, change: EncoderChangeVm) =>
  invoke<EncoderVm>('device_set_encoder', { id, token, change });
export const deviceImaging = (id: string) => invoke<ImagingVm>('device_imaging', { id });
export const deviceSetImaging = (id: string, change: ImagingChangeVm) =>
  invoke<ImagingVm>('device_set_imaging', { id, change });
/** How far off the camera's clock is then, in milliseconds. */
export const deviceSetTime = (id: string) => invoke<number>('device_set_time', { id });
export const deviceReboot = (id: string) => invoke<string>('device_reboot', { id });

export const scanStart = (scan: ScanVm) => invoke<null>('scan_start', { scan });
export const scanCancel = () => invoke<null>('scan_cancel');
export const scanList = () => invoke<DeviceVm[]>('scan_list');

/** The examination's number; its findings come as events. */
export const doctorStart = (request: DoctorRequest) => invoke<number>('doctor_start', { request });
export const doctorCancel = () => invoke<null>('doctor_cancel');

/** A stream's figures over ten minutes (`recent`) or a day. */
export const healthHistory = (camera: string, role: string, span: 'recent' | 'day') =>
  invoke<HistoryVm>('health_history', { camera, role, span });
/** The states of a camera's connections, newest first. */
export const healthLog = (camera: string) => invoke<ConnectionVm[]>('health_log', { camera });

/** What was decoded less or more, and why; the oldest first. */
export const liveDecisions = () => invoke<GovernorDecisionVm[]>('live_decisions');
export const liveEndpoint = () => invoke<LiveEndpointVm>('live_endpoint');

export const savedViewList = () => invoke<ArrangementVm>('saved_view_list');
/** Keeps a view or, with an empty id, makes one. */
export const savedViewSave = (view: SavedViewVm) => invoke<SavedViewVm>('saved_view_save', { view });
export const savedViewRemove = (id: string) => invoke<null>('saved_view_remove', { id });
export const savedViewReorder = (ids: string[]) => invoke<null>('saved_view_reorder', { ids });
/** Remembers which view is open; null stands for all cameras. */
export const savedViewOpen = (id: string | null) => invoke<null>('saved_view_open', { id });
/** The order of all cameras where no view is open. */
export const savedViewArrange = (cameras: string[]) => invoke<null>('saved_view_arrange', { cameras });
/** Keeps a tour or, with an empty id, makes one. */
export const savedViewSaveTour = (tour: TourVm) => invoke<TourVm>('saved_view_save_tour', { tour });
export const savedViewRemoveTour = (id: string) => invoke<null>('saved_view_remove_tour', { id });

/** `from` and `to` are RFC 3339. */
export const recordingList = (camera: string, from: string, to: string) =>
  invoke<SegmentVm[]>('recording_list', { camera, from, to });
export const recordingGaps = (camera: string, from: string, to: string) =>
  invoke<GapVm[]>('recording_gaps', { camera, from, to });
export const recordingCoverage = (camera: string, from: string, to: string) =>
  invoke<CoverageVm>('recording_coverage', { camera, from, to });
/** What is recorded of these cameras, or with none of all: spans over up to two days, else a summary of each day. */
export const timeline = (cameras: string[], from: string, to: string, zone: string | null = null) =>
  invoke<TimelineVm>('timeline', { cameras, from, to, zone });
export const recordingPlayback = (segment: number) => invoke<PlaybackVm>('recording_playback', { segment });
export const recordingFragment = (segment: number, index: number) =>
  invoke<ArrayBuffer>('recording_fragment', { segment, index });

/** `from` and `to` are dates, both included; `zone` is an IANA name. */
export const coverageDays = (camera: string, from: string, to: string, zone: string) =>
  invoke<CoverageDayVm[]>('coverage_days', { camera, from, to, zone });
/** The path of the page written, of all cameras' month, `YYYY-MM`. */
export const coverageReportSave = (month: string, zone: string, language: string) =>
  invoke<string>('coverage_report_save', { month, zone, language });

export const storageList = () => invoke<VolumeVm[]>('storage_list');
export const storageAdd = (path: string) => invoke<VolumeVm>('storage_add', { path });
/** Refused while it holds footage, unless it is gone and `force` says to forget it all the same. */
export const storageRemove = (id: string, force: boolean) => invoke<null>('storage_remove', { id, force });
/** Without a volume the camera records where the default is. */
export const storageAssign = (camera: string, volume: string | null) =>
  invoke<null>('storage_assign', { camera, volume });
export const storageMakeDefault = (id: string) => invoke<null>('storage_make_default', { id });
export const storageForecast = (whatIf: WhatIfVm | null) =>
  invoke<ForecastVm>('storage_forecast', { whatIf });
export const protectionList = (camera: string | null) => invoke<ProtectedVm[]>('protection_list', { camera });
export const protectionAdd = (
  camera: string,
  start: string,
  end: string,
  reason: string,
  expires: string | null,
) => invoke<ProtectedVm>('protection_add', { camera, start, end, reason, expires });
export const protectionRemove = (id: string) => invoke<null>('protection_remove', { id });
export const retentionPlan = () => invoke<RetentionPlanVm>('retention_plan');
/** `all` deletes more than a tenth of a camera too, because a person asked for it. */
export const retentionRun = (all: boolean) => invoke<RetentionPlanVm>('retention_run', { all });

export const exportStart = (camera: string, from: string, to: string) =>
  invoke<ExportJobVm>('export_start', { camera, from, to });
export const exportCancel = (id: number) => invoke<null>('export_cancel', { id });
export const exportList = () => invoke<ExportJobVm[]>('export_list');

/** Starts the simulated cameras of this program. */
export const simulatorStart = () => invoke<null>('simulator_start');
export const settingsGet = () => invoke<SettingsVm>('settings_get');
export const settingsSet = (settings: SettingsVm) => invoke<null>('settings_set', { settings });
export const keyStatus = () => invoke<KeyStatusVm>('key_status');
export const keyRotate = () => invoke<KeyRotatedVm>('key_rotate');
export const appInfo = () => invoke<AppInfoVm>('app_info');

/** Opens a further window, on the monitor with this place in `windowMonitors` or on one that is free. */
export const windowOpen = (shows: WindowShowsVm, monitor: number | null, fullScreen: boolean) =>
  invoke<null>('window_open', { shows, monitor, fullScreen });
export const windowMonitors = () => invoke<MonitorVm[]>('window_monitors');
/** Whether this window fills its monitor then; null takes the other of both. */
export const windowFullScreen = (on: boolean | null) => invoke<boolean>('window_full_screen', { on });
/** What this further window shows, for the next start, and its name. */
export const windowShows = (shows: WindowShowsVm, title: string) =>
  invoke<null>('window_shows', { shows, title });
/** Whether this window's page was loaded anew because it had died or hung; true once. */
export const windowRestarted = () => invoke<boolean>('window_restarted');

/** How the program goes on without a window, and what the person is asked. */
export const backgroundGet = () => invoke<BackgroundVm>('background_get');
/** Takes the main window away; recording goes on. */
export const backgroundKeep = () => invoke<null>('background_keep');
/** All stays as it is. */
export const backgroundStay = () => invoke<null>('background_stay');
/** The person wants to quit: the window asks first where something would stop. */
export const backgroundLeave = () => invoke<null>('background_leave');
/** Ends the program. */
export const backgroundQuit = () => invoke<null>('background_quit');
/** Says which language the pages speak, for what is spoken outside of them. */
export const backgroundSpeak = (language: string) => invoke<null>('background_speak', { language });
/** Whether the program starts with the user's session. */
export const backgroundAtLogin = () => invoke<boolean>('background_at_login');
export const backgroundSetAtLogin = (on: boolean) => invoke<null>('background_set_at_login', { on });

/** Calls `handler` for everything that happens in the engine; the answer stops it. */
export const onEngine = (handler: (event: EventVm) => void): Promise<() => void> =>
  listen<EventVm>('engine', ({ payload }) => handler(payload));
