/**
 * Tests that the panel shows the findings of its own examination and no other's.
 */
import { expect, it } from 'vitest';
import type { FindingVm } from '../gen/FindingVm';
import { rowsOf } from '../views/Doctor';
import { emptyDoctor, reduceDoctor } from './doctor';

const finding = (step: string, changes: Partial<FindingVm> = {}): FindingVm => ({
  step,
  stream: null,
  ok: true,
  state: 'passed',
  found: 'set_up',
  params: {},
  advice_code: null,
  ...changes,
});

it('takes the findings of the newest examination only', () => {
  let state = { ...emptyDoctor, running: true, run: 3, oldUpTo: 3 };
  const take = (event: Parameters<typeof reduceDoctor>[1]) => {
    state = { ...state, ...reduceDoctor(state, event) };
  };
  take({ event: 'doctor.found', run: 3, finding: finding('gop') });
  expect(state.findings).toEqual([]);
  take({ event: 'doctor.finished', run: 3 });
  expect(state.running).toBe(true);
  take({ event: 'doctor.found', run: 4, finding: finding('route') });
  take({ event: 'doctor.found', run: 4, finding: finding('ports') });
  expect(state.findings.map((one) => one.step)).toEqual(['route', 'ports']);
  take({ event: 'doctor.finished', run: 4 });
  expect(state.running).toBe(false);
});

it('gathers findings by topic, each with the state of its worst', () => {
  const rows = rowsOf([
    finding('route'),
    finding('neighbour', { state: 'unknown' }),
    finding('clock', { state: 'unknown' }),
    finding('describe', { stream: 'main' }),
    finding('setup', { stream: 'main', state: 'failed' }),
    finding('verdict', { state: 'failed' }),
  ]);
  expect(rows.map((row) => [row.topic, row.state, row.told.length])).toEqual([
    ['network', 'passed', 1],
    ['clock', 'unknown', 1],
    ['main', 'failed', 2],
  ]);
});
