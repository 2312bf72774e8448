import { signal } from '@preact/signals-core';

/** Why the map could not be opened; another address takes it away. */
export const mapFailure = signal<unknown>(undefined);
