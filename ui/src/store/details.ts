/**
 * Owns which camera's details are open on the cameras page.
 */
import { create } from 'zustand';

export const useDetails = create<{ id: string | null }>(() => ({ id: null }));

/** Opens the details of a camera; null closes them. */
export const openCamera = (id: string | null) => useDetails.setState({ id });
