// Answers: results, their reasons, and remarks about them.
import type { Id, Values } from './catalogue.js';

/**
 * A reason of a result: a liked item, or a word of `text`, and its part of the positive
 * contributions (0 to 1).
 */
export type Because = { id: number; share: number } | { word: string; share: number };

/** A result. */
export interface Recommended {
  id: number;
  /** Its text id, if the catalogue has text ids. */
  key?: string;
  /** Main title. */
  title: string;
  /** The address of its page, if the catalogue has one. */
  url?: string;
  /** The address of a picture, if the release has one. */
  image?: string;
  /** Comparable within one answer only. */
  score: number;
  /** With `fields`: the known values of the requested fields. */
  fields?: Values;
  /** With `explain`: at most ten reasons, the strongest first. */
  because?: Because[];
  /** With `explain`: what each model contributes to the score. */
  byModel?: Record<string, number>;
}

/** A remark about an answer. Its `code` says which other fields it has. */
export type Warning =
  /**
   * The release does not have these ids of `liked`, `disliked` or `only`. The answer uses the
   * others.
   */
  | { code: 'unknown_ids'; ids: Id[] }
  /** The text is longer than 400 characters. The answer uses the first `used` of them. */
  | { code: 'text_cut'; used: number }
  /** The requested model covers none of the liked items. Another model answered. */
  | { code: 'model_fallback'; asked: string; used: string }
  /** The model does not cover some of the items. The answer uses the others. */
  | { code: 'partly_covered'; model: string; missing: number[] }
  /** Fewer items match than were requested. */
  | { code: 'few_matches'; asked: number; found: number }
  /** Nothing was liked: the answer is a start list for newcomers. */
  | { code: 'start_list' }
  /** The text encoder does not know these words. The answer uses the others. */
  | { code: 'unknown_words'; words: string[] }
  /** The text is the title of these items. The visitor may want the items themselves. */
  | { code: 'is_title'; ids: number[] };

/** The answer to `recommend` and `related`. */
export interface Answer {
  /** Best first; equal scores in the catalogue's order. */
  items: Recommended[];
  /** The model that answered. It is not the requested one if `warnings` has `model_fallback`. */
  model: string;
  release: string;
  warnings: Warning[];
}

/** A visitor's own list of shows, in the terms of a request. */
export interface Profile {
  /** The site whose format it has. */
  source: 'MyAnimeList' | 'AniList';
  /** Scores from the visitor's own mean on, and what was watched without a score. */
  liked: { id: number; weight: number }[];
  /** Scores below the mean, and what was dropped. */
  disliked: { id: number; weight: number }[];
  /** Everything but the planned: known already. */
  exclude: number[];
  /** Items that the visitor plans to watch. */
  planned: number[];
  /** Entries that this release does not have. */
  unknown: { id?: number; title?: string }[];
  counts: {
    entries: number;
    rated: number;
    liked: number;
    disliked: number;
    planned: number;
    unknown: number;
  };
}
