/**
 * Owns what pages do with windows: open further ones, fill the screen, say what this one shows, and tell that its page
 * was loaded anew.
 */
import { toUserError } from '../errors';
import { visible } from '../format';
import type { WindowShowsVm } from '../gen/WindowShowsVm';
import { i18next } from '../i18n';
import { windowFullScreen, windowOpen, windowRestarted, windowShows } from '../ipc';
import { restartLive } from '../live/client';
import { tellError, tellWarning } from '../notices';
import { useEngine } from '../store/engine';
import { usePage } from '../store/page';
import { useViews } from '../store/views';
import { addressOf } from '../store/window';

const t = i18next.t.bind(i18next);

/** What this window shows. */
export function showsNow(): WindowShowsVm {
  const { fullScreen, group, tiles } = usePage.getState();
  return {
    view: useViews.getState().open ?? undefined,
    camera: fullScreen ?? undefined,
    group: group ?? undefined,
    tiles: tiles ?? undefined,
  };
}

/** Opens a further window on a monitor by its number; without one, on the next that has none. */
export async function openWindow(
  shows: WindowShowsVm,
  monitor: number | null = null,
  fullScreen = false,
): Promise<void> {
  try {
    await windowOpen(shows, monitor, fullScreen);
  } catch (error) {
    const { code, params } = toUserError(error);
    if (code === 'CONFLICT') {
      tellWarning(
        'windows',
        t('window.limit', { count: Number(params.windows) }),
        t('window.limitHint'),
        8000,
      );
    } else tellError(error, t('window.open'));
  }
}

/** Lets this window fill its monitor or not any more; without a word, the other of both. */
export function fillScreen(on: boolean | null = null): void {
  windowFullScreen(on)
    .then((filled) => usePage.setState({ filled }))
    .catch((error) => tellError(error, t('window.fullScreen')));
}

/** From now on notices when the system makes a window small again that filled its monitor. */
export function watchSize(): void {
  let whole = false;
  window.addEventListener('resize', () => {
    const was = whole;
    whole = window.innerWidth >= screen.width && window.innerHeight >= screen.height;
    if (was && !whole) usePage.setState({ filled: false });
  });
}

/** From now on tells the program what this further window shows, for its title and for the next start. */
export function keepTold(): void {
  let told = '';
  const tell = () => {
    const shows = showsNow();
    const camera = useEngine.getState().cameras.find(({ id }) => id === shows.camera);
    const title = visible(camera?.name ?? shows.group ?? '', 80);
    const now = JSON.stringify([shows, title]);
    if (now === told) return;
    told = now;
    // Loaded anew, the page shows the same.
    history.replaceState(null, '', addressOf(location.search, shows));
    windowShows(shows, title).catch((error) => tellError(error));
  };
  usePage.subscribe(tell);
  useViews.subscribe(tell);
  useEngine.subscribe((now, before) => {
    if (now.cameras !== before.cameras) tell();
    // The path is chosen when a session begins; the window in which it was changed begins its own anew.
    if (before.settings && now.settings?.live_path !== before.settings.live_path) restartLive();
  });
}

/** Tells if the page was loaded anew because its process had died or hung. */
export async function tellRestarted(): Promise<void> {
  if (await windowRestarted()) {
    tellWarning('restarted', t('window.restarted'), t('window.restartedHint'), 30_000);
  }
}
