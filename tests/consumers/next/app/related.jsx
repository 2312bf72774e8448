'use client';

import { open } from 'osusume';
import 'osusume/element';
import { useEffect, useState } from 'react';

export default function Related() {
  const [manifest, setManifest] = useState();
  const [items, setItems] = useState([]);
  useEffect(() => {
    const warnings = [];
    const address = new URL(location.href).searchParams.get('manifest');
    setManifest(address);
    const ending = new AbortController();
    (async () => {
      const opened = await open(address, { signal: ending.signal, onWarning: ({ code }) => warnings.push(code) });
      const answer = await opened.related(30, { limit: 3 });
      setItems(answer.items);
      const element = await new Promise((resolve) => addEventListener('osusume-results', ({ detail }) => resolve(detail)));
      document.body.dataset.seen = JSON.stringify({ thread: opened.thread, warnings, answer, element });
    })().catch((error) => ending.signal.aborted || (document.body.dataset.seen = JSON.stringify({ error: String(error) })));
    return () => ending.abort();
  }, []);
  return <>
    <ol>{items.map(({ id, title }) => <li key={id}>{title}</li>)}</ol>
    {items.length > 0 && <osusume-related manifest={manifest} item={30} limit={3} />}
  </>;
}
