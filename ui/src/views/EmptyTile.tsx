/**
 * Owns the tiles of a view that show no picture: one without a camera, where one can be chosen, and one whose camera
 * is switched off.
 */
import { Select } from '@mantine/core';
import { PowerOff, VideoOff } from 'lucide-react';
import { visible } from '../format';
import type { CameraVm } from '../gen/CameraVm';
import type { SavedViewVm } from '../gen/SavedViewVm';
import { useText } from '../i18n';
import { assigned } from '../live/layout';
import { useEngine } from '../store/engine';
import type { Place } from './tileDrag';
import { changeView } from './viewActions';

/** Below this size a tile has no room for a field. */
const ROOM_PX = { width: 170, height: 60 };

/** The cameras that a view can take in, to choose from. */
export function useCameraChoice(plan: { cells: { camera: string | null }[] } | null, own: string | null) {
  const cameras = useEngine((state) => state.cameras);
  const taken = new Set(plan?.cells.map((cell) => cell.camera));
  return cameras
    .filter((camera) => camera.id === own || !taken.has(camera.id))
    .map((camera) => ({ value: camera.id, label: visible(camera.name, 80) }));
}

export function EmptyTile(props: { view: SavedViewVm | null; at: number; place: Place }) {
  const { view, at, place } = props;
  const roomy = view !== null && place.width >= ROOM_PX.width && place.height >= ROOM_PX.height;
  return (
    <div className="emptytile" style={place} data-testid="empty-tile">
      {roomy && <Choose view={view} at={at} />}
    </div>
  );
}

function Choose({ view, at }: { view: SavedViewVm; at: number }) {
  const { t } = useText();
  const data = useCameraChoice(view, null);
  if (data.length === 0) return <VideoOff size={18} aria-hidden />;
  const choose = (camera: string | null) => {
    const name = data.find((one) => one.value === camera)?.label ?? '';
    if (camera) void changeView(view, assigned(view, at, camera), t('views.moved', { name }));
  };
  return (
    <Select
      size="xs"
      w={150}
      searchable
      value={null}
      data={data}
      onChange={choose}
      placeholder={t('views.choose')}
      aria-label={t('views.chooseFor', { tile: at + 1 })}
      nothingFoundMessage={t('views.nothingFound')}
      data-testid="empty-choose"
    />
  );
}

/** A camera of the view that somebody has switched off. It can be moved like any other. */
export function OffTile({ camera, place }: { camera: CameraVm; place: Place }) {
  const { t } = useText();
  const name = visible(camera.name, 80);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a tile like the others, which hold buttons of their own.
    <div
      className="tile off"
      style={place}
      role="group"
      aria-label={t('live.tile', { name, state: t('views.off') })}
      data-camera={camera.id}
      data-state="off"
    >
      <div className="tilehead">
        <span className="chip name" data-grip title={name}>
          <PowerOff size={13} aria-hidden />
          <span className="clip">{name}</span>
        </span>
      </div>
      <div className="tilemiddle">
        <span className="small">{t('views.off')}</span>
      </div>
    </div>
  );
}
