/**
 * Pretends the engine's storage in mode `mock`: directories, a forecast that follows the rules tried out, protected
 * ranges, a plan of deletions, and covered days. The same answers for the same questions.
 */
import type { CameraVm } from '../../src/gen/CameraVm';
import type { CoverageDayVm } from '../../src/gen/CoverageDayVm';
import type { ForecastVm } from '../../src/gen/ForecastVm';
import type { ProtectedVm } from '../../src/gen/ProtectedVm';
import type { RetentionPlanVm } from '../../src/gen/RetentionPlanVm';
import type { VolumeVm } from '../../src/gen/VolumeVm';
import type { WhatIfVm } from '../../src/gen/WhatIfVm';
import { dayOf, shiftDate } from '../../src/recordings';

type Args = Record<string, unknown>;

const DAY_MS = 86_400_000;
const iso = (time: number) => new Date(time).toISOString();
const fail = (code: string, message: string) => {
  throw { code, message, params: {} };
};

let volumes: VolumeVm[] = [
  {
    id: 'volume-1',
    path: '/home/ana/.local/share/atalaya/recordings',
    state: 'ok',
    detail: null,
    used_bytes: 1_284_000_000_000,
    free_bytes: 712_000_000_000,
    total_bytes: 2_100_000_000_000,
    is_default: true,
    cameras: [],
  },
  {
    id: 'volume-2',
    path: '/mnt/footage',
    state: 'full',
    detail: null,
    used_bytes: 3_960_000_000_000,
    free_bytes: 1_900_000_000,
    total_bytes: 4_000_000_000_000,
    is_default: false,
    cameras: [],
  },
  {
    id: 'volume-3',
    path: '/media/ana/backup',
    state: 'missing',
    detail: 'the directory is not there',
    used_bytes: 240_000_000_000,
    free_bytes: null,
    total_bytes: null,
    is_default: false,
    cameras: [],
  },
];
let ranges: ProtectedVm[] = [];
let plan: RetentionPlanVm = { cameras: [], held_back: false };
let started = false;

/** What is there from the beginning, once there are cameras. */
function begin(cameras: CameraVm[]): void {
  const [first, second] = cameras;
  if (started || !first) return;
  started = true;
  const start = Date.parse('2026-11-18T07:30:00Z');
  ranges = [
    {
      id: 'protected-1',
      camera: first.id,
      start: iso(start),
      end: iso(start + 2_700_000),
      reason: 'Van against the gate',
      expires: iso(start + 90 * DAY_MS),
      created: iso(start + DAY_MS),
      bytes: 1_350_000_000,
    },
  ];
  const due = second ?? first;
  plan = {
    cameras: [
      { camera: due.id, segments: 8640, bytes: 262_000_000_000, share: 0.31, until: iso(start - 8 * DAY_MS) },
    ],
    held_back: true,
  };
}

function forecast(cameras: CameraVm[], whatIf: WhatIfVm | null): ForecastVm {
  const now = Date.now();
  return {
    cameras: cameras.map((camera, i) => {
      const asked = <T extends { camera: string }>(all: T[] | undefined) =>
        all?.find((one) => one.camera === camera.id);
      const days = whatIf ? asked(whatIf.retention) : undefined;
      const quota = whatIf ? asked(whatIf.quotas) : undefined;
      const keepDays = days ? days.days : (camera.retention_days ?? null);
      const most = quota ? quota.quota_bytes : (camera.quota_bytes ?? null);
      const perDay = 43_000_000_000 + i * 1_700_000_000;
      const age = 9 + (i % 5);
      const byAge = keepDays ?? Number.POSITIVE_INFINITY;
      const byQuota = most === null ? Number.POSITIVE_INFINITY : most / perDay;
      const keeps = Math.min(byAge, byQuota, 60);
      const oldest = now - age * DAY_MS;
      return {
        camera: camera.id,
        used_bytes: perDay * age,
        protected_bytes: i === 0 ? 1_350_000_000 : 0,
        bytes_per_day: perDay,
        oldest: iso(oldest),
        keeps_days: keeps,
        first_deletion: iso(Math.max(now, oldest + keeps * DAY_MS)),
        goes: iso(oldest),
        rule: keeps === byAge ? 'age' : keeps === byQuota ? 'quota' : 'reserve',
      };
    }),
    reserve_bytes: 50_000_000_000,
    free_bytes: 712_000_000_000,
    full_at: cameras.length > 0 ? iso(now + 12 * DAY_MS) : null,
  };
}

