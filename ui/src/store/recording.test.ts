/**
 * Tests of what is said about a camera's recording.
 */
import { expect, it } from 'vitest';
import type { MetricsVm } from '../gen/MetricsVm';
import { demandOf, handOf, timeLeft } from './recording';

const metrics = { 'a/main': { record_demand: 'motion', record_now: { left_s: 5 } } as MetricsVm };

it('says what the engine says, and what its silence means', () => {
  const camera = (record_mode: string, id = 'b', enabled = true) => ({ id, enabled, record_mode });
  expect(demandOf(metrics, camera('motion', 'a'))).toBe('motion');
  expect(demandOf(metrics, camera('schedule'))).toBe('nothing');
  expect(demandOf(metrics, camera('continuous'))).toBe('now');
  expect(demandOf(metrics, camera('off'))).toBe('off');
  expect(demandOf(metrics, camera('schedule', 'b', false))).toBe('off');
  expect(handOf(metrics, 'a')).toEqual({ left_s: 5 });
  expect(handOf(metrics, 'b')).toBeNull();
  expect([0, 65, 3600].map(timeLeft)).toEqual(['0:00', '1:05', '60:00']);
});
