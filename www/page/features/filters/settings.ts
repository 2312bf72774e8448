import { computed } from '@preact/signals-core';
import { fields } from '../../queries/answers.js';
import { countShaping } from '../../state/address.js';
import { fittingFilters } from '../../state/filters.js';
import { state } from '../../state/store.js';

/** How many settings are not as usual, of those that this catalogue has. */
export const settingsCount = computed(() => {
  const declared = fields.result.value.value;
  const { value } = state;
  const filters = declared ? fittingFilters(value.filters, declared) : value.filters;
  return countShaping({ ...value, filters });
});