/** A made-up account of a day: most are whole, some miss a little, two a lot. */
function covered(day: string): CoverageDayVm {
  const { start, end } = dayOf(day);
  const length_s = (end - start) / 1000;
  const number = Number(day.slice(8));
  const past = Math.max(0, Math.min(end, Date.now()) - start) / 1000;
  const missing_s = Math.min(past, number % 11 === 0 ? 9300 : number % 4 === 0 ? 240 + number : 0);
  const wanted = number === 2 ? 0 : past;
  return {
    day,
    start: iso(start),
    length_s,
    expected_s: wanted,
    recorded_s: Math.max(0, wanted - missing_s),
    missing_s: wanted === 0 ? 0 : missing_s,
    causes: missing_s > 0 && wanted > 0 ? [{ cause: 'offline', seconds: missing_s }] : [],
  };
}

/** The commands of the storage page, over the cameras that there are. */
export function storageCommands(cameras: () => CameraVm[]): Record<string, (args: Args) => unknown> {
  const all = () => {
    begin(cameras());
    return cameras();
  };
  return {
    storage_list: () => volumes,
    storage_add: ({ path }) => {
      if (volumes.some((one) => one.path === path)) fail('CONFLICT', 'this directory is one already');
      const made: VolumeVm = {
        id: `volume-${volumes.length + 1}`,
        path: `${path}`,
        state: 'ok',
        detail: null,
        used_bytes: 0,
        free_bytes: 900_000_000_000,
        total_bytes: 1_000_000_000_000,
        is_default: false,
        cameras: [],
      };
      volumes = [...volumes, made];
      return made;
    },
    storage_remove: ({ id, force }) => {
      const one = volumes.find((volume) => volume.id === id);
      if (one && one.used_bytes > 0 && !force) fail('CONFLICT', 'the directory holds footage');
      volumes = volumes.filter((volume) => volume.id !== id);
      return null;
    },
    storage_assign: ({ camera, volume }) => {
      volumes = volumes.map((one) => ({
        ...one,
        cameras: [...one.cameras.filter((id) => id !== camera), ...(one.id === volume ? [`${camera}`] : [])],
      }));
      return null;
    },
    storage_make_default: ({ id }) => {
      volumes = volumes.map((one) => ({ ...one, is_default: one.id === id }));
      return null;
    },
    storage_forecast: ({ whatIf }) => forecast(all(), whatIf as WhatIfVm | null),
    protection_list: () => {
      all();
      return ranges;
    },
    protection_add: ({ camera, start, end, reason, expires }) => {
      const made: ProtectedVm = {
        id: `protected-${ranges.length + 1}-${start}`,
        camera: `${camera}`,
        start: `${start}`,
        end: `${end}`,
        reason: `${reason}`,
        expires: expires as string | null,
        created: iso(Date.now()),
        bytes: Math.round(((Date.parse(`${end}`) - Date.parse(`${start}`)) / 1000) * 500_000),
      };
      ranges = [...ranges, made];
      return made;
    },
    protection_remove: ({ id }) => {
      ranges = ranges.filter((one) => one.id !== id);
      return null;
    },
    retention_plan: () => {
      all();
      return plan;
    },
    retention_run: () => {
      const done = plan;
      plan = { cameras: [], held_back: false };
      return done;
    },
    coverage_days: ({ from, to }) => {
      const days: CoverageDayVm[] = [];
      for (let day = `${from}`; day <= `${to}`; day = shiftDate(day, 1)) days.push(covered(day));
      return days;
    },
    coverage_report_save: ({ month }) =>
      `/home/ana/Videos/Atalaya/Atalaya_${month}_2026-11-21_100500.123Z.html`,
  };
}
