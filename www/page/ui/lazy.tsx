import { signal } from '@preact/signals-core';
import type { ComponentType } from 'preact';

/** Why a part of the page could not be fetched. */
export const codeFailure = signal<unknown>(undefined);

/**
 * Returns a component whose code is fetched when it is first wanted; until then it is nothing, and
 * from then on it stays. A fetch that fails is told, and tried again when the page loads anew.
 */
export function lazy(isWanted: () => boolean, load: () => Promise<ComponentType>): ComponentType {
  const loaded = signal<ComponentType | undefined>(undefined);
  let isLoading = false;
  return () => {
    const Loaded = loaded.value;
    if (Loaded) return <Loaded />;
    if (!isLoading && isWanted()) {
      isLoading = true;
      load().then(
        (component) => {
          loaded.value = component;
        },
        (error) => {
          codeFailure.value = Object.assign(new Error(String(error)), { code: 'network' });
        },
      );
    }
    return null;
  };
}
