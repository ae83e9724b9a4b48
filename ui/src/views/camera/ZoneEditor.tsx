/**
 * Owns drawing zones onto a picture: corners by pointer and by arrow keys, names and kinds. Knows no camera.
 */
import { Button, Group, Select, Stack, TextInput } from '@mantine/core';
import { Eye, EyeOff, Plus, Trash2 } from 'lucide-react';
import { type KeyboardEvent, type PointerEvent, useRef, useState } from 'react';
import type { ZoneVm } from '../../gen/ZoneVm';
import { useText } from '../../i18n';
import { CORNERS_MAX, type Corner, moved, newZone, withCorner, withoutCorner, ZONES_MAX } from './zones';

/** How far an arrow key moves a corner, as a share of the picture; with Shift ten times as far. */
const STEP = 0.005;
const ARROWS: Record<string, Corner> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export function ZoneEditor(props: {
  zones: ZoneVm[];
  picture: string | null;
  alt: string;
  onChange: (zones: ZoneVm[]) => void;
}) {
  const { t } = useText();
  const { zones, onChange } = props;
  const [chosen, setChosen] = useState(0);
  const change = (at: number, changes: Partial<ZoneVm>) =>
    onChange(zones.map((zone, i) => (i === at ? { ...zone, ...changes } : zone)));
  const add = (kind: string) => {
    setChosen(zones.length);
    onChange([...zones, newZone(kind, t('motion.newZone', { n: zones.length + 1 }))]);
  };
  return (
    <Stack gap="sm">
      <div className="zones" data-testid="zones">
        {props.picture && <img src={props.picture} alt={props.alt} />}
        <svg viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden>
          {zones.map((zone, i) => (
            <polygon
              // biome-ignore lint/suspicious/noArrayIndexKey: zones have no other identity.
              key={i}
              className={`zone ${zone.kind} ${i === chosen ? 'chosen' : ''}`}
              points={zone.points.map((point) => point.join(',')).join(' ')}
            />
          ))}
        </svg>
        {zones[chosen] && <Corners zone={zones[chosen]} onChange={(points) => change(chosen, { points })} />}
      </div>
      {zones.map((zone, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: zones have no other identity.
        <Group key={i} gap={6} wrap="nowrap">
          <TextInput
            style={{ flex: 1 }}
            aria-label={t('motion.zoneName')}
            value={zone.name}
            maxLength={64}
            onFocus={() => setChosen(i)}
            onChange={(event) => change(i, { name: event.currentTarget.value })}
          />
          <Select
            w={120}
            aria-label={t('motion.zoneKind')}
            allowDeselect={false}
            value={zone.kind}
            onFocus={() => setChosen(i)}
            onChange={(kind) => change(i, { kind: kind ?? 'watch' })}
            data={['watch', 'ignore'].map((kind) => ({ value: kind, label: t(`motion.${kind}`) }))}
          />
          <Button
            variant={i === chosen ? 'filled' : 'default'}
            px={10}
            aria-pressed={i === chosen}
            aria-label={t('motion.editZone', { name: zone.name })}
            onClick={() => setChosen(i)}
          >
            {zone.kind === 'ignore' ? <EyeOff size={15} aria-hidden /> : <Eye size={15} aria-hidden />}
          </Button>
          <Button
            variant="default"
            px={10}
            aria-label={t('motion.removeZone', { name: zone.name })}
            onClick={() => onChange(zones.toSpliced(i, 1))}
          >
            <Trash2 size={15} aria-hidden />
          </Button>
        </Group>
      ))}
      <Group gap="xs">
        {zones[chosen] && (
          <Button
            variant="default"
            leftSection={<Plus size={15} aria-hidden />}
            disabled={zones[chosen].points.length >= CORNERS_MAX}
            onClick={() => change(chosen, { points: withCorner(zones[chosen]?.points ?? []) })}
          >
            {t('motion.addCorner')}
          </Button>
        )}
        {['watch', 'ignore'].map((kind) => (
          <Button
            key={kind}
            variant="default"
            leftSection={<Plus size={15} aria-hidden />}
            disabled={zones.length >= ZONES_MAX}
            onClick={() => add(kind)}
            data-testid={`zone-add-${kind}`}
          >
            {t(kind === 'watch' ? 'motion.addWatch' : 'motion.addIgnore')}
          </Button>
        ))}
      </Group>
    </Stack>
  );
}

/** The corners of one zone, each a button on the picture: dragged, moved by arrow keys, removed by Delete. */
function Corners({ zone, onChange }: { zone: ZoneVm; onChange: (points: Corner[]) => void }) {
  const { t } = useText();
  const dragged = useRef<number | null>(null);
  const drag = (event: PointerEvent<HTMLButtonElement>) => {
    const frame = event.currentTarget.parentElement?.getBoundingClientRect();
    if (dragged.current === null || !frame) return;
    const at: Corner = [
      (event.clientX - frame.left) / frame.width,
      (event.clientY - frame.top) / frame.height,
    ];
    onChange(moved(zone.points, dragged.current, at));
  };
  const press = (event: KeyboardEvent, i: number, [x, y]: Corner) => {
    const arrow = ARROWS[event.key];
    if (arrow) {
      const step = STEP * (event.shiftKey ? 10 : 1);
      onChange(moved(zone.points, i, [x + arrow[0] * step, y + arrow[1] * step]));
    } else if (event.key === 'Delete' || event.key === 'Backspace') {
      onChange(withoutCorner(zone.points, i));
    } else return;
    event.preventDefault();
  };
  const percent = (share: number) => Math.round(share * 100);
  return zone.points.map((point, i) => (
    <button
      // biome-ignore lint/suspicious/noArrayIndexKey: corners have no other identity.
      key={i}
      type="button"
      className="corner"
      style={{ left: `${point[0] * 100}%`, top: `${point[1] * 100}%` }}
      aria-label={t('motion.corner', {
        n: i + 1,
        name: zone.name,
        x: percent(point[0]),
        y: percent(point[1]),
      })}
      onPointerDown={(event) => {
        dragged.current = i;
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={drag}
      onPointerUp={() => {
        dragged.current = null;
      }}
      onKeyDown={(event) => press(event, i, point)}
    />
  ));
}
