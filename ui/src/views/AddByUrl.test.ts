/**
 * Tests of what the dialog accepts as a stream's address.
 */
import { expect, it, vi } from 'vitest';
import { urlProblem } from './AddByUrl';

vi.mock('../ipc', () => ({}));

it('wants rtsp or http and no login inside', () => {
  expect(urlProblem('rtsp://192.0.2.1/live')).toBeNull();
  expect(urlProblem('RTSPS://camera.local:322/x?a=b@c')).toBeNull();
  expect(urlProblem('')).toBe('cameras.urlMissing');
  expect(urlProblem('', true)).toBeNull();
  expect(urlProblem('http://192.0.2.1/mjpeg')).toBeNull();
  expect(urlProblem('HTTPS://camera.local/x.jpg')).toBeNull();
  expect(urlProblem('http://ana:secret@192.0.2.1/')).toBe('cameras.urlLogin');
  expect(urlProblem('ftp://192.0.2.1/')).toBe('cameras.urlMissing');
  expect(urlProblem('rtsp://')).toBe('cameras.urlMissing');
  expect(urlProblem('rtsp://ana:secret@192.0.2.1/live')).toBe('cameras.urlLogin');
});
