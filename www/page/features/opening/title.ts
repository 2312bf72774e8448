import { computed } from '@preact/signals-core';
import { t } from '../../i18n/index.js';
import { chosen, view } from '../../queries/answers.js';
import { site } from '../../state/site.js';
import { hasTaste } from '../../state/store.js';
import { titleOf } from '../../ui/ShowTitle.js';

/** The title of the document. */
export const documentTitle = computed(() => {
  const show = chosen.result.value.value;
  if (view.value === 'related' && show) return t('pageTitle', { title: titleOf(show) });
  return hasTaste.value ? t('pickedPageTitle') : site.title;
});
