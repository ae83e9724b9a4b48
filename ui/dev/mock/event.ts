/**
 * Stands in for Tauri's events in mode `mock`.
 */
type Handler = (event: { payload: unknown }) => void;
const handlers = new Set<Handler>();

export async function listen(_name: string, handler: Handler): Promise<() => void> {
  handlers.add(handler);
  return () => handlers.delete(handler);
}

/** Sends an event to the page. */
export function emit(payload: unknown): void {
  for (const handler of handlers) handler({ payload });
}
