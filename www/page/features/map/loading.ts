// Fetches the map: its view, its styles and its data, when it is first wanted.
import type { ItemMap } from 'osusume';
import { client } from '../../queries/open.js';
import { type Resource, resource } from '../../queries/resource.js';
import { loadFields } from '../../queries/shows.js';
import { parts } from '../../state/store.js';

interface Loaded {
  map: ItemMap;
  MapView: typeof import('./MapView.js').MapView;
}
let loaded: Loaded | undefined;

/** The map, while the address asks for it. */
export const mapView: Resource<Loaded> = resource(
  () => (parts.map.value ? '' : undefined),
  async () => {
    loaded ??= await load();
    return loaded;
  },
);

/** Returns whether the map is to open and is still on its way. */
export const isMapComing = () =>
  parts.map.value && mapView.result.value.status === 'loading' && !mapView.result.value.value;

async function load(): Promise<Loaded> {
  const items = loadFields().then(async () => (await client).map());
  const [map, { MapView }] = await Promise.all([items, import('./MapView.js'), loadStyles()]);
  return { map, MapView };
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
