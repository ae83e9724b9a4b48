/**
 * Owns work that a person started and waits for: whether it still goes on, and what it failed with.
 */
import { useState } from 'react';
import { toUserError } from '../errors';
import type { UserError } from '../gen/UserError';

/** Runs work, which never rejects; a failure goes to `failed` or, where nobody else takes it, stays as `error`. */
export function useWork(failed?: (failure: unknown) => void) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<UserError | null>(null);
  const run = async (work: () => Promise<unknown>): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      await work();
    } catch (failure) {
      if (failed) failed(failure);
      else setError(toUserError(failure));
    } finally {
      setBusy(false);
    }
  };
  return { busy, error, run };
}
