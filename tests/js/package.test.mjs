// The package's own statements agree with its sources.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { OsusumeRelated } from '#client/element.js';

const { exports, customElements } = JSON.parse(readFileSync('www/client/package.json', 'utf8'));

test('every script that it exports has a source', () => {
  for (const [name, entry] of Object.entries(exports)) {
    for (const file of typeof entry === 'string' ? [] : Object.values(entry)) {
      const source = `www/client/${String(file).replace(/(\.d\.ts|\.js)$/, '.ts')}`;
      assert.ok(existsSync(source), `${name}: ${source}`);
    }
  }
});

test('the list of custom elements has the attributes of the element', () => {
  const { modules } = JSON.parse(readFileSync(`www/client/${customElements}`, 'utf8'));
  const [{ tagName, name, attributes }] = modules[0].declarations;
  assert.deepEqual([tagName, name], ['osusume-related', OsusumeRelated.name]);
  const names = attributes.map((/** @type {{ name: string }} */ attribute) => attribute.name);
  assert.deepEqual(names, OsusumeRelated.observedAttributes);
});
