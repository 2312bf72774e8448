import { signal } from '@preact/signals-core';

/** Whether the map is loaded, is on its way, or why it could not be. */
export const mapLoading = signal<{ status: 'idle' | 'loading' | 'ready' } | { error: unknown }>({
  status: 'idle',
});
