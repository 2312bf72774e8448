// The control of a declared field.
import type { CategoryField, DateField, Field, NumberField, TagsField } from 'osusume';
import { controlOf } from '../../queries/fields.js';
import { Categories } from './Categories.js';
import { Group } from './Group.js';
import { Popularity } from './Popularity.js';
import { RangeControl } from './RangeControl.js';
import { Rating } from './Rating.js';
import { Tags } from './Tags.js';

interface Props {
  field: Field;
  /** Its place in the form, for ids. */
  at: number;
}

export function FieldControl({ field, at }: Props) {
  switch (controlOf(field)) {
    case 'popularity':
      return <Popularity field={field} />;
    case 'group':
      return <Group field={field} />;
    case 'rating':
      return <Rating field={field as NumberField} at={at} />;
    case 'range':
      return <RangeControl field={field as NumberField | DateField} />;
    case 'category':
      return <Categories field={field as CategoryField} at={at} />;
    default:
      return <Tags field={field as TagsField} at={at} />;
  }
}
