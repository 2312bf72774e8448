// Opens the map of the catalogue: its view, its styles and its data are fetched when it is first
// wanted.

import { computed, effect, signal } from '@preact/signals-core';
import type { ItemMap } from 'osusume';
import { t } from '../../i18n/index.js';
import { release } from '../../queries/answers.js';
import { client } from '../../queries/open.js';
import { loadFields } from '../../queries/shows.js';
import { hashOf, questionOf } from '../../state/address.js';
import { mapFailure } from '../../state/map.js';
import { close, parts, state } from '../../state/store.js';
import { Icon } from '../../ui/Icon.js';
import { useDialog } from '../../ui/useDialog.js';

type View = typeof import('./MapView.js');
const loaded = signal<{ map: ItemMap; MapView: View['MapView'] } | undefined>(undefined);

async function load() {
  const items = loadFields().then(async () => (await client).map());
  const [map, { MapView }] = await Promise.all([items, import('./MapView.js'), loadStyles()]);
  loaded.value = { map, MapView };
}

function loadStyles(): Promise<unknown> {
  const link = document.createElement('link');
  link.rel = 'stylesheet';
  link.href = new URL('./map.css', import.meta.url).href;
  return new Promise((resolve) => {
    link.addEventListener('load', resolve);
    link.addEventListener('error', resolve); // without colours it still works
    document.head.append(link);
  });
}

effect(() => {
  mapFailure.value = undefined;
  if (!parts.map.value || loaded.peek()) return;
  load().catch((error) => {
    if (state.peek().map) mapFailure.value = error; // the next opening tries again
  });
});

export function MapDialog() {
  const isOpen = parts.map.value && loaded.value !== undefined;
  const dialog = useDialog(isOpen, () => close('map'));
  const { map, MapView } = loaded.value ?? {};
  return (
    <dialog id="map" class="map" aria-labelledby="map-title" ref={dialog}>
      {map && MapView && (
        <MapView map={map} isOpen={isOpen} onClose={() => dialog.current?.close()} />
      )}
    </dialog>
  );
}

const mapLink = computed(() => hashOf({ ...questionOf(state.value), map: true }));

export const OpenMap = () => (
  <a id="open-map" class="button" href={mapLink} hidden={!release.result.value.value?.info.map}>
    <Icon name="map" />
    {t('map')}
  </a>
);
