/**
 * Owns the credential sets that the page knows. Never holds a password.
 */
import { create } from 'zustand';
import type { CredentialSetVm } from '../gen/CredentialSetVm';
import { credentialSetList } from '../ipc';

export const useSets = create<{ sets: CredentialSetVm[] }>(() => ({ sets: [] }));

/** Reads the sets again. */
export async function loadSets(): Promise<void> {
  useSets.setState({ sets: await credentialSetList() });
}
