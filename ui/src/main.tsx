/**
 * Owns the start of the pages: styles, language, the engine's events, and the first render.
 */
import '@mantine/core/styles.css';
import '@mantine/dates/styles.css';
import '@mantine/notifications/styles.css';
import './app.css';
import './hook';
// Gathers the program's own figures from the start; the health page is read later.
import './store/health';
import 'dayjs/locale/es';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App';
import { setLanguage } from './i18n';
import { tellEvent } from './notices';
import { readAhead } from './pages';
import { connectEngine, onEvent } from './store/engine';
import { further } from './store/window';
import { keepTold, tellRestarted, watchSize } from './views/windowActions';

/** From the start until pages are read that nobody has asked for yet: the grid comes first. */
const READ_AHEAD_MS = 1500;

setLanguage('auto');
// What happens unasked is told once, in the main window.
if (further) keepTold();
else onEvent(tellEvent);
watchSize();
void connectEngine().then(tellRestarted);
if (!further) setTimeout(() => void readAhead(), READ_AHEAD_MS);

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
