/**
 * Owns the rail: the way to each page.
 */
import { Tooltip, UnstyledButton } from '@mantine/core';
import {
  Cctv,
  Film,
  HardDrive,
  HeartPulse,
  LayoutGrid,
  PanelLeftClose,
  PanelLeftOpen,
  Radar,
  Settings2,
  Share,
} from 'lucide-react';
import { useText } from '../i18n';
import { go, PAGES, type Page, usePage } from '../store/page';

const ICONS: Record<Page, typeof Film> = {
  live: LayoutGrid,
  recordings: Film,
  storage: HardDrive,
  exports: Share,
  discover: Radar,
  cameras: Cctv,
  health: HeartPulse,
  settings: Settings2,
};

/** The watchtower. */
function Mark() {
  return (
    <svg width="20" height="20" viewBox="0 0 20 20" fill="none" aria-hidden="true">
      <path
        d="M5 7.5h10M6.5 7.5 5 18h10L13.500 7.5M4 7.500 10 2l6 5.500"
        stroke="currentColor"
        strokeWidth="1.7"
        strokeLinejoin="round"
        strokeLinecap="round"
      />
      <circle cx="10" cy="11.800" r="1.9" fill="currentColor" />
    </svg>
  );
}

export function Rail() {
  const { t } = useText();
  const page = usePage((state) => state.page);
  const open = usePage((state) => state.railOpen);
  const Fold = open ? PanelLeftClose : PanelLeftOpen;
  const fold = t(open ? 'nav.collapse' : 'nav.expand');
  return (
    <nav className="rail" aria-label={t('nav.label')}>
      <div className="brand">
        <Mark />
        {open && <span>Atalaya</span>}
      </div>
      {PAGES.map((name) => {
        const Icon = ICONS[name];
        return (
          <Tooltip key={name} label={t(`nav.${name}`)} position="right" disabled={open}>
            <UnstyledButton
              className="railitem"
              aria-current={page === name ? 'page' : undefined}
              aria-label={t(`nav.${name}`)}
              onClick={() => go(name)}
            >
              <Icon size={18} strokeWidth={1.8} aria-hidden />
              {open && t(`nav.${name}`)}
            </UnstyledButton>
          </Tooltip>
        );
      })}
      <div className="grow" />
      <Tooltip label={fold} position="right" disabled={open}>
        <UnstyledButton
          className="railitem"
          aria-label={fold}
          aria-expanded={open}
          onClick={() => usePage.setState({ railOpen: !open })}
        >
          <Fold size={18} strokeWidth={1.8} aria-hidden />
          {open && fold}
        </UnstyledButton>
      </Tooltip>
    </nav>
  );
}
