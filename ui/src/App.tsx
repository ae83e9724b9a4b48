/**
 * Owns the frame: providers, the rail on the left, the status bar below, and which page fills the rest.
 */
import { MantineProvider, UnstyledButton } from '@mantine/core';
import { DatesProvider } from '@mantine/dates';
import { Notifications } from '@mantine/notifications';
import { Cctv } from 'lucide-react';
import { useEffect } from 'react';
import { setLanguage, useText } from './i18n';
import { backgroundSpeak } from './ipc';
import { useView } from './pages';
import { Empty, ErrorNote } from './parts/bits';
import { Rail } from './parts/Rail';
import { StatusBar } from './parts/StatusBar';
import { connectEngine, useEngine } from './store/engine';
import { type Page, usePage } from './store/page';
import { further } from './store/window';
import { theme } from './theme';
import { Doctor } from './views/Doctor';
import { Quit } from './views/Quit';
import { Welcome } from './views/Welcome';

/** The scheme for a setting; the system's own for `auto`. */
function useScheme(): 'dark' | 'light' | 'auto' {
  const theme = useEngine((state) => state.settings?.theme);
  return theme === 'light' || theme === 'auto' ? theme : 'dark';
}

export function App() {
  const { lang } = useText();
  const language = useEngine((state) => state.settings?.language ?? 'auto');
  useEffect(() => setLanguage(language), [language]);
  useEffect(() => {
    if (!further) backgroundSpeak(lang).catch(() => undefined);
  }, [lang]);
  const scheme = useScheme();
  return (
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      forceColorScheme={scheme === 'auto' ? undefined : scheme}
      colorSchemeManager={NO_MEMORY}
    >
      <DatesProvider settings={{ locale: lang, firstDayOfWeek: 1 }}>
        <Notifications position="bottom-right" limit={4} containerWidth={380} style={{ marginBottom: 30 }} />
        <Frame />
      </DatesProvider>
    </MantineProvider>
  );
}

/** The engine remembers the scheme, not the browser's storage. */
const NO_MEMORY = {
  get: (value: 'dark' | 'light' | 'auto') => value,
  set: () => undefined,
  subscribe: () => undefined,
  unsubscribe: () => undefined,
  clear: () => undefined,
};

function Frame() {
  const { t } = useText();
  const page = usePage((state) => state.page);
  const narrow = usePage((state) => !state.railOpen);
  const full = usePage(
    (state) => further || (state.page === 'live' && (state.filled || state.fullScreen !== null)),
  );
  return (
    <div className="frame" data-narrow={narrow || undefined} data-full={full || undefined}>
      <a className="skip" href="#content">
        {t('nav.skip')}
      </a>
      <Rail />
      <main className="content" id="content" tabIndex={-1}>
        <Content page={page} />
      </main>
      <StatusBar />
      <Doctor />
      {!further && <Quit />}
    </div>
  );
}

function Content({ page }: { page: Page }) {
  const { t } = useText();
  const loaded = useEngine((state) => state.loaded);
  const loadError = useEngine((state) => state.loadError);
  const noCameras = useEngine((state) => state.cameras.length === 0);
  // Cameras come one by one while the simulated ones are added: the first screen stays until all are there.
  const simulating = usePage((state) => state.simulating);
  const View = useView(page);
  if (!loaded) return null;
  if (loadError) {
    return (
      <div className="page">
        <ErrorNote error={loadError} subject={t('notice.engineGone')}>
          <UnstyledButton onClick={() => void connectEngine()} td="underline">
            {t('common.retry')}
          </UnstyledButton>
        </ErrorNote>
      </div>
    );
  }
  if (further && noCameras) {
    const icon = <Cctv size={36} strokeWidth={1.4} aria-hidden />;
    return <Empty icon={icon} title={t('window.noCameras')} text={t('window.noCamerasHint')} />;
  }
  if (page === 'live' && (noCameras || simulating)) return <Welcome />;
  return View && <View />;
}
