/**
 * Owns how the tools on the tiles give way when the pointer rests: they are for hands, the pictures are for eyes.
 */
import { useEffect } from 'react';

const STILL_MS = 3000;

/** Marks the element with `data-still` while the pointer has not moved over it for three seconds. */
export function useStill(element: HTMLElement | null): void {
  useEffect(() => {
    if (!element) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const moved = () => {
      clearTimeout(timer);
      delete element.dataset.still;
      timer = setTimeout(() => {
        element.dataset.still = '';
      }, STILL_MS);
    };
    moved();
    element.addEventListener('pointermove', moved, { passive: true });
    element.addEventListener('pointerdown', moved, { passive: true });
    return () => {
      clearTimeout(timer);
      element.removeEventListener('pointermove', moved);
      element.removeEventListener('pointerdown', moved);
    };
  }, [element]);
}
