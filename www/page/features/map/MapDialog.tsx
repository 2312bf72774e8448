// The map of the catalogue, and the link that opens it.
import { computed } from '@preact/signals-core';
import { t } from '../../i18n/index.js';
import { release } from '../../queries/answers.js';
import { hashOf, questionOf } from '../../state/address.js';
import { close, parts, state } from '../../state/store.js';
import { Icon } from '../../ui/Icon.js';
import { useDialog } from '../../ui/useDialog.js';
import { mapView } from './loading.js';

export function MapDialog() {
  const { value } = mapView.result.value;
  const isOpen = parts.map.value && value !== undefined;
  const dialog = useDialog(isOpen, () => close('map'));
  return (
    <dialog id="map" class="map" aria-labelledby="map-title" ref={dialog}>
      {value && (
        <value.MapView map={value.map} isOpen={isOpen} onClose={() => dialog.current?.close()} />
      )}
    </dialog>
  );
}

const mapLink = computed(() => hashOf({ ...questionOf(state.value), map: true }));

/** Tries again if the address asks for the map already. */
const onOpen = () => {
  if (mapView.result.peek().status === 'error') mapView.retry();
};

export const OpenMap = () => (
  <a
    id="open-map"
    class="button"
    href={mapLink}
    hidden={!release.result.value.value?.info.map}
    onClick={onOpen}
  >
    <Icon name="map" />
    {t('map')}
  </a>
);
