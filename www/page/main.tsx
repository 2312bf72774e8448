// Starts the page.
import '@preact/signals';
import { effect } from '@preact/signals-core';
import { render } from 'preact';
import { App } from './App.js';
import { Masthead } from './features/opening/Masthead.js';
import { documentTitle } from './features/opening/title.js';
import { listenForFocus } from './features/results/navigation.js';
import { clear } from './features/search/search.js';
import { state } from './state/store.js';

const place = (id: string) => document.getElementById(id) as HTMLElement;

effect(() => {
  document.title = documentTitle.value;
});
effect(() => {
  state.value; // another state answers what was typed before
  clear();
});
listenForFocus();
const typing = document.activeElement?.id; // somebody may have begun to type
render(<Masthead />, place('masthead'));
render(<App />, place('page'));
if (typing) place(typing)?.focus();
