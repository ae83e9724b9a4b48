/**
 * Owns the bar over the live grid: which view, which layout, which page, which cameras, and what stands on the tiles.
 */
import { ActionIcon, Button, Menu, SegmentedControl, Tooltip } from '@mantine/core';
import { Activity, ChevronLeft, ChevronRight, Keyboard, LayoutPanelTop } from 'lucide-react';
import { useText } from '../i18n';
import { useLive } from '../live/client';
import { EVEN_TILES, layoutOf, type Tiles, UNEVEN_TILES } from '../live/layout';
import { LayoutGlyph } from '../parts/LayoutGlyph';
import { nextFigures, usePage } from '../store/page';
import { further } from '../store/window';
import type { Arrangement } from './arrangement';
import { LiveFilter } from './LiveFilter';
import { TourBar, TourMenu } from './Tours';
import { ViewMenu } from './ViewMenu';
import { WindowMenu } from './WindowMenu';

export function LiveBar(props: {
  arrangement: Arrangement;
  layout: (tiles: Tiles) => void;
  turn: (by: number) => void;
}) {
  const { t } = useText();
  const { view, tiles, page, pages, allPages } = props.arrangement;
  return (
    <div className="livebar">
      <ViewMenu arrangement={props.arrangement} />
      <SegmentedControl
        size="xs"
        aria-label={t('live.layout')}
        value={view ? '' : `${tiles}`}
        onChange={(value) => props.layout(Number(value) as Tiles)}
        data={EVEN_TILES.map((count) => ({ value: `${count}`, label: `${count}` }))}
      />
      <UnevenMenu chosen={view ? null : tiles} layout={props.layout} />
      {pages > 1 && (
        <>
          <ActionIcon
            variant="subtle"
            color="gray"
            disabled={page === 0}
            onClick={() => props.turn(-1)}
            aria-label={t('live.previous')}
          >
            <ChevronLeft size={18} />
          </ActionIcon>
          <span className="num">{t('live.page', { page: page + 1, pages })}</span>
          <ActionIcon
            variant="subtle"
            color="gray"
            disabled={page >= pages - 1}
            onClick={() => props.turn(1)}
            aria-label={t('live.next')}
          >
            <ChevronRight size={18} />
          </ActionIcon>
        </>
      )}
      {!view && <LiveFilter />}
      <TourMenu pages={allPages} />
      <span style={{ flex: 1 }} />
      <WindowMenu />
      {!further && <BarEnd />}
      <TourBar />
    </div>
  );
}

/** What only the main window has room for; the keys do the same in the others. */
function BarEnd() {
  const { t } = useText();
  const figures = usePage((state) => state.figures);
  return (
    <>
      <PathNote />
      <Button
        size="xs"
        variant={figures === 'all' ? 'light' : 'subtle'}
        color={figures === 'all' ? undefined : 'gray'}
        leftSection={<Activity size={15} aria-hidden />}
        onClick={nextFigures}
      >
        {t(`live.figures.${figures}`)}
      </Button>
      <Button
        size="xs"
        variant="subtle"
        color="gray"
        leftSection={<Keyboard size={15} aria-hidden />}
        aria-label={t('live.keys')}
        onClick={() => usePage.setState({ keysShown: true })}
      >
        <span className="word">{t('live.keys')}</span>
      </Button>
    </>
  );
}

/** Layouts with large tiles and small ones. */
function UnevenMenu(props: { chosen: Tiles | null; layout: (tiles: Tiles) => void }) {
  const { t } = useText();
  const uneven = UNEVEN_TILES.find((tiles) => tiles === props.chosen);
  return (
    <Menu position="bottom-start" withinPortal>
      <Menu.Target>
        <ActionIcon
          variant={uneven ? 'light' : 'subtle'}
          color={uneven ? undefined : 'gray'}
          title={t('views.uneven')}
          aria-label={t('views.uneven')}
          data-testid="layout-uneven"
        >
          {uneven ? <LayoutGlyph layout={layoutOf(uneven)} /> : <LayoutPanelTop size={17} aria-hidden />}
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {UNEVEN_TILES.map((tiles) => (
          <Menu.Item
            key={tiles}
            leftSection={<LayoutGlyph layout={layoutOf(tiles)} size={22} />}
            onClick={() => props.layout(tiles)}
            data-testid={`layout-${tiles}`}
          >
            {t(`views.layout.${tiles}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

/** Which way the pictures go, and why. */
export function usePathText(): { path: string; reason: string } {
  const { t } = useText();
  const path = useLive((state) => state.stats?.path ?? null);
  const reason = useLive((state) => state.stats?.reason ?? null);
  return {
    path: t(`live.path.${path === 'webview' || path === 'native' ? path : 'none'}`),
    reason: reason ? t(`live.reason.${reason}`, { defaultValue: reason }) : '',
  };
}

function PathNote() {
  const { path, reason } = usePathText();
  return (
    <Tooltip label={reason} disabled={reason === ''}>
      <span style={{ color: 'var(--faint)', fontSize: 12 }} className="clip">
        {path}
      </span>
    </Tooltip>
  );
}
