/**
 * Tests of groups: which there are, who is in them, and what is shown under which heading.
 */
import { expect, it } from 'vitest';
import { byGroup, groupsOf, isIn, stillThere } from './groups';

const at = (group: string | null) => ({ group });
const cameras = [at('North / Gates'), at(null), at('Gate 10'), at('North / Yard'), at('Gate 2')];

it('knows sites and groups from the cameras alone', () => {
  expect(groupsOf(cameras, 'en')).toEqual(['Gate 2', 'Gate 10', 'North', 'North / Gates', 'North / Yard']);
  expect(groupsOf([at(null)], 'en')).toEqual([]);
});

it('finds a site in its groups', () => {
  expect(cameras.filter((camera) => isIn(camera, 'North'))).toHaveLength(2);
  expect(cameras.filter((camera) => isIn(camera, 'North / Yard'))).toHaveLength(1);
  expect(isIn(at('North yard'), 'North')).toBe(false);
  expect(cameras.filter((camera) => isIn(camera, null))).toHaveLength(5);
});

it('forgets a group that nobody is in any more', () => {
  expect(stillThere(cameras, 'North')).toBe('North');
  expect(stillThere(cameras, 'North / Yard')).toBe('North / Yard');
  expect(stillThere(cameras, 'South')).toBeNull();
  expect(stillThere(cameras, null)).toBeNull();
});

it('heads only what is there, and puts those in no group last', () => {
  const headings = byGroup(cameras, 'en').map(([heading, inIt]) => [heading, inIt.length]);
  expect(headings).toEqual([
    ['Gate 2', 1],
    ['Gate 10', 1],
    ['North / Gates', 1],
    ['North / Yard', 1],
    [null, 1],
  ]);
});
