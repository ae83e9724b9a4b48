/**
 * Owns tours on the live page: the menu that starts, makes, changes and removes them, the bar that shows how far one is,
 * and the clock that moves it on.
 */
import { Button, Group, Menu, MultiSelect, NumberInput, TextInput } from '@mantine/core';
import { Pause, Pencil, Play, Plus, Square, Trash2 } from 'lucide-react';
import { useEffect, useState } from 'react';
import { visible } from '../format';
import type { TourVm } from '../gen/TourVm';
import { useText } from '../i18n';
import { isWaiting, startTour, stopTour, TICK_MS, tickTour, touch, useTour } from '../store/tour';
import { keepTour, useViews } from '../store/views';
import { FormDialog, NAME_MAX, own } from './NameDialog';
import { dropTour } from './viewActions';

/** Times that the engine takes, in seconds. */
const DWELL = { min: 3, max: 600, usual: 10 };
/** Stands for all cameras among the views' ids. */
const ALL = 'all';
const NEW_TOUR: TourVm = { id: '', name: '', dwell_s: DWELL.usual, steps: [] };

/** What the key does: ends the tour that runs, else starts the one that ran last; where there is none, one is made. */
export function toggleTour(pages: number): void {
  const { running, last } = useTour.getState();
  const { tours } = useViews.getState();
  const tour = tours.find((one) => one.id === last) ?? tours[0];
  if (running) stopTour();
  else if (tour) startTour(tour, pages);
  else useTour.setState({ edited: NEW_TOUR });
}

/** Moves a running tour on while the live page is open, and lets it wait while somebody works. */
export function useTourClock(pages: number): void {
  const runs = useTour((state) => state.running !== null);
  useEffect(() => {
    if (!runs) return;
    const timer = setInterval(() => tickTour(TICK_MS, pages), TICK_MS);
    return () => clearInterval(timer);
  }, [runs, pages]);
  useEffect(() => {
    if (!runs) return;
    let at = '';
    // A page that changes under a resting hand tells of moves that are none.
    const moved = (event: PointerEvent) => {
      const now = `${event.screenX} ${event.screenY}`;
      if (at !== '' && at !== now && (event.target as Element).closest('.stage')) touch();
      at = now;
    };
    // Before anybody else hears of it, so that the key and the button that start a tour do not make it wait.
    const options = { capture: true, passive: true };
    const events = ['pointerdown', 'keydown', 'wheel'] as const;
    for (const event of events) window.addEventListener(event, touch, options);
    window.addEventListener('pointermove', moved, options);
    return () => {
      for (const event of events) window.removeEventListener(event, touch, options);
      window.removeEventListener('pointermove', moved, options);
    };
  }, [runs]);
}

