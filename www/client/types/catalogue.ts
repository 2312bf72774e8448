// Items of a catalogue and the fields that it declares.

/**
 * The id of an item: its number or, if the catalogue has text ids, that text (`key`). Never a
 * BigInt.
 */
export type Id = number | string;

/**
 * The value of a field, by the field's type: a list for `tags`, a text for `category` and `text`,
 * a number for `number`, a day as `YYYY-MM-DD` for `date`.
 */
export type Value = string[] | string | number;

/** Known values by the name of a declared field. A field without a known value is absent. */
export type Values = Record<string, Value>;

/** An item of the catalogue. */
export interface Item {
  id: number;
  /** Its text id, if the catalogue has text ids. */
  key?: string;
  /** Main title. */
  title: string;
  /** The address of its page, if the catalogue has one. */
  url?: string;
  /** The address of a picture, if the release has one. The page decides whether it may show it. */
  image?: string;
  /** The known values of every declared field, titles in other languages included. */
  fields: Values;
}

/** The answer to `item`. */
export interface KnownItem extends Item {
  /** True if it has no fields and no picture: see {@link CallOptions.preliminary}. */
  preliminary?: true;
  /** The models that cover this item: of the loaded ones or, if it is `preliminary`, of all. */
  models: string[];
  /**
   * Those of them that have no vector of it: too few people have it, so its weights are predicted
   * from its content.
   */
  predicted: string[];
}

/** An item that a typed text may mean. */
export interface Found extends Item {
  /** The title, in any language, that matched; the main one if the id matched. */
  matched: string;
  /** The name of the field of that title, the catalogue's name for the main one, or `id`. */
  language: string;
  /**
   * The parts of `matched` that match, as `matched.slice(start, end)` cuts them: ascending,
   * apart. None if the id matched.
   */
  spans: [start: number, end: number][];
}

/**
 * A purpose of a field: a title in another language, the item's page, a picture, how many people
 * know it, its series, its date.
 */
export type Role = 'title' | 'url' | 'image' | 'popularity' | 'group' | 'published';

interface FieldOf<Type extends string> {
  /** Name in requests and answers. */
  name: string;
  type: Type;
  role?: Role;
}

/** Any number of names an item; `values` has every name, mostly the most frequent first. */
export interface TagsField extends FieldOf<'tags'> {
  values: string[];
}
/** At most one name an item. */
export interface CategoryField extends FieldOf<'category'> {
  values: string[];
}
/** A number; the bounds are the smallest and the largest known one. */
export interface NumberField extends FieldOf<'number'> {
  min?: number;
  max?: number;
}
/** A day; the bounds are the first and the last known one, as `YYYY-MM-DD`. */
export interface DateField extends FieldOf<'date'> {
  min?: string;
  max?: string;
}
/** A text, which no filter can name. */
export interface TextField extends FieldOf<'text'> {}

/** A declared field: its name, its type, its role, and the values that a filter may ask for. */
export type Field = TagsField | CategoryField | NumberField | DateField | TextField;

/** A model of the release. A server leaves the optional fields out. */
export interface Model {
  name: string;
  loaded: boolean;
  metric?: 'cosine' | 'dot';
  dims?: number;
  rows?: number;
  /** Size of its file. */
  bytes?: number;
  /** The file of its text encoder. A request may have a `text` if there is one. */
  text?: string;
  /** Size of that file. */
  textBytes?: number;
  /** Whether that is loaded; the first request with a `text` fetches it. */
  textLoaded?: boolean;
}

/** The answer to `info`. */
export interface Info {
  release: string;
  items: number;
  defaultModel: string;
  models: Model[];
  /**
   * The declared fields in the order of the catalogue, then the titles in other languages.
   */
  fields: Field[];
  /** Whether the release has a map. */
  map: boolean;
  /** Size of its file. A server leaves it out. */
  mapBytes?: number;
}

/**
 * The place of each item in the plane. Alike items lie near each other; the axes mean nothing. The
 * lists have one entry for each item, in the same order, the popular ones first.
 */
export interface ItemMap {
  ids: Uint32Array;
  /** From the left edge, 0 to 65535. */
  x: Uint16Array;
  /** From the upper edge, on the same scale. */
  y: Uint16Array;
  /** The entry of `names` that colours the item, counted from 1; 0 is none. */
  groups: Uint8Array;
  /** The tags that describe the regions best. */
  names: string[];
}
