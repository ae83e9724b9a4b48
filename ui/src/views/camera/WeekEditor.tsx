/**
 * Owns painting a weekly schedule: by dragging over half hours, by keys, and by copying a day.
 */
import { ActionIcon, Menu, SegmentedControl, Stack } from '@mantine/core';
import { CopyPlus } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { weekdayName } from '../../format';
import { useText } from '../../i18n';
import {
  copyDay,
  DAYS,
  LETTERS,
  type Letter,
  paint,
  readWeek,
  SLOTS,
  type Slot,
  slotTime,
  step,
  writeWeek,
} from '../../schedule';

const WORDS: Record<Letter, string> = { '-': 'nothing', C: 'everything', M: 'motion' };
const WORKDAYS = [0, 1, 2, 3, 4];
const ALL_DAYS = [...WORKDAYS, 5, 6];

export function WeekEditor(props: { value: string | null; onChange: (text: string) => void }) {
  const { t, lang } = useText();
  const week = readWeek(props.value);
  const [letter, setLetter] = useState<Letter>('C');
  const [at, setAt] = useState<Slot>({ day: 0, slot: 0 });
  const [from, setFrom] = useState<Slot | null>(null);
  const grid = useRef<HTMLTableElement>(null);
  const shown = from ? paint(week, from, at, letter) : week;
  const change = (next: typeof week) => props.onChange(writeWeek(next));
  // A drag may end outside of the grid.
  useEffect(() => {
    if (!from) return;
    const done = () => {
      props.onChange(writeWeek(paint(readWeek(props.value), from, at, letter)));
      setFrom(null);
    };
    addEventListener('pointerup', done);
    return () => removeEventListener('pointerup', done);
  });
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key === ' ' || event.key === 'Enter') change(paint(week, at, at, letter));
    else {
      const next = step(at, event.key);
      if (!next) return;
      if (event.shiftKey) change(paint(week, at, next, letter));
      setAt(next);
      grid.current?.querySelector<HTMLElement>(`[data-slot="${next.day}-${next.slot}"]`)?.focus();
    }
    event.preventDefault();
  };
  return (
    <Stack gap={8} data-testid="week-editor">
      <SegmentedControl
        aria-label={t('modes.brush')}
        value={letter}
        onChange={(value) => setLetter(value as Letter)}
        data={LETTERS.map((value) => ({
          value,
          label: (
            <span className="weekbrush">
              <span className="weekslot" data-letter={value} aria-hidden />
              {t(`modes.slot.${WORDS[value]}`)}
            </span>
          ),
        }))}
      />
      <table className="week" ref={grid} aria-label={t('modes.week')}>
        <thead>
          <tr aria-hidden>
            <td />
            {Array.from({ length: SLOTS / 4 }, (_, n) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the hours of a day never move
              <td key={n} colSpan={4} className="num">
                {slotTime(n * 4)}
              </td>
            ))}
            <td />
          </tr>
        </thead>
        <tbody onKeyDown={onKeyDown}>
          {shown.map((slots, day) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the days of a week never move
            <tr key={day}>
              <th scope="row" abbr={weekdayName(day, lang, 'long')}>
                {weekdayName(day, lang, 'short')}
              </th>
              {slots.map((one, slot) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: the half hours of a day never move
                <td key={slot}>
                  <button
                    type="button"
                    className="weekslot"
                    data-letter={one}
                    data-slot={`${day}-${slot}`}
                    tabIndex={at.day === day && at.slot === slot ? 0 : -1}
                    aria-label={t('modes.slotName', {
                      day: weekdayName(day, lang, 'long'),
                      from: slotTime(slot),
                      to: slotTime(slot + 1),
                      what: t(`modes.slot.${WORDS[one]}`),
                    })}
                    title={`${slotTime(slot)}–${slotTime(slot + 1)}`}
                    onPointerDown={(event) => {
                      if (event.button !== 0) return;
                      event.currentTarget.releasePointerCapture(event.pointerId);
                      setAt({ day, slot });
                      setFrom({ day, slot });
                    }}
                    onPointerEnter={() => from && setAt({ day, slot })}
                  />
                </td>
              ))}
              <td>
                <CopyMenu
                  day={weekdayName(day, lang, 'long')}
                  onCopy={(to) => change(copyDay(week, day, to))}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="storagehint">{t('modes.weekHint')}</p>
    </Stack>
  );
}

function CopyMenu({ day, onCopy }: { day: string; onCopy: (to: number[]) => void }) {
  const { t } = useText();
  return (
    <Menu>
      <Menu.Target>
        <ActionIcon variant="subtle" size="sm" aria-label={t('modes.copyDay', { day })}>
          <CopyPlus size={14} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => onCopy(WORKDAYS)}>{t('modes.toWorkdays')}</Menu.Item>
        <Menu.Item onClick={() => onCopy(ALL_DAYS)}>{t('modes.toAll', { count: DAYS })}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
