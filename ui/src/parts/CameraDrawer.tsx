/**
 * Owns the drawer about one camera: its title, and what stays in it while it slides away.
 */
import { Drawer } from '@mantine/core';
import { type ReactNode, useEffect, useState } from 'react';
import { visible } from '../format';
import type { CameraVm } from '../gen/CameraVm';
import { useText } from '../i18n';
import { SimulatedBadge } from './bits';

export function CameraDrawer({
  camera,
  onClose,
  size,
  title = (name) => name,
  children,
}: {
  /** The camera; null closes it. */
  camera: CameraVm | null;
  onClose: () => void;
  /** Width in pixels. */
  size: number;
  /** The title for a camera of this name; else the name alone. */
  title?: (name: string) => string;
  children: (camera: CameraVm) => ReactNode;
}) {
  const { t } = useText();
  // What was open last stays readable while the drawer slides away.
  const [last, setLast] = useState(camera);
  useEffect(() => {
    if (camera) setLast(camera);
  }, [camera]);
  const shown = camera ?? last;
  return (
    <Drawer
      closeButtonProps={{ 'aria-label': t('common.close') }}
      opened={camera !== null}
      onClose={onClose}
      position="right"
      size={size}
      title={
        shown && (
          <span style={{ display: 'flex', alignItems: 'center', gap: 8, fontWeight: 600 }}>
            {title(visible(shown.name, 60))}
            {shown.simulated && <SimulatedBadge />}
          </span>
        )
      }
    >
      {shown && children(shown)}
    </Drawer>
  );
}
