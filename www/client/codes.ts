// The table of errors as the client knows it. `src/code/table.rs` is the source: a Rust test writes
// both lists (`WRITE_ERRORS=1 cargo test -p osusume --lib code::`).

/**
 * Whose turn it is: the caller changes something, the same call may succeed later, or the release,
 * the site or this package is at fault.
 */
export type OsusumeErrorClass = 'caller' | 'notReady' | 'fault';

/** The kind of an error; docs/ERRORS.md has the meaning of each code, its class and what to do. */
// table of errors: begin
export type OsusumeErrorCode =
  | 'address_too_long'
  | 'ambiguous_title'
  | 'answer_too_large'
  | 'blob_kind'
  | 'blob_length'
  | 'blob_magic'
  | 'blob_rows'
  | 'blob_shape'
  | 'blob_truncated'
  | 'blob_value'
  | 'blob_version'
  | 'body_incomplete'
  | 'body_timeout'
  | 'body_too_large'
  | 'busy'
  | 'catalogue_invalid'
  | 'catalogue_not_loaded'
  | 'closed'
  | 'deadline_exceeded'
  | 'encoding_unsupported'
  | 'explain_too_large'
  | 'file_missing'
  | 'filter_invalid'
  | 'headers_too_large'
  | 'http_status'
  | 'integrity'
  | 'internal'
  | 'limit_out_of_range'
  | 'manifest_invalid'
  | 'method_not_allowed'
  | 'model_not_loaded'
  | 'network'
  | 'no_map'
  | 'no_text_encoder'
  | 'out_of_memory'
  | 'out_of_range'
  | 'profile_invalid'
  | 'profile_too_large'
  | 'related_invalid'
  | 'release_changed'
  | 'release_older'
  | 'release_unavailable'
  | 'request_invalid'
  | 'signature_invalid'
  | 'signature_missing'
  | 'text_invalid'
  | 'text_not_loaded'
  | 'text_too_long'
  | 'text_unknown'
  | 'too_many_ids'
  | 'unknown_field'
  | 'unknown_id'
  | 'unknown_model'
  | 'unknown_route'
  | 'unknown_title'
  | 'unknown_value'
  | 'unsupported'
  | 'wasm_blocked'
  | 'wasm_invalid'
  | 'wasm_missing'
  | 'wasm_unsupported'
  | 'worker_lost';
// table of errors: end

/** The class of each error that the client itself raises; every other one is a fault. */
export const CLASSES: Partial<Record<OsusumeErrorCode, OsusumeErrorClass>> = {
  // table of classes: begin
  closed: 'caller',
  http_status: 'notReady',
  network: 'notReady',
  no_map: 'caller',
  no_text_encoder: 'caller',
  profile_invalid: 'caller',
  profile_too_large: 'caller',
  release_changed: 'notReady',
  request_invalid: 'caller',
  unknown_model: 'caller',
  unsupported: 'caller',
  wasm_unsupported: 'caller',
  worker_lost: 'notReady',
  // table of classes: end
};
