import { useComputed } from '@preact/signals';
import { computed } from '@preact/signals-core';
import type { Field } from 'osusume';
import type { ComponentChildren } from 'preact';
import { fields } from '../../queries/answers.js';
import {
  type Filter,
  type Filters,
  fittingFilters,
  namesOf,
  rangeOf,
  withFilter,
} from '../../state/filters.js';
import { change, parts } from '../../state/store.js';

interface Props {
  field: Field;
  legend: string;
  children: ComponentChildren;
}

/** The frame of a control. */
export const Setting = ({ field, legend, children }: Props) => (
  <fieldset class="setting" data-field={field.name}>
    <legend>{legend}</legend>
    {children}
  </fieldset>
);

/** The filters that this catalogue can answer. */
const fitting = computed(
  (): Filters => fittingFilters(parts.filters.value, fields.result.value.value ?? []),
);

/** Returns the filter of a field with names. */
export const useNames = (field: Field) =>
  useComputed(() => namesOf(fitting.value, field.name)).value;

/** Returns the filter of a field with numbers or dates. */
export const useRange = (field: Field) =>
  useComputed(() => rangeOf(fitting.value, field.name)).value;

/** Sets the filter of a field. */
export const setFilter = (field: Field, filter: Filter) =>
  change({ filters: withFilter(fitting.peek(), field.name, filter) });
