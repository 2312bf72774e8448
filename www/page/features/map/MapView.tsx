// The map of the whole catalogue: a canvas, and beside it the same as a list, for those who come by
// keyboard or hear the page.
import type { ItemMap } from 'osusume';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { t } from '../../i18n/index.js';
import { formatFacts } from '../../ui/format.js';
import { Icon } from '../../ui/Icon.js';
import type { IconName } from '../../ui/icons.js';
import { titleOf } from '../../ui/ShowTitle.js';
import { readLook } from './look.js';
import { MapSide } from './MapSide.js';
import { createMapModel, type MapModel } from './model.js';

/** Pixels between an item and its tip, and between the tip and the edge. */
const [BELOW, EDGE] = [14, 8];
const ZOOM_STEP = 1.6;

interface Props {
  map: ItemMap;
  isOpen: boolean;
  onClose: () => void;
}

export function MapView({ map, isOpen, onClose }: Props) {
  const [model] = useState(() => createMapModel(map));
  return (
    <div class="map-inside">
      <div class="map-head">
        <h2 id="map-title">{t('mapTitle')}</h2>
        <p class="note">{t('mapText')}</p>
        <Act name="close" text={t('close')} icon="close" onPress={onClose} />
      </div>
      <MapStage model={model} isOpen={isOpen} />
      <MapSide model={model} />
    </div>
  );
}

function MapStage({ model, isOpen }: { model: MapModel; isOpen: boolean }) {
  const canvas = useStage(model, isOpen);
  const stage = model.stage;
  const zoom = (factor: number) => stage()?.zoom(factor, undefined, undefined, true);
  return (
    <div class="map-stage" data-over={model.hovered.value >= 0}>
      <canvas
        ref={canvas}
        tabIndex={0}
        role="application"
        aria-label={t('mapHow', { count: model.map.ids.length })}
      />
      <Tip model={model} />
      <div class="map-zoom">
        <Act name="zoom-in" text={t('zoomIn')} icon="plus" onPress={() => zoom(ZOOM_STEP)} />
        <Act name="zoom-out" text={t('zoomOut')} icon="minus" onPress={() => zoom(1 / ZOOM_STEP)} />
        <Act name="zoom-all" text={t('zoomAll')} icon="whole" onPress={() => stage()?.showAll()} />
      </div>
    </div>
  );
}

/** Draws into the canvas: its size by the layout, its colours by the visitor's preferences. */
function useStage(model: MapModel, isOpen: boolean) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const { current } = canvas;
    if (!current) return;
    const detach = model.attach(current, () => readLook(current, model.map.names.length));
    const stage = model.stage();
    const observer = new ResizeObserver(() => stage?.resize());
    observer.observe(current);
    const refresh = () => stage?.refreshLook();
    const queries = ['(prefers-color-scheme: dark)', '(forced-colors: active)'].map((query) =>
      matchMedia(query),
    );
    for (const query of queries) query.addEventListener('change', refresh);
    return () => {
      detach();
      observer.disconnect();
      for (const query of queries) query.removeEventListener('change', refresh);
    };
  }, []);
  useEffect(() => {
    if (!isOpen) return;
    model.stage()?.refreshLook(); // the colours may have been switched meanwhile
    canvas.current?.focus({ preventScroll: true });
  }, [isOpen]);
  return canvas;
}

/** Names the item under the pointer. */
function Tip({ model }: { model: MapModel }) {
  const tip = useRef<HTMLParagraphElement>(null);
  const row = model.hovered.value;
  const show = model.hoveredShow.result.value;
  const isShown = row >= 0 && show.status === 'ready';
  useLayoutEffect(() => {
    const [stage, { current }] = [model.stage(), tip];
    if (!isShown || !stage || !current) return;
    const { x, y } = stage.pixelOf(row);
    const left = Math.max(EDGE, x - current.offsetWidth / 2);
    const most = stage.size().width - current.offsetWidth - EDGE;
    current.style.setProperty('--x', `${Math.min(most, left)}px`);
    current.style.setProperty('--y', `${y + BELOW}px`);
  }, [isShown, row]);
  return (
    <p class="map-tip" aria-hidden="true" hidden={!isShown} ref={tip}>
      {isShown && [titleOf(show.value), formatFacts(show.value)].filter(Boolean).join(' · ')}
    </p>
  );
}

interface ActProps {
  name: string;
  text: string;
  icon: IconName;
  onPress: () => void;
}

const Act = ({ name, text, icon, onPress }: ActProps) => (
  <button type="button" class={`act ${name}`} aria-label={text} title={text} onClick={onPress}>
    <Icon name={icon} />
  </button>
);
