// What `<osusume-related>` shows: related lists, which all elements of a page share. No DOM.
import { codeOf, OsusumeError } from './errors.js';
import { RelatedLists } from './related.js';
import type { Answer } from './types/answer.js';

/** What an element asks, by its attributes. */
export interface Question {
  manifest: string | undefined;
  item: string | undefined;
  limit: string | undefined;
  model: string | undefined;
  publicKey: string | undefined;
  /** What the address of the manifest is relative to. */
  base: string;
}

/** Results unless told. */
const DEFAULT_LIMIT = 6;

/** Codes that an update of the release on the server causes while a page is open. */
const OUTDATED = new Set(['file_missing', 'related_invalid', 'integrity']);

/** Lists that elements share, by manifest and key. */
const opened = new Map<string, { lists: RelatedLists; hasAnswered: boolean }>();

/** Returns the answer. Lists that have answered before and are outdated are opened anew. */
export async function answerTo(question: Question): Promise<Answer> {
  const { manifest, item, limit = String(DEFAULT_LIMIT), model, publicKey, base } = question;
  if (!manifest || !item) throw badAttribute(manifest ? 'item' : 'manifest', 'is missing');
  if (!/^0*[1-9]\d*$/.test(limit)) throw badAttribute('limit', 'is not a whole number from 1 on');
  const manifestUrl = absolute(manifest, base);
  const key = JSON.stringify([manifestUrl, publicKey]);
  const open = () => ({ lists: new RelatedLists({ manifestUrl, publicKey }), hasAnswered: false });
  const shared = opened.get(key) ?? open();
  opened.set(key, shared);
  const { hasAnswered } = shared;
  try {
    const answer = await askLists(shared.lists, item, Number(limit), model);
    shared.hasAnswered = true;
    return answer;
  } catch (error) {
    if (!hasAnswered || !OUTDATED.has(codeOf(error) ?? '')) throw error;
    if (opened.get(key) === shared) opened.delete(key);
    return answerTo(question);
  }
}

async function askLists(
  lists: RelatedLists,
  item: string,
  limit: number,
  model: string | undefined,
): Promise<Answer> {
  const listed = await lists.listed();
  if (listed === 0) {
    throw new OsusumeError(
      'related_invalid',
      'The release has no related lists that can be read; build it anew with osusume',
    );
  }
  const answer = await lists.answer(item, { limit: Math.min(limit, listed), model });
  if (answer) return answer;
  const isKnown = model !== undefined && (await lists.item(item));
  throw new OsusumeError(
    isKnown ? 'unknown_model' : 'unknown_id',
    isKnown ? `The item has no related list of "${model}"` : `No related list is of "${item}"`,
    { class: 'caller' },
  );
}

function absolute(manifest: string, base: string): string {
  try {
    return new URL(manifest, base).href;
  } catch {
    throw badAttribute('manifest', 'is no address');
  }
}

const badAttribute = (name: string, why: string) =>
  new OsusumeError('request_invalid', `<osusume-related>: the attribute "${name}" ${why}`);
