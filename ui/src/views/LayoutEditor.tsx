/**
 * Owns the editor of a view's layout: the size of its grid, how many cells each tile spans, by hand and by keyboard,
 * and which camera it shows. It changes a plan of its own and hands that over in the end.
 */
import { ActionIcon, Button, Group, Modal, NumberInput, Select, Stack, Text } from '@mantine/core';
import { type KeyboardEvent, type PointerEvent, useRef, useState } from 'react';
import { visible } from '../format';
import { useText } from '../i18n';
import {
  assigned,
  EVEN_TILES,
  filled,
  layoutOf,
  neighbour,
  type Plan,
  planned,
  regridded,
  resized,
  SIDE_MAX,
  UNEVEN_TILES,
} from '../live/layout';
import { LayoutGlyph } from '../parts/LayoutGlyph';
import { useEngine } from '../store/engine';
import { useCameraChoice } from './EmptyTile';
import { useShownCameras } from './LiveFilter';
import { own } from './NameDialog';

const ARROWS: Record<string, [dx: number, dy: number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
/** How high the board may be, in hundredths of the window's height. */
const BOARD_VH = 44;
const TEMPLATES = [...EVEN_TILES, ...UNEVEN_TILES].toSorted((a, b) => a - b);

export function LayoutEditor(props: {
  title: string;
  plan: Plan;
  done: (plan: Plan) => void;
  close: () => void;
}) {
  const { t } = useText();
  const [plan, setPlan] = useState(props.plan);
  // Tiles are known by their upper left cell: their indexes change with their sizes.
  const [chosen, setChosen] = useState({ x: plan.cells[0]?.x ?? 0, y: plan.cells[0]?.y ?? 0 });
  const at = Math.max(
    0,
    plan.cells.findIndex((cell) => cell.x === chosen.x && cell.y === chosen.y),
  );
  const cell = plan.cells[at];
  const ids = useShownCameras().map((camera) => camera.id);
  const choice = useCameraChoice(plan, cell?.camera ?? null);
  const size = (width: number, height: number) => setPlan(resized(plan, at, width, height));
  const shown = plan.cells.flatMap((one) => (one.camera ? [one.camera] : []));
  const number = (label: string, value: number, max: number, change: (value: number) => void, id: string) => (
    <NumberInput
      size="xs"
      w={88}
      label={label}
      value={value}
      min={1}
      max={max}
      clampBehavior="strict"
      allowDecimal={false}
      onChange={(next) => typeof next === 'number' && next >= 1 && next <= max && change(next)}
      data-testid={id}
    />
  );
  return (
    <Modal
      opened
      onClose={props.close}
      title={props.title}
      size={760}
      closeButtonProps={{ 'aria-label': t('common.close') }}
      {...own}
    >
      <Stack gap="sm" data-testid="layout-editor">
        <Group gap={6} role="group" aria-label={t('views.templates')}>
          {TEMPLATES.map((tiles) => (
            <ActionIcon
              key={tiles}
              variant="default"
              size={34}
              title={t('live.layoutOf', { count: tiles })}
              aria-label={t('live.layoutOf', { count: tiles })}
              onClick={() => setPlan(planned(layoutOf(tiles), shown))}
              data-testid={`template-${tiles}`}
            >
              <LayoutGlyph layout={layoutOf(tiles)} size={20} />
            </ActionIcon>
          ))}
        </Group>
        <Board
          plan={plan}
          at={at}
          choose={(i) => setChosen({ x: plan.cells[i]?.x ?? 0, y: plan.cells[i]?.y ?? 0 })}
          change={setPlan}
        />
        <Text size="xs" c="dimmed">
          {t('views.editHint')}
        </Text>
        <Group align="flex-end" gap="sm">
          {number(
            t('views.columns'),
            plan.columns,
            SIDE_MAX,
            (n) => setPlan(regridded(plan, n, plan.rows)),
            'grid-columns',
          )}
          {number(
            t('views.rows'),
            plan.rows,
            SIDE_MAX,
            (n) => setPlan(regridded(plan, plan.columns, n)),
            'grid-rows',
          )}
          {cell && (
            <>
              {number(
                t('views.tileWidth'),
                cell.width,
                plan.columns - cell.x,
                (n) => size(n, cell.height),
                'tile-width',
              )}
              {number(
                t('views.tileHeight'),
                cell.height,
                plan.rows - cell.y,
                (n) => size(cell.width, n),
                'tile-height',
              )}
              <Select
                size="xs"
                style={{ flex: 1 }}
                label={t('views.tileCamera')}
                data={choice}
                value={cell.camera}
                onChange={(camera) => setPlan(assigned(plan, at, camera))}
                placeholder={t('views.choose')}
                nothingFoundMessage={t('views.nothingFound')}
                searchable
                clearable
                data-testid="tile-camera"
              />
            </>
          )}
        </Group>
        <Group justify="space-between">
          <Button variant="default" onClick={() => setPlan(filled(plan, ids))} data-testid="layout-fill">
            {t('views.fill')}
          </Button>
          <Group>
            <Button variant="default" onClick={props.close}>
              {t('common.cancel')}
            </Button>
            <Button onClick={() => props.done(plan)} data-testid="layout-done">
              {t('common.save')}
            </Button>
          </Group>
        </Group>
      </Stack>
    </Modal>
  );
}

/** The grid with its tiles. */
function Board(props: {
  plan: Plan;
  at: number;
  choose: (at: number) => void;
  change: (plan: Plan) => void;
}) {
  const { t } = useText();
  const { plan, at } = props;
  const ratio = (16 * plan.columns) / (9 * plan.rows);
  const board = useRef<HTMLDivElement>(null);
  const before = useRef({ plan, at });
  const cameras = useEngine((state) => state.cameras);
  const nameOf = (id: string | null) =>
    visible(cameras.find((camera) => camera.id === id)?.name ?? t('live.empty'), 80);
  const focus = (i: number) => {
    props.choose(i);
    board.current?.querySelector<HTMLElement>(`[data-at="${i}"]`)?.focus();
  };
  const keys = (event: KeyboardEvent, i: number) => {
    const [dx, dy] = ARROWS[event.key] ?? [0, 0];
    const cell = plan.cells[i];
    if (!cell || (dx === 0 && dy === 0)) return;
    event.preventDefault();
    if (event.shiftKey) {
      props.change(resized(plan, i, cell.width + dx, cell.height + dy));
      return;
    }
    const next = neighbour(plan.cells, i, dx, dy);
    if (next >= 0) focus(next);
  };
  /** The corner follows the hand from cell to cell; a hand that goes back gives back what it took. */
  const pull = (event: PointerEvent<HTMLElement>) => {
    const cell = plan.cells[at];
    const box = board.current?.getBoundingClientRect();
    if (!cell || !box || !event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const width = Math.ceil(((event.clientX - box.left) / box.width) * plan.columns) - cell.x;
    const height = Math.ceil(((event.clientY - box.top) / box.height) * plan.rows) - cell.y;
    if (width === cell.width && height === cell.height) return;
    props.change(resized(before.current.plan, before.current.at, width, height));
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset keeps no proportions.
    <div
      className="layoutboard"
      ref={board}
      role="group"
      aria-label={t('views.board')}
      style={{ aspectRatio: ratio, width: `min(100%, ${BOARD_VH * ratio}vh)` }}
    >
      {plan.cells.map((cell, i) => (
        // biome-ignore lint/a11y/useSemanticElements: its corner is a thing of its own, which a button cannot hold.
        <div
          key={`${cell.x}-${cell.y}`}
          className="layouttile"
          role="button"
          tabIndex={i === at ? 0 : -1}
          data-at={i}
          data-chosen={i === at || undefined}
          data-camera={cell.camera ?? undefined}
          aria-pressed={i === at}
          aria-label={t('views.tile', {
            name: nameOf(cell.camera),
            width: cell.width,
            height: cell.height,
          })}
          style={{
            left: `${(100 * cell.x) / plan.columns}%`,
            top: `${(100 * cell.y) / plan.rows}%`,
            width: `${(100 * cell.width) / plan.columns}%`,
            height: `${(100 * cell.height) / plan.rows}%`,
          }}
          onFocus={() => props.choose(i)}
          onPointerDown={() => props.choose(i)}
          onKeyDown={(event) => keys(event, i)}
        >
          <span className="clip">{nameOf(cell.camera)}</span>
          {i === at && (
            <span
              className="corner"
              aria-hidden
              data-testid="layout-corner"
              onPointerDown={(event) => {
                before.current = { plan, at };
                event.currentTarget.setPointerCapture(event.pointerId);
              }}
              onPointerMove={pull}
            />
          )}
        </div>
      ))}
    </div>
  );
}
