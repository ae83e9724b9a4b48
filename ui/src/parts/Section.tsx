/**
 * Owns how a part of a page stands under its heading.
 */
import { Title } from '@mantine/core';
import type { ReactNode } from 'react';

export function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <Title order={2} mb={10}>
        {title}
      </Title>
      {children}
    </section>
  );
}
