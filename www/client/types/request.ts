// Requests: likes, filters, and how to shape the list.
import type { Id } from './catalogue.js';
import type { CallOptions } from './options.js';

/** An item and its weight. */
export interface Weighted {
  id: Id;
  /** Above 0 and at most 1000; 1 by default, as a plain id counts. */
  weight?: number | undefined;
}

/**
 * A condition on a field of tags or categories. Case does not matter. An item without a value
 * meets `none` alone.
 */
export interface NameCondition {
  /** The item has at least one of these. */
  any?: string[] | undefined;
  /** The item has all of these. */
  all?: string[] | undefined;
  /** The item has none of these. */
  none?: string[] | undefined;
  min?: never;
  max?: never;
}

/** A condition on a field of numbers or dates. An item without a value does not meet it. */
export interface RangeCondition {
  /** At least this: a number, or a date as `YYYY`, `YYYY-MM` or `YYYY-MM-DD`. */
  min?: number | string | undefined;
  /** At most this. The last day of a year or a month counts. */
  max?: number | string | undefined;
  any?: never;
  all?: never;
  none?: never;
}

export type Condition = NameCondition | RangeCondition;

/** Everything in a request but the likes, the dislikes and the text. */
export interface Settings {
  /** The number of results, 1 to 1000; 10 by default. */
  limit?: number | undefined;
  /**
   * A model's name, or several with their weights: `{ ncf: 0.7, synopsis: 0.3 }`. The release's
   * default model by default.
   */
  model?: string | Record<string, number> | undefined;
  /**
   * Conditions by the name of a declared field (see {@link Info.fields}); a result meets all of
   * them. They apply before the selection: `limit` results come back whenever as many of the
   * model's items pass.
   */
  filter?: Record<string, Condition> | undefined;
  /** Only these items may be results: those of a watch list, for instance. */
  only?: Id[] | undefined;
  /** Items to leave out: those that the visitor has seen, for instance. Unknown ids are ignored. */
  exclude?: Id[] | undefined;
  /**
   * At most one result of each group (the field with the role `group`): one of each series, for
   * instance.
   */
  collapse?: boolean | undefined;
  /**
   * 0 favours popular items, 1 hidden gems. Without it popularity changes no score, unless the
   * release's default request says so and no `model` is named.
   */
  niche?: number | undefined;
  /** 0 (the default) is the plain order, 1 avoids results that are like each other. */
  diversity?: number | undefined;
  /**
   * Whether each result names the liked items and the models that support it. `limit` × (likes +
   * dislikes) is at most 100,000.
   */
  explain?: boolean | undefined;
  /** The declared fields whose values come with each result. */
  fields?: string[] | undefined;
}

/** A request. It has at most 10,000 ids; unknown keys are refused with `request_invalid`. */
export interface Request extends Settings {
  /**
   * Items to be like, plain or weighted. Without any (and without `text`) a start list for
   * newcomers comes back. Unknown ids are skipped with the warning `unknown_ids`; if none is
   * known and there is no text, the call rejects with `unknown_id`.
   */
  liked?: (Id | Weighted)[] | undefined;
  /** Items to be unlike. Neither these nor the liked ones come back. */
  disliked?: (Id | Weighted)[] | undefined;
  /** A description in the visitor's own words. A release without a text encoder refuses it. */
  text?: string | undefined;
}

/** Options of `related`. */
export interface RelatedOptions extends CallOptions, Settings {}
