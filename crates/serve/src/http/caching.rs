//! How caches may keep a reply: `Cache-Control`, `ETag` and `If-None-Match`. Knows no route.

use super::encoding::Encoding;
use osusume::format::hex_sha256;

/// `Cache-Control` of a cacheable GET: clients see a new release after five minutes at the latest.
const CACHEABLE: &str = "public, max-age=300, stale-while-revalidate=86400";

/// Returns the value of `Cache-Control`.
pub(super) const fn cache_control(cacheable: bool) -> &'static str {
    if cacheable { CACHEABLE } else { "no-store" }
}

/// Returns the `ETag` of a body.
///
/// It must include the release id, because the bodies of `find` and `items` do not.
pub(super) fn entity_tag(release: &str, body: &[u8], encoding: Option<Encoding>) -> String {
    let suffix = encoding.map_or(String::new(), |encoding| format!("-{}", encoding.name()));
    format!("\"{release}-{}{suffix}\"", &hex_sha256(body)[..16])
}

/// Returns whether `If-None-Match` names this entity tag.
pub(super) fn is_cached(if_none_match: Option<&str>, etag: &str) -> bool {
    let is_same = |tag: &str| tag.strip_prefix("W/").unwrap_or(tag) == etag;
    if_none_match
        .is_some_and(|header| header.trim() == "*" || header.split(',').map(str::trim).any(is_same))
}
