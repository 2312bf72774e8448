// What `src/wasm.rs` exports, as the client uses it. The glue's own declarations say `any` where plain objects cross.
import type { Answer, Found, Id, Info, Item, ItemMap, Profile, Progress, Request, Settings } from './index.d.ts';

export interface Recommender {
  load(model: string): Promise<void>;
  info(): Info;
  map(): Promise<ItemMap>;
  find(text: string, n: number): Found[];
  item(id: Id): Item;
  recommend(request: Request): Answer;
  similar(id: Id, options?: Settings): Answer;
  importProfile(bytes: Uint8Array): Promise<Profile>;
  free(): void;
}

export interface RecommenderClass {
  open(manifestUrl: string, options?: { fetch?: typeof fetch; onProgress?: (progress: Progress) => void }): Promise<Recommender>;
}
