/**
 * Tests of windows: what an address says, what a window says that it shows, and when it says so.
 */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { CameraVm } from '../gen/CameraVm';
import type { SettingsVm } from '../gen/SettingsVm';
import * as ipc from '../ipc';
import { restartLive } from '../live/client';
import { tellError, tellWarning } from '../notices';
import { emptyEngine, useEngine } from '../store/engine';
import { go, usePage } from '../store/page';
import { addressOf, windowOf } from '../store/window';
import { keepTold, openWindow, showsNow, tellRestarted } from './windowActions';

vi.mock('../ipc', () => ({
  windowOpen: vi.fn(async () => null),
  windowShows: vi.fn(async () => null),
  windowRestarted: vi.fn(async () => false),
}));
vi.mock('../live/client', () => ({ restartLive: vi.fn() }));
vi.mock('../notices', () => ({ tellError: vi.fn(), tellWarning: vi.fn() }));

beforeEach(() => {
  vi.clearAllMocks();
  usePage.setState({ fullScreen: null, group: null, tiles: null, screen: 0 });
  useEngine.setState(emptyEngine);
});

describe('an address', () => {
  it('says what a further window was opened to show', () => {
    expect(windowOf('?window=live-1&camera=a&group=S%C3%BCd+%2F+H%C3%B6fe&tiles=16')).toEqual({
      further: true,
      view: null,
      camera: 'a',
      group: 'Süd / Höfe',
      tiles: 16,
    });
    expect(windowOf('?window=live-2')).toEqual({
      further: true,
      view: null,
      camera: null,
      group: null,
      tiles: null,
    });
  });
  it('is read as it was written', () => {
    const before = '?window=live-1&view=v&camera=a';
    const shows = { group: 'Süd & Höfe', tiles: 16 };
    const now = addressOf(before, shows);
    expect(now).toMatch(/^\?window=live-1&.*#\/live$/);
    expect(windowOf(now.split('#')[0] ?? '')).toEqual({ further: true, view: null, camera: null, ...shows });
    expect(now).not.toContain('view');
  });
  it('says nothing of the main window', () => {
    const main = { further: false, view: null, camera: null, group: null, tiles: null };
    expect(windowOf('')).toEqual(main);
    expect(windowOf('?camera=a&view=v&tiles=4')).toEqual(main);
    expect(windowOf('?window=live-1&tiles=5').tiles).toBe(null);
  });
});

describe('a window', () => {
  it('shows what its page shows', () => {
    expect(showsNow()).toEqual({});
    usePage.setState({ group: 'Yard', tiles: 9, fullScreen: 'a' });
    expect(showsNow()).toEqual({ group: 'Yard', tiles: 9, camera: 'a' });
    go('live');
    expect(showsNow().camera, 'another page shows no camera').toBe(undefined);
  });
  it('says so when that changes, and calls itself by the name of it', async () => {
    keepTold();
    useEngine.setState({ cameras: [{ id: 'a', name: 'Gate' } as CameraVm] });
    usePage.setState({ fullScreen: 'a' });
    expect(ipc.windowShows).toHaveBeenLastCalledWith({ camera: 'a' }, 'Gate');
    const calls = vi.mocked(ipc.windowShows).mock.calls.length;
    usePage.setState({ screen: 2 });
    useEngine.setState({ metrics: {} });
    expect(ipc.windowShows).toHaveBeenCalledTimes(calls);
    useEngine.setState({ cameras: [{ id: 'a', name: 'Main gate' } as CameraVm] });
    expect(ipc.windowShows).toHaveBeenLastCalledWith({ camera: 'a' }, 'Main gate');
    usePage.setState({ fullScreen: null, group: 'Yard' });
    expect(ipc.windowShows).toHaveBeenLastCalledWith({ group: 'Yard' }, 'Yard');

    const settings: SettingsVm = {
      live_path: 'auto',
      language: 'auto',
      theme: 'dark',
      processor_limit: 90,
      close_to_tray: true,
      inhibit_sleep: true,
      notify: true,
      notify_offline_s: 30,
    };
    useEngine.setState({ settings });
    useEngine.setState({ settings: { ...settings, theme: 'light' } });
    expect(restartLive).not.toHaveBeenCalled();
    useEngine.setState({ settings: { ...settings, live_path: 'native' } });
    expect(restartLive).toHaveBeenCalledTimes(1);
  });
  it('tells a limit as a limit, and what else goes wrong as an error', async () => {
    await openWindow({ camera: 'a' }, 1, true);
    expect(ipc.windowOpen).toHaveBeenLastCalledWith({ camera: 'a' }, 1, true);
    const refuse = (code: string) =>
      vi.mocked(ipc.windowOpen).mockRejectedValueOnce({ code, message: '', params: { windows: '8' } });
    refuse('CONFLICT');
    await openWindow({});
    expect(vi.mocked(tellWarning).mock.calls[0]?.[1]).toContain('8 windows');
    expect(tellError).not.toHaveBeenCalled();
    refuse('INTERNAL');
    await openWindow({});
    expect(tellError).toHaveBeenCalledTimes(1);
  });
  it('tells that its page was loaded anew, and else nothing', async () => {
    await tellRestarted();
    expect(tellWarning).not.toHaveBeenCalled();
    vi.mocked(ipc.windowRestarted).mockResolvedValueOnce(true);
    await tellRestarted();
    expect(tellWarning).toHaveBeenCalledTimes(1);
  });
});
