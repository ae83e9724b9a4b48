/**
 * Owns the measuring hook: `window.__atalaya`, for the tests that drive a real window and for the latency bench.
 * It only reads what is on the screen already, and gives no way to the engine.
 */
import { readTile, useLive } from './live/client';
import type { LiveStats, TilePixels } from './live/messages';

declare global {
  interface Window {
    __atalaya: {
      /** Luma of the picture in a tile of the current grid; null before its first picture. */
      readTile(tile: number): Promise<TilePixels | null>;
      /** The live worker's newest figures. */
      stats(): LiveStats | null;
    };
  }
}

window.__atalaya = { readTile, stats: () => useLive.getState().stats };
