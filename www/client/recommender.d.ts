// What `src/wasm.rs` exports, as the client uses it. The glue's own declarations say `any` where plain objects cross.
import type { Answer, Found, Id, Info, ItemMap, KnownItem, Profile, Progress, Request, Settings } from './index.d.ts';

export interface Recommender {
  /** A model by its name, its neighbour lists as `"<name> neighbours"`, the whole catalogue as `" catalogue"`. */
  load(what: string): Promise<void>;
  info(preliminary?: boolean): Info;
  map(): Promise<ItemMap>;
  find(text: string, limit: number): Found[];
  warm(): boolean;
  item(id: Id, preliminary?: boolean): KnownItem;
  recommend(request: Request, preliminary?: boolean): Answer;
  similar(id: Id, options?: Settings, preliminary?: boolean): Answer;
  importProfile(bytes: Uint8Array): Promise<Profile>;
  free(): void;
}

export interface RecommenderClass {
  open(manifestUrl: string, options?: { fetch?: typeof fetch; onProgress?: (progress: Progress) => void; preliminary?: boolean }): Promise<Recommender>;
}
