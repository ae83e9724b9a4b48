/**
 * Owns reading a camera's picture settings, and moving its focus: nearer, farther, and giving it back to the camera.
 * Shows nothing where the camera offers none of that.
 */
import { Tooltip, UnstyledButton } from '@mantine/core';
import { Flower2, Focus as FocusIcon, Mountain } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import { visible } from '../format';
import type { CameraVm } from '../gen/CameraVm';
import type { ImagingVm } from '../gen/ImagingVm';
import { useText } from '../i18n';
import { deviceImaging, deviceSetImaging, focusBy, focusDrive, focusStop } from '../ipc';
import { tellError } from '../notices';
import { Hold, useMover } from '../parts/hold';

/** Half of full speed: a focus is lost faster than found. */
const SPEED = 0.5;
/** What a press moves a lens that knows distances only, as a share of the longest. */
const STEP = 0.05;

/** A camera's picture settings, read once, and how to take over newer ones; null until then and where it has none. */
export function useImaging(camera: string): [ImagingVm | null, (imaging: ImagingVm) => void] {
  const [imaging, setImaging] = useState<ImagingVm | null>(null);
  useEffect(() => {
    let here = true;
    // A camera without picture settings says so here; there is nothing to show then.
    deviceImaging(camera)
      .then((read) => here && setImaging(read))
      .catch(() => undefined);
    return () => {
      here = false;
    };
  }, [camera]);
  return [imaging, setImaging];
}

/** The buttons of a tile, which finds out by itself what the camera offers. */
export function FocusTools({ camera }: { camera: CameraVm }) {
  const [imaging, setImaging] = useImaging(camera.id);
  return imaging && <FocusButtons camera={camera} imaging={imaging} changed={setImaging} />;
}

/** The buttons, for a camera of which it is known what it offers. */
export function FocusButtons(props: {
  camera: CameraVm;
  imaging: ImagingVm;
  changed: (imaging: ImagingVm) => void;
}) {
  const { t } = useText();
  const { camera, imaging, changed } = props;
  const name = visible(camera.name, 80);
  // A camera that focuses by itself stops doing so when a hand takes over (ONVIF Imaging §5.2.4).
  const taken = () => {
    if (imaging.auto_focus) changed({ ...imaging, auto_focus: false });
  };
  const mover = useMover<number>(
    name,
    (speed) => focusDrive(camera.id, speed).then(taken),
    () => focusStop(camera.id),
  );
  const step = (distance: number) =>
    focusBy(camera.id, distance)
      .then(taken)
      .catch((failure) => tellError(failure, name));
  const way = (direction: 1 | -1, label: string, testid: string, icon: ReactNode) =>
    imaging.focus_ways.includes('continuous') ? (
      <Hold mover={mover} speed={direction * SPEED} label={label} testid={testid}>
        {icon}
      </Hold>
    ) : (
      imaging.focus_ways.includes('relative') && (
        <Tooltip label={label}>
          <UnstyledButton
            className="tool"
            data-testid={testid}
            aria-label={label}
            onClick={() => step(direction * STEP)}
          >
            {icon}
          </UnstyledButton>
        </Tooltip>
      )
    );
  return (
    <>
      {way(1, t('focus.far'), 'focus-far', <Mountain size={16} aria-hidden />)}
      {way(-1, t('focus.near'), 'focus-near', <Flower2 size={16} aria-hidden />)}
      {imaging.auto_focus !== null && (
        <Tooltip label={t('focus.auto')}>
          <UnstyledButton
            className="tool"
            data-testid="focus-auto"
            aria-label={t('focus.auto')}
            aria-pressed={imaging.auto_focus}
            onClick={() =>
              deviceSetImaging(camera.id, { auto_focus: !imaging.auto_focus })
                .then(changed)
                .catch((failure) => tellError(failure, name))
            }
          >
            <FocusIcon size={16} aria-hidden />
          </UnstyledButton>
        </Tooltip>
      )}
    </>
  );
}
