/**
 * Owns how a section of the storage page looks, and what its sections have in common.
 */
import { Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { visible } from '../../format';
import { useText } from '../../i18n';
import { useEngine } from '../../store/engine';

/** Reads the page's facts again. */
export type Reload = () => Promise<void>;

export function Part(props: { title: string; hint?: string; testid: string; children: ReactNode }) {
  return (
    <section className="card storagepart" data-testid={props.testid}>
      <Title order={2}>{props.title}</Title>
      {props.hint && <p className="storagehint">{props.hint}</p>}
      {props.children}
    </section>
  );
}

/** The names of cameras, safe to read. */
export function useNameOf(): (camera: string) => string {
  const { t } = useText();
  const cameras = useEngine((state) => state.cameras);
  return (id) => visible(cameras.find((one) => one.id === id)?.name ?? t('common.camera'), 60);
}
