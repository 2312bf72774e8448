// The exports of `src/wasm`, as the client uses them. The glue's own declarations say `any` for
// plain objects.
import type { Answer, Profile } from './types/answer.js';
import type { Found, Id, Info, ItemMap, KnownItem } from './types/catalogue.js';
import type { Progress } from './types/options.js';
import type { Request, Settings } from './types/request.js';

/** The part of a manifest that the client reads. `new Recommender` checks all of it. */
export interface Manifest {
  release: string;
  default: { model: string };
  files: FileEntry[];
  models: ModelEntry[];
}

export interface ModelEntry {
  name: string;
  file: string;
  residual?: { file: string } | null;
  text?: string;
}

export interface FileEntry {
  name: string;
  kind: Progress['kind'];
  bytes: number;
  /** Of the head: header and hashes of the chunks. */
  sha256: string;
}

/** A file in the module's memory. A method that gets it takes it over; otherwise free it. */
export interface ReceivedFile {
  /**
   * The bytes without a copy, until the module next allocates memory: use them in the same task.
   */
  view(): Uint8Array<ArrayBuffer>;
  free(): void;
}

/** The module does not check hashes. */
type File = ReceivedFile | Uint8Array;

export interface Recommender {
  addCatalogue(file: File, images?: File): Promise<void>;
  addModel(name: string, file: File, residual?: File): void;
  addText(name: string, file: File): Promise<void>;
  map(file: File): ItemMap;
  info(): Info;
  find(text: string, limit: number): Found[];
  /** Makes a part of the search index; true while there is more to make. */
  warm(): boolean;
  item(id: Id): KnownItem;
  recommend(request: Request): Answer;
  similar(id: Id, settings?: Settings): Answer;
  /** Uncompressed. */
  importProfile(bytes: Uint8Array): Profile;
  free(): void;
}

export interface RecommenderClass {
  new (manifest: unknown, options?: { lowMemory?: boolean }): Recommender;
  /**
   * Streams a file of this length into the module's memory. Rejects with the platform's error if
   * the connection breaks.
   */
  receive(
    response: Response,
    bytes: number,
    onProgress: (loaded: number) => void,
  ): Promise<ReceivedFile>;
}
