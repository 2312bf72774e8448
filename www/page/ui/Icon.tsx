import { type IconName, PATHS } from './icons.js';

/** A line drawing in the colour of its text. Decoration: the name of a button says what it does. */
export const Icon = ({ name }: { name: IconName }) => (
  <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    <path d={PATHS[name]} />
  </svg>
);
