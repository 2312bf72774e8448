//! Trains or reads the model that a name on the command line stands for. Knows no protocol.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use crate::error::Error;
use osusume::format::ProfileKind;
use osusume_tables::Vectors;
use osusume_train::{
    Fitted, Interactions, ItemVectors, ItemWeights, Popularity, PureSvd, Recipe, Residual,
    SparseWeights, Vectored, WithResidual,
};

/// Most near items of sparse EASE: each item solves a regression of so many.
const MOST_NEAR: usize = 2048;

/// Returns the last part of a path.
pub fn short(name: &str) -> String {
    Path::new(name).file_name().map_or(name.to_owned(), |n| n.to_string_lossy().into_owned())
}

/// Returns whether a model depends on the random seed: only recipes do.
pub fn is_recipe(name: &str) -> bool {
    recipe_of(name).is_some()
}

/// Splits `FILE.toml` or `FILE.toml:dims=64:…` into the file and the settings that replace its own.
fn recipe_of(name: &str) -> Option<(&Path, &str)> {
    let at = name.find(".toml")? + ".toml".len();
    let (file, rest) = name.split_at(at);
    (rest.is_empty() || rest.starts_with(':')).then_some((Path::new(file), rest))
}

/// Trains the model `name` on `data`, or reads it.
pub fn fit(
    name: &str,
    data: &Interactions,
    dims: Option<usize>,
    seed: u64,
    threads: usize,
) -> crate::error::Result<Box<dyn Fitted>> {
    let unknown = || {
        let expected = "popularity, item-knn, ease[:λ], sparse-ease[:λ[:near items]], \
                        puresvd[:dims], a recipe (.toml, then any :setting=value) or vectors \
                        (.safetensors)";
        Error::usage("models", name, expected)
    };
    if let Some((file, over)) = recipe_of(name) {
        let over: Vec<&str> = over.split(':').skip(1).collect();
        let mut recipe = Recipe::read_with(file, &over)?;
        recipe.seed = seed;
        recipe.dims = dims.unwrap_or(recipe.dims);
        recipe.check()?;
        return Ok(recipe.fit(data, threads)?);
    }
    if Path::new(name).extension().is_some_and(|e| e == "safetensors") {
        return read(Path::new(name), data);
    }
    let (kind, value) = name.split_once(':').unwrap_or((name, ""));
    let number = |default: f64| positive(value, default).ok_or_else(unknown);
    let is_dense = matches!(kind, "item-knn" | "ease" | "puresvd");
    if is_dense && data.items() > ItemWeights::MOST_ITEMS {
        let expected = "other models for more than 20,000 items: this one needs a matrix of items²";
        return Err(Error::usage("models", name, expected));
    }
    Ok(match kind {
        "popularity" => Box::new(Popularity::new(data)),
        "item-knn" => Box::new(ItemWeights::cosine(data)),
        "ease" => Box::new(ItemWeights::ease(data, number(500.0)?).ok_or_else(unknown)?),
        "sparse-ease" => {
            let (lambda, near) = sparse_settings(value).ok_or_else(unknown)?;
            let cancel = AtomicBool::new(false);
            let weights = match near {
                Some(near) => SparseWeights::ease_of_near(data, lambda, near, threads, &cancel),
                None => SparseWeights::ease(data, lambda, threads, &cancel),
            };
            let residual = Residual::whole(&weights.ok_or_else(unknown)?);
            Box::new(WithResidual::weights_alone(residual))
        }
        "puresvd" => Box::new(PureSvd::new(data, number(32.0)? as usize)),
        _ => return Err(unknown()),
    })
}

/// Returns the finite number above 0 that `text` is; `default` if it is empty.
fn positive(text: &str, default: f64) -> Option<f64> {
    if text.is_empty() {
        return Some(default);
    }
    text.parse().ok().filter(|number: &f64| number.is_finite() && *number > 0.0)
}

/// Returns λ and the number of near items of `λ:near`; both may be missing.
fn sparse_settings(text: &str) -> Option<(f64, Option<usize>)> {
    let (lambda, near) = text.split_once(':').unwrap_or((text, ""));
    let is_good = |near: &usize| (1..=MOST_NEAR).contains(near);
    let near = match near {
        "" => None,
        near => Some(near.parse().ok().filter(is_good)?),
    };
    Some((positive(lambda, 500.0)?, near))
}

/// Reads vectors and residual weights for the items of `data`; an item without a row has a vector
/// of zeros.
fn read(path: &Path, data: &Interactions) -> crate::error::Result<Box<dyn Fitted>> {
    let vectors = Vectors::read(path)?;
    let items = data.items();
    let mut values = vec![0.0; items * vectors.dims];
    let mut row_of = vec![None; items];
    let place: Vec<Option<u32>> = vectors
        .ids
        .iter()
        .map(|id| data.ids().binary_search(id).ok().map(|item| item as u32))
        .collect();
    for (row, item) in
        place.iter().enumerate().filter_map(|(row, item)| Some((row, (*item)? as usize)))
    {
        values[item * vectors.dims..][..vectors.dims].copy_from_slice(vectors.row(row));
        row_of[item] = Some(row);
    }
    let exponent = vectors.provenance.exponent.unwrap_or(1.0);
    let Some(found) = Residual::read(path, vectors.ids.len())? else {
        return Ok(Box::new(Vectored::alone(values, vectors.dims, exponent)));
    };
    let mut residual =
        Residual { factor: found.factor, offsets: vec![0], rows: Vec::new(), weights: Vec::new() };
    for row in row_of {
        let of = row.into_iter().flat_map(|row| found.of(row));
        for (item, weight) in of.filter_map(|(row, weight)| Some((place[row as usize]?, weight))) {
            residual.rows.push(item);
            residual.weights.push(weight);
        }
        residual.offsets.push(residual.rows.len() as u32);
    }
    let is_ridge = vectors.provenance.profile == Some(ProfileKind::Ridge);
    let vectors = ItemVectors { values: &values, dims: vectors.dims, exponent };
    let model = WithResidual::new(&vectors, residual);
    Ok(Box::new(if is_ridge { model.by_ridge() } else { model }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_sparse_ease_may_be_missing_and_are_checked() {
        assert_eq!(sparse_settings(""), Some((500.0, None)));
        assert_eq!(sparse_settings("30"), Some((30.0, None)));
        assert_eq!(sparse_settings("30:64"), Some((30.0, Some(64))));
        assert_eq!(sparse_settings(":64"), Some((500.0, Some(64))));
        for wrong in ["many", "0", "-1", "inf", "30:0", "30:few", "30:2049", "30:64:1"] {
            assert_eq!(sparse_settings(wrong), None, "{wrong}");
        }
    }
}
