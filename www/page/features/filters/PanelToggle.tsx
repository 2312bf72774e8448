import { signal } from '@preact/signals-core';
import { t } from '../../i18n/index.js';
import { Icon } from '../../ui/Icon.js';
import { settingsCount } from './settings.js';

/** Whether the panel is open; wide screens always show it. */
const isOpen = signal(false);

export function PanelToggle() {
  const count = settingsCount.value;
  return (
    <button
      id="shape-toggle"
      type="button"
      class="button shape-toggle"
      aria-expanded={isOpen.value}
      aria-controls="side-panel"
      onClick={() => {
        isOpen.value = !isOpen.peek();
      }}
    >
      <Icon name="sliders" />
      <span>{count ? t('shapeCount', { count }) : t('shape')}</span>
    </button>
  );
}
