/**
 * Tests of moving: what is said to the camera, and when, whatever the hand does.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Mover, RENEW_MS } from './mover';

const right = { pan: 1, tilt: 0, zoom: 0 };
const left = { pan: -1, tilt: 0, zoom: 0 };

describe('mover', () => {
  let said: string[] = [];
  let answerMs = 0;
  let refuses = false;
  const answer = (what: string) => async () => {
    said.push(what);
    await new Promise((resolve) => setTimeout(resolve, answerMs));
    if (refuses) throw new Error('no');
  };
  const failed = vi.fn();
  const mover = () => new Mover((speed) => answer(`${speed.pan}`)(), answer('stop'), failed);

  beforeEach(() => {
    vi.useFakeTimers();
    said = [];
    answerMs = 0;
    refuses = false;
    failed.mockClear();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('says a held speed again, and stops when it is let go', async () => {
    const one = mover();
    one.set(right);
    await vi.advanceTimersByTimeAsync(RENEW_MS * 2 + 10);
    expect(said).toEqual(['1', '1', '1']);
    one.release();
    await vi.advanceTimersByTimeAsync(5000);
    expect(said).toEqual(['1', '1', '1', 'stop']);
  });

  it('says only the newest to a slow camera, one call at a time', async () => {
    const one = mover();
    answerMs = 1000;
    one.set(right);
    one.set({ ...right, pan: 0.5 });
    one.set(left);
    await vi.advanceTimersByTimeAsync(900);
    expect(said).toEqual(['1']);
    await vi.advanceTimersByTimeAsync(200);
    expect(said).toEqual(['1', '-1']);
    one.release();
    await vi.advanceTimersByTimeAsync(5000);
    expect(said).toEqual(['1', '-1', 'stop']);
  });

  it('stops after a touch that was let go before the camera answered', async () => {
    const one = mover();
    answerMs = 300;
    one.set(right);
    one.release();
    await vi.advanceTimersByTimeAsync(5000);
    expect(said).toEqual(['1', 'stop']);
  });

  it('sends a stop after a failure, says so, and does not go on', async () => {
    const one = mover();
    refuses = true;
    one.set(right);
    await vi.advanceTimersByTimeAsync(5000);
    expect(said).toEqual(['1', 'stop']);
    expect(failed).toHaveBeenCalledTimes(2);
    one.release();
    await vi.advanceTimersByTimeAsync(5000);
    expect(said).toEqual(['1', 'stop']);
  });

  it('moves a single axis as well', async () => {
    const one = new Mover<number>((speed) => answer(`${speed}`)(), answer('stop'), failed);
    one.set(-0.5);
    await vi.advanceTimersByTimeAsync(10);
    one.set(0);
    await vi.advanceTimersByTimeAsync(5000);
    expect(said).toEqual(['-0.5', 'stop']);
  });
});
