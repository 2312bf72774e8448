// @ts-nocheck The peers bring no types that agree with each other; benches/browser/bench.mjs checks what they answer.
// What is compared, each with its best documented settings on one thread. Runs in the page.
//
// A peer is made from `{ rows, dims, values }` (unit vectors or, for NCF, any) and answers `search(query, k)` with row numbers,
// best first. `grid` lists what was tried for those that have settings; the least that reaches a recall@10 of 0.99 on the queries
// that are timed is taken, or else the one of the best recall.

/** @typedef {{ rows: number, dims: number, values: Float32Array, row: (at: number) => Float32Array, unit: boolean }} Data */
/** @typedef {{ search: (query: Float32Array, k: number) => number[] | Promise<number[]>, tune?: (setting: any) => void, free?: () => void }} Peer */

const NPM = '/benches/browser/node_modules/';

/** The best k of some scores: a sorted list of k, which few scores enter. @param {Float32Array} scores @param {number} k */
function best(scores, k) {
  const at = new Int32Array(k).fill(-1);
  const top = new Float64Array(k).fill(-Infinity);
  let least = -Infinity;
  for (let row = 0; row < scores.length; row += 1) {
    const score = scores[row];
    if (score <= least) continue;
    let place = k - 1;
    for (; place > 0 && top[place - 1] < score; place -= 1) {
      top[place] = top[place - 1];
      at[place] = at[place - 1];
    }
    top[place] = score;
    at[place] = row;
    least = top[k - 1];
  }
  return [...at];
}

/** @param {(query: Float32Array, scores: Float32Array) => void} score @param {number} rows */
const scan = (score, rows) => {
  const scores = new Float32Array(rows);
  return { search: (/** @type {Float32Array} */ query, /** @type {number} */ k) => (score(query, scores), best(scores, k)) };
};

/** @param {string} path */
const wasm = async (path) => (await WebAssembly.instantiateStreaming(fetch(path))).instance.exports;

