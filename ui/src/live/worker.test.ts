/**
 * Tests of what the live worker and the server say to each other about what is decoded, with a pretended socket.
 */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { LiveReply } from '../gen/LiveReply';
import type { LiveRequest } from '../gen/LiveRequest';
import type { FromWorker, ToWorker } from './messages';

class FakeSocket {
  static readonly OPEN = 1;
  static last: FakeSocket;
  readyState = FakeSocket.OPEN;
  said: LiveRequest[] = [];
  onopen = () => undefined;
  onmessage: (event: { data: unknown }) => void = () => undefined;
  constructor() {
    FakeSocket.last = this;
  }
  send(text: string) {
    this.said.push(JSON.parse(text) as LiveRequest);
  }
  close() {}
  reply(reply: LiveReply) {
    this.onmessage({ data: JSON.stringify(reply) });
  }
  /** What was said of these types, and forgets all. */
  take(...types: LiveRequest['type'][]) {
    return this.said.splice(0).filter(({ type }) => types.includes(type));
  }
}

const posted: FromWorker[] = [];
const tell = (message: ToWorker) => (self.onmessage as (event: unknown) => void)({ data: message });
const tile = (camera: string) => ({
  camera,
  role: 'sub' as const,
  x: 0,
  y: 0,
  width: 320,
  height: 180,
  facts: { stale: false, pictureWidth: 0, pictureHeight: 0 },
});
const showGrid = () => tell({ type: 'grid', width: 320, height: 180, tiles: [tile('gate'), tile('yard')] });
const connect = () => {
  tell({ type: 'endpoint', url: 'ws://127.0.0.1:1/live', token: 'token' });
  FakeSocket.last.onopen();
  return FakeSocket.last;
};
const governed = () => posted.filter((message) => message.type === 'governed');

beforeEach(async () => {
  vi.useFakeTimers();
  vi.resetModules();
  posted.length = 0;
  vi.stubGlobal('WebSocket', FakeSocket);
  vi.stubGlobal('postMessage', (message: FromWorker) => posted.push(message));
  await import('./worker');
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('tells the focused tile with each grid', () => {
  const socket = connect();
  tell({ type: 'focus', camera: 'yard' });
  expect(socket.take('focus')).toEqual([{ type: 'focus', tile: null }]);
  showGrid();
  expect(socket.take('grid', 'focus').map(({ type }) => type)).toEqual(['grid', 'focus']);
  tell({ type: 'focus', camera: 'gate' });
  tell({ type: 'focus', camera: 'gone' });
  expect(socket.take('focus')).toEqual([
    { type: 'focus', tile: 0 },
    { type: 'focus', tile: null },
  ]);
});

it('tells that the window is hidden, also to a server that it connects to then', () => {
  showGrid();
  const socket = connect();
  tell({ type: 'hidden', hidden: false });
  expect(socket.take('hidden')).toEqual([]);
  tell({ type: 'hidden', hidden: true });
  expect(socket.take('hidden')).toEqual([{ type: 'hidden', hidden: true }]);
  const next = connect();
  expect(next.take('hello', 'hidden', 'grid').map(({ type }) => type)).toEqual(['hello', 'hidden', 'grid']);
  tell({ type: 'hidden', hidden: false });
  expect(next.take('hidden')).toEqual([{ type: 'hidden', hidden: false }]);
});

it('passes on what is not decoded in full, of the grid that is shown', () => {
  showGrid();
  const socket = connect();
  const ruling = { mode: 'key_frames', reason: 'processor_busy', value: 0.97 };
  const tiles = [
    { tile: 1, ...ruling },
    { tile: 7, ...ruling },
  ];
  posted.length = 0;
  socket.reply({ type: 'governor', grid: 4, tiles });
  expect(governed()).toEqual([]);
  socket.reply({ type: 'governor', grid: 1, tiles });
  expect(governed()).toEqual([{ type: 'governed', tiles: [{ camera: 'yard', ...ruling }] }]);
  connect();
  expect(governed().at(-1)).toEqual({ type: 'governed', tiles: [] });
});
