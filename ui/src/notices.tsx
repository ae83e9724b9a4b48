/**
 * Owns the notices in the corner: errors of what the user asked for, and what the engine tells unasked.
 */
import { type NotificationData, notifications } from '@mantine/notifications';
import { Check, CircleAlert, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { causeText, errorText, toUserError } from './errors';
import { visible } from './format';
import type { EventVm } from './gen/EventVm';
import { i18next } from './i18n';
import { ErrorDetails } from './parts/bits';
import { useEngine } from './store/engine';

const t = i18next.t.bind(i18next);

/** Shows a notice whose button to close it has a name. */
function show(notice: NotificationData): void {
  notifications.show({ withBorder: true, closeButtonProps: { 'aria-label': t('common.close') }, ...notice });
}

/** Tells that something failed, to which camera, and what to try. */
export function tellError(error: unknown, subject?: string): void {
  const text = errorText(t, toUserError(error), subject);
  show({
    color: 'red',
    icon: <CircleAlert size={18} />,
    title: text.what,
    message: (
      <>
        <div>{text.hint}</div>
        <ErrorDetails details={text.details} />
      </>
    ),
    autoClose: 12_000,
  });
}

/** Tells that something went well. Of those with one id only the newest stays. */
export function tellDone(title: string, message: ReactNode = null, autoClose = 5000, id?: string): void {
  if (id) notifications.hide(id);
  show({
    id,
    color: 'teal',
    icon: <Check size={18} />,
    title,
    message,
    autoClose,
  });
}

/** Tells what is to be known, in place of what was told under the same id. */
export function tellWarning(id: string, title: string, message: ReactNode, autoClose: number | false): void {
  notifications.hide(id);
  show({
    id,
    color: 'orange',
    icon: <TriangleAlert size={18} />,
    title,
    message,
    autoClose,
  });
}

/** Notices about what happens in the engine. One per camera and kind, so that a flapping camera fills no screen. */
export function tellEvent(event: EventVm): void {
  const nameOf = (id: string) =>
    visible(useEngine.getState().cameras.find((camera) => camera.id === id)?.name ?? t('common.camera'), 80);
  switch (event.event) {
    case 'camera.state_changed':
      if (event.state === 'unauthorized') {
        tellWarning(`auth-${event.camera}`, nameOf(event.camera), t('notice.unauthorized'), 15_000);
      }
      break;
    case 'gap.opened':
      if (['paused', 'idle', 'retention', 'auth'].includes(event.gap.cause)) break;
      tellWarning(
        `gap-${event.camera}`,
        nameOf(event.camera),
        t('notice.gapOpened', { cause: causeText(t, event.gap.cause) }),
        15_000,
      );
      break;
    case 'gap.closed':
      notifications.hide(`gap-${event.camera}`);
      break;
    case 'storage.low':
      tellWarning('storage-low', t('notice.storageLow'), visible(event.detail, 300), false);
      break;
    case 'storage.failed':
      tellWarning('storage-failed', t('notice.storageFailed'), visible(event.detail, 300), false);
      break;
    case 'export.progressed':
      if (event.job.state === 'done')
        tellDone(t('exports.finished', { name: visible(event.job.camera_name, 80) }));
      else if (event.job.state === 'failed' && event.job.error) {
        tellError(event.job.error, t('exports.failed', { name: visible(event.job.camera_name, 80) }));
      }
      break;
  }
}