export const peers = {
  'f32 SIMD kernel (measuring stick)': {
    version: 'benches/browser/stick.wat', exact: true, stick: true,
    async make({ rows, dims, values }) {
      const { memory, dots } = await wasm('/bench/stick.wasm');
      const query = 0, scores = dims * 4, all = scores + Math.ceil(rows / 4) * 16;
      memory.grow(Math.ceil((all + values.byteLength) / 65536));
      new Float32Array(memory.buffer, all, values.length).set(values);
      const queries = new Float32Array(memory.buffer, query, dims);
      const out = new Float32Array(memory.buffer, scores, rows);
      return { search: (vector, k) => (queries.set(vector), dots(query, all, rows, dims, scores), best(out, k)) };
    },
  },
  'plain JavaScript': {
    version: 'benches/browser/peers.js', exact: true,
    make: ({ rows, dims, values }) => scan((query, scores) => {
      for (let row = 0, at = 0; row < rows; row += 1, at += dims) {
        let a = 0, b = 0, c = 0, d = 0, dim = 0;
        for (; dim + 3 < dims; dim += 4) {
          a += query[dim] * values[at + dim];
          b += query[dim + 1] * values[at + dim + 1];
          c += query[dim + 2] * values[at + dim + 2];
          d += query[dim + 3] * values[at + dim + 3];
        }
        scores[row] = a + b + c + d;
      }
    }, rows),
  },
  'transformers.js dot': {
    package: '@huggingface/transformers', exact: true,
    async make({ rows, row }) {
      const { dot } = await import(`${NPM}@huggingface/transformers/src/utils/maths.js`);
      const all = Array.from({ length: rows }, (_, at) => row(at));
      return scan((query, scores) => all.forEach((vector, at) => { scores[at] = dot(query, vector); }), rows);
    },
  },
  'transformers.js cos_sim': {
    package: '@huggingface/transformers', exact: true, unitOnly: true, slow: true,
    async make({ rows, row }) {
      const { cos_sim } = await import(`${NPM}@huggingface/transformers/src/utils/maths.js`);
      const all = Array.from({ length: rows }, (_, at) => row(at));
      return scan((query, scores) => all.forEach((vector, at) => { scores[at] = cos_sim(query, vector); }), rows);
    },
  },
  'hnswlib-wasm brute force': {
    package: 'hnswlib-wasm', exact: true,
    async make({ rows, dims, row }) {
      const { loadHnswlib } = await import(`${NPM}hnswlib-wasm/dist/hnswlib.js`);
      const index = new (await loadHnswlib()).BruteforceSearch('ip', dims);
      index.initIndex(rows);
      for (let at = 0; at < rows; at += 1) index.addPoint(row(at), at);
      return { search: (query, k) => index.searchKnn(query, k, undefined).neighbors };
    },
  },
  'hnswlib-wasm HNSW': {
    package: 'hnswlib-wasm', exact: false, index: true,
    settings: 'M 16, efConstruction 200', grid: { efSearch: [12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768] },
    async make({ rows, dims, row }) {
      const { loadHnswlib } = await import(`${NPM}hnswlib-wasm/dist/hnswlib.js`);
      const index = new (await loadHnswlib()).HierarchicalNSW('ip', dims, '');
      index.initIndex(rows, 16, 200, 1);
      for (let at = 0; at < rows; at += 1) index.addPoint(row(at), at, false);
      return { search: (query, k) => index.searchKnn(query, k, undefined).neighbors, tune: ({ efSearch }) => index.setEfSearch(efSearch) };
    },
  },
  'EdgeVec HNSW': {
    package: 'edgevec', exact: false, index: true, unitOnly: true,
    settings: 'l2 of unit vectors, M 16, M0 32, ef_construction 200, ef_search 100',
    async make({ rows, dims, values }) {
      const edgevec = await import(`${NPM}edgevec/edgevec.js`);
      await edgevec.default();
      const config = new edgevec.EdgeVecConfig(dims);
      Object.assign(config, { metric: 'l2', m: 16, m0: 32, ef_construction: 200, ef_search: 100 });
      const index = new edgevec.EdgeVec(config);
      const ids = index.insertBatchFlat(values, rows);
      return { search: (query, k) => index.search(query, k).map((/** @type {any} */ found) => found.id - ids[0]) };
    },
  },
  'tfjs wasm': {
    package: '@tensorflow/tfjs-backend-wasm', exact: true, settings: 'SIMD, matMul and topk',
    async make({ rows, dims, values }) {
      for (const file of ['tfjs-core/dist/tf-core.min.js', 'tfjs-backend-wasm/dist/tf-backend-wasm.min.js']) {
        await new Promise((resolve, reject) => {
          const script = Object.assign(document.createElement('script'), { src: `${NPM}@tensorflow/${file}`, onload: resolve, onerror: reject });
          document.head.append(script);
        });
      }
      const { tf } = /** @type {any} */ (globalThis);
      tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
      tf.wasm.setWasmPaths(`${NPM}@tensorflow/tfjs-backend-wasm/dist/`);
      await tf.setBackend('wasm');
      const matrix = tf.tensor2d(values, [rows, dims]);
      return {
        search: (query, k) => tf.tidy(() => [...tf.topk(tf.reshape(tf.matMul(matrix, tf.tensor2d(query, [dims, 1])), [rows]), k).indices.dataSync()]),
        free: () => matrix.dispose(),
      };
    },
  },
  voy: {
    package: 'voy-search', exact: true, unitOnly: true, slow: true,
    async make({ rows, row }) {
      const bindings = await import(`${NPM}voy-search/voy_search_bg.js`);
      const { instance } = await WebAssembly.instantiateStreaming(fetch(`${NPM}voy-search/voy_search_bg.wasm`), { './voy_search_bg.js': bindings });
      bindings.__wbg_set_wasm(instance.exports);
      const embeddings = Array.from({ length: rows }, (_, at) => ({ id: String(at), title: '', url: '', embeddings: [...row(at)] }));
      const index = new bindings.Voy({ embeddings });
      return { search: (query, k) => index.search(query, k).neighbors.map((/** @type {any} */ found) => Number(found.id)) };
    },
  },
  'sqlite-vec': {
    package: 'sqlite-vec-wasm-demo', exact: true, unitOnly: true, slow: true, settings: 'vec0, distance_metric=cosine',
    async make({ rows, dims, row }) {
      const { default: init } = await import(`${NPM}sqlite-vec-wasm-demo/sqlite3.mjs`);
      const sqlite = await init(); // of 0.1.7-alpha.2: 0.1.9 stops before it is set up
      const db = new sqlite.oo1.DB(':memory:');
      db.exec(`create virtual table v using vec0(embedding float[${dims}] distance_metric=cosine); begin`);
      const insert = db.prepare('insert into v(rowid, embedding) values (?, ?)');
      for (let at = 0; at < rows; at += 1) {
        const vector = row(at);
        insert.bind(1, at + 1).bind(2, vector.buffer.slice(vector.byteOffset, vector.byteOffset + vector.byteLength)).stepReset();
      }
      insert.finalize();
      db.exec('commit');
      const ask = db.prepare('select rowid from v where embedding match ? and k = ? order by distance');
      return {
        search(query, k) {
          ask.bind(1, query.slice().buffer).bind(2, k);
          const found = [];
          while (ask.step()) found.push(ask.get(0) - 1);
          ask.reset();
          return found;
        },
        free: () => (ask.finalize(), db.close()),
      };
    },
  },
  Orama: {
    package: '@orama/orama', exact: true, unitOnly: true, slow: true, settings: 'searchVector, similarity -1',
    async make({ rows, dims, row }) {
      const { create, insertMultiple, searchVector } = await import(`${NPM}@orama/orama/dist/browser/index.js`);
      const db = create({ schema: { embedding: `vector[${dims}]` } });
      await insertMultiple(db, Array.from({ length: rows }, (_, at) => ({ id: `r${at}`, embedding: [...row(at)] })), 5000);
      return {
        search: async (query, k) => (await searchVector(db, { mode: 'vector', vector: { value: [...query], property: 'embedding' }, similarity: -1, limit: k }))
          .hits.map((/** @type {any} */ hit) => Number(hit.id.slice(1))),
      };
    },
  },
  'client-vector-search': {
    package: 'client-vector-search', exact: true, unitOnly: true, slow: true, settings: "EmbeddingIndex, useStorage 'none'",
    async make({ rows, row }) {
      const { EmbeddingIndex } = await import(`${NPM}client-vector-search/dist/index.mjs`);
      const index = new EmbeddingIndex(Array.from({ length: rows }, (_, at) => ({ id: at, embedding: [...row(at)] })));
      return {
        search: async (query, k) => (await index.search([...query], { topK: k, useStorage: 'none' })).map((/** @type {any} */ found) => found.object.id),
      };
    },
  },
};
