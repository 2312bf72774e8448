//! Loads the files of a release into the engine.
//! Imports `fetch`, `decode`, `convert` and `failure`.

use std::cell::RefCell;

use js_sys::{Object, Promise, Uint8Array, Uint16Array, Uint32Array};
use wasm_bindgen::prelude::*;

use super::convert::with_fields;
use super::decode::{catalogue, neighbours, text, with_images};
use super::failure::JsFailure;
use super::fetch::Fetcher;
use crate::catalogue::Catalogue;
use crate::code::Code;
use crate::engine::Engine;
use crate::format::{FileEntry, Manifest, MapBlob, Neighbours};

/// A release with its engine and its loads.
pub(super) struct OpenRelease {
    pub(super) engine: RefCell<Engine>,
    pub(super) fetcher: Fetcher,
    /// Finished and running loads, by name. A failed load is removed, so that it can be retried.
    pub(super) loads: RefCell<Vec<(String, Promise)>>,
}

/// Fetches the manifest and the catalogue, or only the files of the first answers.
pub(super) async fn open(
    fetcher: Fetcher,
    preliminary: bool,
    coded: bool,
) -> Result<OpenRelease, JsFailure> {
    let manifest = fetcher.manifest().await?;
    // The files of the first answers may fail: the whole catalogue has the same data.
    let begun = if preliminary { begin(&fetcher, &manifest).await.ok().flatten() } else { None };
    let engine = if let Some((titles, lists)) = begun {
        let model = manifest.default_model.clone();
        let mut engine = Engine::begin(manifest, titles)?;
        engine.add_neighbours(&model, lists)?;
        engine
    } else {
        let whole = async {
            let file = fetcher.fetch(manifest.catalogue()?).await?;
            let images = match manifest.images() {
                Some(entry) => Some(fetcher.fetch(entry).await?),
                None => None,
            };
            with_images(catalogue(&file).await?, images).await
        };
        match whole.await {
            Ok(catalogue) => Engine::new(manifest, catalogue)?,
            Err(failure) => return Err(fetcher.explain(failure, &manifest.release).await),
        }
    };
    Ok(OpenRelease {
        engine: RefCell::new(engine.with_codes(coded)),
        fetcher,
        loads: RefCell::default(),
    })
}

/// Fetches the titles and the default model's neighbours, if the release has them.
async fn begin(
    fetcher: &Fetcher,
    manifest: &Manifest,
) -> Result<Option<(Catalogue, Neighbours)>, JsFailure> {
    let model = &manifest.default_model;
    let Some(entry) = manifest.model(model) else { return Ok(None) };
    let (Some(titles), Some(lists)) = (manifest.titles()?, manifest.neighbours_file(entry)?) else {
        return Ok(None);
    };
    // Requests both at once, and then receives one after the other.
    let (titles, lists) = (fetcher.request(titles, None)?, fetcher.request(lists, Some(model))?);
    let titles = fetcher.receive(titles).await?;
    let lists = fetcher.receive(lists).await?;
    Ok(Some((catalogue(&titles).await?, neighbours(&lists).await?)))
}

/// Loads one part of a model, or the catalogue; [`super::Recommender::load`] describes `what`.
pub(super) async fn load(release: &OpenRelease, what: &str) -> Result<(), JsFailure> {
    let (model, part) = what.split_once(' ').unwrap_or((what, ""));
    let (files, id) = {
        let engine = release.engine.borrow();
        let manifest = engine.manifest();
        let files = match part {
            "catalogue" if engine.is_complete() => [None, None],
            "catalogue" => [Some(manifest.catalogue()?), manifest.images()],
            "neighbours" => [manifest.neighbours_file(engine.entry(model)?)?, None],
            "text" => [manifest.text_file(engine.entry(model)?)?, None],
            _ => {
                let entry = engine.entry(model)?;
                [Some(manifest.file(entry)?), manifest.residual_file(entry)?]
            }
        };
        (files.map(Option::<&FileEntry>::cloned), manifest.release.clone())
    };
    let added = async {
        let mut pending = Vec::new();
        for file in files.iter().flatten() {
            pending.push(release.fetcher.request(file, (!model.is_empty()).then_some(model))?);
        }
        let mut contents = Vec::new();
        for pending in pending {
            contents.push(release.fetcher.receive(pending).await?);
        }
        let mut contents = contents.into_iter();
        let Some(file) = contents.next() else { return Ok(()) };
        match part {
            "catalogue" => {
                let catalogue = with_images(catalogue(&file).await?, contents.next()).await?;
                release.engine.borrow_mut().complete(catalogue)?;
            }
            "neighbours" => {
                let lists = neighbours(&file).await?;
                release.engine.borrow_mut().add_neighbours(model, lists)?;
            }
            "text" => {
                let encoder = text(&file).await?;
                release.engine.borrow_mut().add_text(model, encoder)?;
            }
            _ => {
                let residual = contents.next();
                release.engine.borrow_mut().add_unhashed(model, file, residual.as_deref())?;
            }
        }
        Ok(())
    };
    match added.await {
        Ok(()) => Ok(()),
        Err(failure) => Err(release.fetcher.explain(failure, &id).await),
    }
}

/// Fetches the map as plain arrays.
pub(super) async fn map(release: &OpenRelease) -> Result<JsValue, JsFailure> {
    let (entry, id) = {
        let engine = release.engine.borrow();
        let manifest = engine.manifest();
        let entry = manifest.map().ok_or_else(|| {
            let why = "this release has no map; `osusume map` adds one to a release";
            JsFailure::new(Code::NoMap, why)
        })?;
        (entry.clone(), manifest.release.clone())
    };
    let read = async {
        let file = release.fetcher.fetch(&entry).await?;
        let engine = release.engine.borrow();
        engine.check_catalogue()?;
        let catalogue = engine.catalogue();
        let names = catalogue.tag_list().map_or(&[][..], |tags| &tags.names);
        let MapBlob { tags, xs, ys, groups } =
            MapBlob::decode(&file, catalogue.items(), names.len())?;
        let ids: Vec<u32> = (0..catalogue.items()).map(|row| catalogue.id(row)).collect();
        let names = tags.iter().map(|&tag| JsValue::from(names[usize::from(tag)].as_str()));
        let fields = [
            ("ids", Uint32Array::from(&ids[..]).into()),
            ("x", Uint16Array::from(&xs[..]).into()),
            ("y", Uint16Array::from(&ys[..]).into()),
            ("groups", Uint8Array::from(&groups[..]).into()),
            ("names", names.collect::<js_sys::Array>().into()),
        ];
        Ok(with_fields(Object::new().into(), &fields))
    };
    match read.await {
        Ok(map) => Ok(map),
        Err(failure) => Err(release.fetcher.explain(failure, &id).await),
    }
}
