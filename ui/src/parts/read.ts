/**
 * Owns reading from the engine what a part of a page shows, and reading it again when an event has changed it.
 */
import { useEffect, useState } from 'react';
import { toUserError } from '../errors';
import type { EventVm } from '../gen/EventVm';
import type { UserError } from '../gen/UserError';
import { onEvent } from '../store/engine';

/** Whether a gap of the camera has begun or ended. */
export function isGapOf(event: EventVm, camera: string): boolean {
  return (event.event === 'gap.opened' || event.event === 'gap.closed') && event.camera === camera;
}

/**
 * What `read` answers, read anew for another `key` and whenever `again` says so of an event. The answer before stays
 * until then.
 */
export function useRead<T>(key: string, read: () => Promise<T>, again: (event: EventVm) => boolean) {
  const [answer, setAnswer] = useState<{ value: T | null; error: UserError | null }>({
    value: null,
    error: null,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for what is read.
  useEffect(() => {
    // Of readings that overtake each other the newest counts.
    let newest = 0;
    const load = () => {
      newest += 1;
      const mine = newest;
      read().then(
        (value) => mine === newest && setAnswer({ value, error: null }),
        (error) => mine === newest && setAnswer((before) => ({ ...before, error: toUserError(error) })),
      );
    };
    load();
    const stop = onEvent((event) => again(event) && load());
    return () => {
      newest = 0;
      stop();
    };
  }, [key]);
  return answer;
}
