// Opens the map of the catalogue: its view, its styles and its data are fetched when it is first
// wanted.

import { computed, effect, untracked } from '@preact/signals-core';
import type { ItemMap } from 'osusume';
import { t } from '../../i18n/index.js';
import { release } from '../../queries/answers.js';
import { client } from '../../queries/open.js';
import { loadFields } from '../../queries/shows.js';
import { hashOf, questionOf } from '../../state/address.js';
import { mapLoading } from '../../state/map.js';
import { close, parts, state } from '../../state/store.js';
import { Icon } from '../../ui/Icon.js';
import { useDialog } from '../../ui/useDialog.js';

type View = typeof import('./MapView.js');
let loaded: { map: ItemMap; MapView: View['MapView'] } | undefined;

/** Fetches the map, unless it is here or on its way. */
async function load() {
  const { status } = { status: undefined, ...mapLoading.peek() };
  if (status === 'ready' || status === 'loading') return;
  mapLoading.value = { status: 'loading' };
  try {
    const items = loadFields().then(async () => (await client).map());
    const [map, { MapView }] = await Promise.all([items, import('./MapView.js'), loadStyles()]);
    loaded = { map, MapView };
    mapLoading.value = { status: 'ready' };
  } catch (error) {
    mapLoading.value = { error };
  }
}

function loadStyles(): Promise<unknown> {
  if (document.querySelector('link[data-map]')) return Promise.resolve();
  const link = document.createElement('link');
  link.dataset.map = '';
  link.rel = 'stylesheet';
  link.href = new URL('./map.css', import.meta.url).href;
  return new Promise((resolve) => {
    link.addEventListener('load', resolve);
    link.addEventListener('error', resolve); // without colours it still works
    document.head.append(link);
  });
}

effect(() => {
  if (parts.map.value) untracked(load);
});

export function MapDialog() {
  const { status } = { status: undefined, ...mapLoading.value };
  const isOpen = parts.map.value && status === 'ready';
  const dialog = useDialog(isOpen, () => close('map'));
  return (
    <dialog id="map" class="map" aria-labelledby="map-title" ref={dialog}>
      {loaded && status === 'ready' && (
        <loaded.MapView map={loaded.map} isOpen={isOpen} onClose={() => dialog.current?.close()} />
      )}
    </dialog>
  );
}

const mapLink = computed(() => hashOf({ ...questionOf(state.value), map: true }));

export const OpenMap = () => (
  <a
    id="open-map"
    class="button"
    href={mapLink}
    hidden={!release.result.value.value?.info.map}
    onClick={load} // again, if the address asks for the map already
  >
    <Icon name="map" />
    {t('map')}
  </a>
);
