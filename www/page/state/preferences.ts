// The visitor's language and colours: by preference of the device, or by choice.
import { computed, effect, signal } from '@preact/signals-core';
import { chooseLanguage, LANGUAGES, type Language } from '../i18n/languages.js';
import { keep } from './store.js';

const prefersDark = matchMedia('(prefers-color-scheme: dark)');
const deviceIsDark = signal(prefersDark.matches);
const chosenColours = signal(keep.get('colours'));
prefersDark.addEventListener('change', () => {
  deviceIsDark.value = prefersDark.matches;
});

export const language = signal<Language>(
  chooseLanguage([keep.get('language'), ...navigator.languages]),
);
export const isDark = computed(() =>
  chosenColours.value ? chosenColours.value === 'dark' : deviceIsDark.value,
);

/** Returns the language that the switch offers. */
export const otherLanguage = computed(
  () => LANGUAGES[(LANGUAGES.indexOf(language.value) + 1) % LANGUAGES.length],
);

export function setLanguage(next: Language) {
  keep.set('language', next);
  language.value = next;
}

export function switchColours() {
  const next = isDark.peek() ? 'light' : 'dark';
  // A choice that is the device's own is none: the page then follows the device again.
  const choice = (next === 'dark') === prefersDark.matches ? undefined : next;
  keep.set('colours', choice);
  chosenColours.value = choice;
}

/** Shows the choice of colours in the document; the style sheets follow. */
effect(() => {
  const choice = chosenColours.value;
  if (choice) document.documentElement.dataset.colours = choice;
  else delete document.documentElement.dataset.colours;
  for (const theme of document.querySelectorAll('meta[name="theme-color"]')) {
    const own = theme.getAttribute('data-colours');
    const media = choice === own ? 'all' : choice ? 'not all' : `(prefers-color-scheme: ${own})`;
    theme.setAttribute('media', media);
  }
});
