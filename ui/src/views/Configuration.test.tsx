/**
 * Tests of taking a configuration over: what it brings is shown at once, and what it fails with is said.
 */
import { MantineProvider } from '@mantine/core';
import { act } from 'react';
import { createRoot } from 'react-dom/client';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { CredentialSetVm } from '../gen/CredentialSetVm';
import * as ipc from '../ipc';
import { useSets } from '../store/credentialSets';
import { Configuration } from './Configuration';

vi.mock('../ipc', () => ({
  cameraImport: vi.fn(),
  cameraList: vi.fn(async () => []),
  credentialSetList: vi.fn(),
}));

const set: CredentialSetVm = { id: 's', name: 'Gates', user: 'ana', cameras: 1 };
const page = document.createElement('div');
let root: ReturnType<typeof createRoot>;

/** Chooses a file, as a person does in the dialog. */
async function choose(text: string): Promise<void> {
  const input = page.querySelector<HTMLInputElement>('input[type=file]');
  Object.defineProperty(input, 'files', { value: [new File([text], 'cameras.json')] });
  await act(async () => {
    input?.dispatchEvent(new Event('change', { bubbles: true }));
  });
}

beforeEach(async () => {
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
  document.body.append(page);
  root = createRoot(page);
  await act(async () =>
    root.render(
      <MantineProvider>
        <Configuration />
      </MantineProvider>,
    ),
  );
});
afterEach(() => act(async () => root.unmount()));

it('shows the credential sets that came with a file', async () => {
  vi.mocked(ipc.credentialSetList).mockResolvedValue([set]);
  vi.mocked(ipc.cameraImport).mockResolvedValue({
    changed: true,
    cameras: [],
    credential_sets: [],
    views: 0,
  });
  await choose('{}');
  await vi.waitFor(() => expect(useSets.getState().sets).toEqual([set]));
});

it('says why a file is not taken, and can be asked again', async () => {
  vi.mocked(ipc.cameraImport).mockRejectedValue({
    code: 'INVALID_INPUT',
    message: 'no such version',
    params: {},
  });
  await choose('{}');
  await vi.waitFor(() =>
    expect(page.querySelector('[role=alert]')?.textContent).toContain('no such version'),
  );
  expect(page.querySelector('[data-testid=configuration-import]')?.hasAttribute('data-loading')).toBe(false);
});
