/**
 * Owns which groups there are: the paths that cameras carry, `site` or `site / group`, and who is in one. Pure.
 */
import type { CameraVm } from '../gen/CameraVm';

const SEPARATOR = ' / ';

type Grouped = Pick<CameraVm, 'group'>;

/** Every site and every group that a camera is in, sites before their groups. */
export function groupsOf(cameras: Grouped[], lang: string): string[] {
  const paths = new Set<string>();
  for (const { group } of cameras) {
    if (group == null) continue;
    paths.add(group.split(SEPARATOR)[0] ?? group);
    paths.add(group);
  }
  return [...paths].sort(new Intl.Collator(lang, { numeric: true }).compare);
}

/** Whether a camera is in a group or, for a site, in one of its groups. All are in none. */
export function isIn(camera: Grouped, group: string | null): boolean {
  return group === null || camera.group === group || camera.group?.startsWith(group + SEPARATOR) === true;
}

/** The group chosen, as long as any camera is in it. */
export function stillThere(cameras: Grouped[], group: string | null): string | null {
  return group !== null && cameras.some((camera) => isIn(camera, group)) ? group : null;
}

/** The cameras under the headings of their groups; those in none come last, without one. */
export function byGroup<T extends Grouped>(cameras: T[], lang: string): [string | null, T[]][] {
  const headings: (string | null)[] = groupsOf(cameras, lang).filter((path) =>
    cameras.some((camera) => camera.group === path),
  );
  if (cameras.some((camera) => camera.group == null)) headings.push(null);
  return headings.map((heading) => [heading, cameras.filter((camera) => camera.group === heading)]);
}
