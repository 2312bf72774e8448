//! Static files, served as a good static host does. Knows no route of the service.
//!
//! It reads and hashes whole files, so it must not run on an async thread.

use std::path::{Component, Path, PathBuf};

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{HeaderMap, Response, header};

use super::text_response::text_response;
use crate::http::decode_path;

/// Serves a file of the folder `site`, and no file outside it. Lists no folders.
pub(super) fn serve_file(
    site: &Path,
    path: &str,
    headers: &HeaderMap,
    is_head: bool,
) -> Response<Full<Bytes>> {
    let Some((root, mut file)) = resolve(site, path) else { return missing() };
    if file.is_dir() {
        // Without the slash, the page's relative addresses would lead one folder too high.
        if !path.ends_with('/') {
            return redirect_to_folder(path);
        }
        file.push("index.html");
        let Some(index) = canonical_path(&file) else { return missing() };
        file = index;
    }
    // A symbolic link must not lead out of the folder either.
    if !file.starts_with(&root) {
        return missing();
    }
    let Ok(content) = std::fs::read(&file) else { return missing() };
    let etag = format!("\"{}\"", &osusume::format::hex_sha256(&content)[..16]);
    let sent = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let cached = sent
        .is_some_and(|sent| sent.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag));
    let cache = if is_hashed(path) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut response = Response::builder()
        .status(if cached { 304 } else { 200 })
        .header(header::CONTENT_TYPE, content_type(&file))
        .header(header::CACHE_CONTROL, cache)
        .header(header::ETAG, etag)
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    if is_head && !cached {
        response = response.header(header::CONTENT_LENGTH, content.len());
    }
    let body = if cached || is_head { Bytes::new() } else { Bytes::from(content) };
    response.body(Full::new(body)).unwrap_or_else(|_| missing())
}

fn missing() -> Response<Full<Bytes>> {
    text_response(404, "there is no such file\n")
}

fn redirect_to_folder(path: &str) -> Response<Full<Bytes>> {
    let mut response = text_response(308, "it is a folder\n");
    if let Ok(to) = header::HeaderValue::from_str(&format!("/{}/", path.trim_matches('/'))) {
        response.headers_mut().insert(header::LOCATION, to);
    }
    response
}

/// Returns the folder and the file or folder that `path` names, both without symbolic links.
fn resolve(site: &Path, path: &str) -> Option<(PathBuf, PathBuf)> {
    let relative = relative_path(path)?;
    let root = canonical_path(site)?;
    let file = canonical_path(&site.join(relative))?;
    Some((root, file))
}

fn canonical_path(path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok()
}

/// Returns the path below the folder, if each of its parts is a plain name.
fn relative_path(path: &str) -> Option<PathBuf> {
    let decoded = decode_path(path)?;
    let plain = |part: &str| !part.starts_with('.') && !part.contains(['\\', ':', '\0']);
    let relative: PathBuf = decoded.split('/').filter(|part| !part.is_empty()).collect();
    let inside = relative.components().all(|part| matches!(part, Component::Normal(_)));
    (inside && decoded.split('/').all(plain)).then_some(relative)
}

/// Returns whether a part of the path holds a content hash: eight or more hexadecimal digits, one
/// of them 0 to 9, after `-` or `.`.
fn is_hashed(path: &str) -> bool {
    let hash = |text: &str| {
        text.len() >= 8
            && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
            && text.bytes().any(|b| b.is_ascii_digit())
    };
    path.split('/').any(|part| part.split(['-', '.']).skip(1).any(hash))
}

fn content_type(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()).unwrap_or_default() {
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_paths_lead_into_the_folder() {
        for bad in [
            "/..",
            "/../x",
            "/a/../../x",
            "/%2e%2e/x",
            "/a/%2e%2e%2fx",
            "/.git/config",
            "/a\\..\\x",
            "/c:/x",
            "/%00",
            "/%",
            "/%ff",
            "/a/./b",
        ] {
            assert_eq!(relative_path(bad), None, "{bad}");
        }
        for (good, want) in
            [("/", ""), ("//etc/x", "etc/x"), ("/a%20b/c.js", "a b/c.js"), ("/a/", "a")]
        {
            assert_eq!(relative_path(good), Some(want.into()), "{good}");
        }
    }

    #[test]
    fn paths_with_a_hash_are_recognised() {
        assert!(
            is_hashed("/embeddings/ncf.7d3348903793c420.bin")
                && is_hashed("/app-0123456789ab/app.js")
        );
        assert!(
            !is_hashed("/index.html")
                && !is_hashed("/a-deadbeef/x")
                && !is_hashed("/7d3348903793c420")
        );
    }
}
