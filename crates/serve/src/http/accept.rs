//! The lists with weights of `Accept-Encoding` and `Accept-Language`. Imports nothing.

/// Returns the lower-case tokens and their weights in thousandths, the highest weight first.
pub(super) fn preferences(header: &str) -> Vec<(String, u32)> {
    let parse = |part: &str| {
        let mut parts = part.split(';').map(str::trim);
        let token = parts.next().filter(|token| !token.is_empty())?.to_ascii_lowercase();
        let q = parts.find_map(|p| p.strip_prefix("q=").or_else(|| p.strip_prefix("Q=")));
        let weight =
            q.map_or(Some(1.0), |q| q.parse::<f32>().ok()).filter(|q| (0.0..=1.0).contains(q));
        Some((token, (weight? * 1000.0) as u32))
    };
    let mut tokens: Vec<(String, u32)> = header.split(',').take(32).filter_map(parse).collect();
    tokens.sort_by_key(|&(_, weight)| std::cmp::Reverse(weight));
    tokens
}
