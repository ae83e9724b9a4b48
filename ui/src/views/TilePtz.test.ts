/**
 * Tests of the joystick's figures: what a pointer's place and held keys mean.
 */
import { describe, expect, it } from 'vitest';
import { keySpeed, pointerSpeed } from './TilePtz';

describe('joystick', () => {
  it('goes where it is pulled, up being positive, and never faster than full', () => {
    expect(pointerSpeed(0.5, -0.25)).toEqual({ pan: 0.5, tilt: 0.25, zoom: 0 });
    expect(pointerSpeed(3, 4)).toEqual({ pan: 0.6, tilt: -0.8, zoom: 0 });
    expect(pointerSpeed(0.05, 0.05)).toEqual({ pan: 0, tilt: 0, zoom: 0 });
  });
  it('adds up held keys', () => {
    expect(keySpeed(new Set(['ArrowLeft', 'ArrowUp', '+']))).toEqual({ pan: -0.6, tilt: 0.6, zoom: 0.6 });
    expect(keySpeed(new Set(['ArrowLeft', 'ArrowRight', 'x']))).toEqual({ pan: 0, tilt: 0, zoom: 0 });
  });
});