export function TourMenu({ pages }: { pages: number }) {
  const { t } = useText();
  const tours = useViews((state) => state.tours);
  const running = useTour((state) => state.running?.tour ?? null);
  const edited = useTour((state) => state.edited);
  if (running !== null) {
    return (
      <Button
        size="xs"
        variant="light"
        leftSection={<Square size={13} aria-hidden />}
        onClick={stopTour}
        data-testid="tour-stop"
      >
        {t('views.tourStop')}
      </Button>
    );
  }
  return (
    <>
      <Menu position="bottom-start" withinPortal width={280}>
        <Menu.Target>
          <Button
            size="xs"
            variant="subtle"
            color="gray"
            leftSection={<Play size={14} aria-hidden />}
            aria-label={t('views.tours')}
            data-testid="tour-menu"
          >
            <span className="word">{t('views.tours')}</span>
          </Button>
        </Menu.Target>
        <Menu.Dropdown {...own} style={{ maxHeight: '76vh', overflowY: 'auto' }}>
          {tours.map((tour) => (
            <Group key={tour.id} gap={2} wrap="nowrap" role="none">
              <Menu.Item
                leftSection={<Play size={14} aria-hidden />}
                rightSection={
                  <span className="num tone-faint">{t('views.seconds', { count: tour.dwell_s })}</span>
                }
                onClick={() => startTour(tour, pages)}
                data-testid="tour-start"
              >
                <span className="clip" style={{ display: 'block', maxWidth: 130 }}>
                  {visible(tour.name, 64)}
                </span>
              </Menu.Item>
              <Menu.Item
                w="auto"
                aria-label={t('views.tourEdit', { name: visible(tour.name, 64) })}
                onClick={() => useTour.setState({ edited: tour })}
                data-testid="tour-edit"
              >
                <Pencil size={14} aria-hidden />
              </Menu.Item>
              <Menu.Item
                w="auto"
                aria-label={t('views.tourRemove', { name: visible(tour.name, 64) })}
                onClick={() => void dropTour(tour)}
                data-testid="tour-remove"
              >
                <Trash2 size={14} aria-hidden />
              </Menu.Item>
            </Group>
          ))}
          {tours.length > 0 && <Menu.Divider />}
          <Menu.Item
            leftSection={<Plus size={15} aria-hidden />}
            onClick={() => useTour.setState({ edited: NEW_TOUR })}
            data-testid="tour-new"
          >
            {t('views.tourNew')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {edited && <TourEditor key={edited.id} tour={edited} pages={pages} />}
    </>
  );
}

/** How far the running tour is: which stop, and a thin bar that grows second by second. */
export function TourBar() {
  const { t } = useText();
  const running = useTour((state) => state.running);
  const stops = useTour((state) => state.stops);
  const tour = useViews((state) => state.tours.find((one) => one.id === running?.tour));
  if (!running || !tour) return null;
  const waits = isWaiting(running);
  const share = Math.min(100, (running.elapsedMs / (tour.dwell_s * 1000)) * 100);
  return (
    <div className="tourbar" data-waiting={waits || undefined} data-testid="tour-bar">
      <span className="tourtext num" role="status">
        {waits && <Pause size={12} aria-hidden />}
        {t(waits ? 'views.tourWaits' : 'views.tourAt', {
          name: visible(tour.name, 64),
          at: Math.min(running.at + 1, stops),
          stops,
        })}
      </span>
      <div
        className="tourline"
        role="progressbar"
        aria-label={t('views.tourProgress')}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(share)}
      >
        <div style={{ width: `${share}%` }} />
      </div>
    </div>
  );
}

function TourEditor({ tour, pages }: { tour: TourVm; pages: number }) {
  const { t } = useText();
  const views = useViews((state) => state.views);
  const [name, setName] = useState(tour.name || t('views.tourName'));
  const [dwell, setDwell] = useState<number | string>(tour.dwell_s);
  const [steps, setSteps] = useState<string[]>(
    tour.id === '' ? [ALL] : [...new Set(tour.steps.map((step) => step ?? ALL))],
  );
  const close = () => useTour.setState({ edited: null });
  const data = [
    { value: ALL, label: t('views.allPages') },
    ...views.map((view) => ({ value: view.id, label: visible(view.name, 64) })),
  ];
  const known = steps.filter((step) => data.some((one) => one.value === step));
  const whole = typeof dwell === 'number' && dwell >= DWELL.min && dwell <= DWELL.max;
  const keep = async () => {
    const kept = await keepTour({
      id: tour.id,
      name: name.trim(),
      dwell_s: Number(dwell),
      steps: known.map((step) => (step === ALL ? null : step)),
    });
    if (tour.id === '') startTour(kept, pages);
  };
  return (
    <FormDialog
      title={t(tour.id === '' ? 'views.tourNewTitle' : 'views.tourEditTitle')}
      label={t(tour.id === '' ? 'views.tourKeepNew' : 'common.save')}
      ready={whole && known.length > 0 && name.trim() !== ''}
      work={keep}
      close={close}
      testid="tour-keep"
    >
      <TextInput
        label={t('common.name')}
        value={name}
        maxLength={NAME_MAX}
        onChange={(event) => setName(event.currentTarget.value)}
        data-autofocus
        data-testid="tour-name"
      />
      <NumberInput
        label={t('views.dwell')}
        description={t('views.dwellHint', DWELL)}
        value={dwell}
        min={DWELL.min}
        max={DWELL.max}
        allowDecimal={false}
        onChange={setDwell}
        data-testid="tour-dwell"
      />
      <MultiSelect
        label={t('views.steps')}
        description={t('views.stepsHint')}
        data={data}
        value={known}
        onChange={setSteps}
        data-testid="tour-steps"
      />
    </FormDialog>
  );
}
