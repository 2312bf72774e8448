import { open } from 'osusume';
import 'osusume/element';

const { manifest } = Object.fromEntries(new URL(location.href).searchParams);
const warnings = [];
const opened = await open(manifest, { onWarning: ({ code }) => warnings.push(code) });
const answer = await opened.related(30, { limit: 3 });

const element = document.createElement('osusume-related');
Object.assign(element, { manifest, item: 30, limit: 3 });
const results = new Promise((resolve) => element.addEventListener('osusume-results', ({ detail }) => resolve(detail)));
document.body.append(element);
document.body.dataset.seen = JSON.stringify({ thread: opened.thread, warnings, answer, element: await results });
