/**
 * Owns the pictures that a person lets stand still: whose they are, since when, and which part of one is shown. Knows
 * no socket, no decoder and no tile.
 */
import type { View } from './view';

/** A picture that stands still. */
export interface Frozen {
  image: OffscreenCanvas;
  /** The part of the camera's picture that it holds. */
  of: View;
  /** Since when, in milliseconds since 1970. */
  sinceMs: number;
}

/** By camera; outlives a change of the grid, so that a picture can be looked at in full screen. */
export class FrozenPictures {
  private readonly pictures = new Map<string, Frozen>();

  get(camera: string): Frozen | undefined {
    return this.pictures.get(camera);
  }

  /** Lets a camera's picture stand still, where there is one and none stands still yet. */
  add(camera: string, picture: Omit<Frozen, 'sinceMs'> | null, nowMs: number): void {
    if (picture && !this.pictures.has(camera)) this.pictures.set(camera, { ...picture, sinceMs: nowMs });
  }

  /** Lets it go on; whether it stood still. */
  remove(camera: string): boolean {
    return this.pictures.delete(camera);
  }

  clear(): void {
    this.pictures.clear();
  }

  /** Since when each stands still. */
  since(): Record<string, number> {
    return Object.fromEntries([...this.pictures].map(([camera, { sinceMs }]) => [camera, sinceMs]));
  }
}

/** A view of the whole picture as one of the part `of`; it may reach beyond it. */
export function viewIn(of: View, view: View): View {
  return { x: (view.x - of.x) / of.size, y: (view.y - of.y) / of.size, size: view.size / of.size };
}
