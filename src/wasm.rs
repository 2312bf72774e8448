//! The browser's and Node's surface: fetches, converts and delegates; no ranking here.
//!
//! Requests and answers cross once each as plain objects, in by `reader` and out by serde-wasm-bindgen; every failure is
//! one JavaScript `Error` with the name `OsusumeError` and a stable `code`.

mod failure;
mod fetch;
mod reader;

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Function, Object, Promise, Reflect, Uint8Array, Uint16Array, Uint32Array};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise};

use crate::catalogue::Catalogue;
use crate::engine::{Engine, EngineError, Request};
use crate::format::{
    AlignedBytes, CatalogueFile, Columns, FileEntry, FormatError, Manifest, MapBlob, Neighbours,
    NeighboursFile, TextFile,
};
use crate::message::shown;
use crate::profile::{self, Profile, ProfileError};
use crate::text::{Opening, TextEncoder};
use failure::{Failure, invalid};
use fetch::Source;

/// A release opened by its manifest's address.
#[wasm_bindgen]
pub struct Recommender {
    shared: Rc<Shared>,
}

struct Shared {
    engine: RefCell<Engine>,
    source: Source,
    /// Loads under way, by name; a failed one is taken out, so that it can be tried again.
    loads: RefCell<Vec<(String, Promise)>>,
}

#[wasm_bindgen]
impl Recommender {
    /// Fetches the manifest and the catalogue. `options`: `fetch` in place of the global one, `onProgress`, `preliminary`:
    /// of the catalogue only what first answers need, if the release has it apart; `lowMemory`: two bytes a value instead of
    /// three, answers several times slower.
    pub async fn open(manifest_url: String, options: JsValue) -> Result<Recommender, JsValue> {
        let source = Source::new(
            manifest_url,
            function(&options, "fetch")?,
            function(&options, "onProgress")?,
        );
        let is_set =
            |name: &str| Reflect::get(&options, &name.into()).is_ok_and(|value| value.is_truthy());
        let (preliminary, coded) = (is_set("preliminary"), !is_set("lowMemory"));
        Ok(Self { shared: Rc::new(open(source, preliminary, coded).await?) })
    }

    /// Fetches the vectors of a model; of `"<model> neighbours"` its neighbour lists and of `"<model> text"` its text encoder, if it
    /// has such, and of `" catalogue"` the whole catalogue, if only a part of it is here. What is loaded or under way is not fetched again.
    pub fn load(&self, what: String) -> Promise {
        let mut loads = self.shared.loads.borrow_mut();
        if let Some((_, promise)) = loads.iter().find(|(name, _)| *name == what) {
            return promise.clone();
        }
        let (shared, name) = (Rc::clone(&self.shared), what.clone());
        let promise = future_to_promise(async move {
            let loaded = load(&shared, &name).await;
            if loaded.is_err() {
                shared.loads.borrow_mut().retain(|(other, _)| *other != name);
            }
            Ok(loaded.map(|()| JsValue::UNDEFINED)?)
        });
        loads.push((what, promise.clone()));
        promise
    }

    /// Returns what the release is made of; with `preliminary` without the choices of the filters while only titles are here.
    pub fn info(&self, preliminary: Option<bool>) -> Result<JsValue, JsValue> {
        let engine = self.shared.engine.borrow();
        if preliminary != Some(true) {
            engine.check_catalogue().map_err(Failure::from)?;
        }
        let manifest = engine.manifest();
        let models = js_sys::Array::new();
        for entry in &manifest.models {
            let bytes = manifest.file(entry).map_err(Failure::from)?.bytes;
            let loaded = engine.is_loaded(&entry.name);
            let text = engine.has_text(&entry.name);
            let fields = [
                ("bytes", (bytes as f64).into()),
                ("loaded", loaded.into()),
                ("textLoaded", text.into()),
            ];
            models.push(&with(plain(entry)?, &fields));
        }
        let fields = [
            ("release", manifest.release.as_str().into()),
            ("items", manifest.items.into()),
            ("defaultModel", manifest.default_model.as_str().into()),
            ("models", models.into()),
            ("map", manifest.map().is_some().into()),
        ];
        let info = with(Object::new().into(), &fields);
        if !engine.is_complete() {
            return Ok(info);
        }
        Ok(with(info, &[("choices", plain(&engine.catalogue().choices())?)]))
    }

    /// Fetches where each item lies in the plane, if the release has a map.
    pub fn map(&self) -> Promise {
        let shared = Rc::clone(&self.shared);
        future_to_promise(async move { Ok(map(&shared).await?) })
    }

    /// Returns the `n` best answers to a text as it is typed.
    pub fn find(&self, text: &str, n: f64) -> Result<JsValue, JsValue> {
        let engine = self.shared.engine.borrow();
        let found = engine.find(text, count(n)?).map_err(Failure::from)?;
        let found = found.iter().map(|found| {
            let (matched, language) = (found.matched.into(), found.language.into());
            let fields =
                [("matched", matched), ("language", language), ("spans", plain(&found.spans)?)];
            let object = with(Object::new().into(), &fields);
            let item: Object = plain(&found.item)?.unchecked_into();
            Ok(Object::assign(object.unchecked_ref::<Object>(), &item))
        });
        Ok(found.collect::<Result<js_sys::Array, JsValue>>()?.into())
    }

    /// Prepares the first search a part at a time; says whether more is left.
    #[must_use]
    pub fn warm(&self) -> bool {
        self.shared.engine.borrow().warm()
    }

    /// Returns all that is known of an item, by id (a number) or text id (a string).
    ///
    /// With `preliminary` the id and main title suffice, marked as such, while only those are here.
    pub fn item(&self, id: &JsValue, preliminary: Option<bool>) -> Result<JsValue, JsValue> {
        let engine = self.shared.engine.borrow();
        if preliminary != Some(true) {
            engine.check_catalogue().map_err(Failure::from)?;
        }
        let id = item_id(&engine, id)?;
        let item = engine.item(id).map_err(Failure::from)?;
        let models = engine.models_of(id).map_err(Failure::from)?;
        let object = with(plain(&item)?, &[("models", plain(&models)?)]);
        Ok(if engine.is_complete() {
            object
        } else {
            with(object, &[("preliminary", true.into())])
        })
    }

    /// Reads a visitor's own list of shows: the bytes of `MyAnimeList`'s XML or `AniList`'s JSON, plain or gzip.
    #[wasm_bindgen(js_name = importProfile)]
    pub fn import_profile(&self, bytes: Vec<u8>) -> Promise {
        let shared = Rc::clone(&self.shared);
        future_to_promise(async move { plain(&import(&shared, bytes).await?) })
    }

    /// Answers a request of the shape of [`Request`]; with `preliminary` from the neighbour lists, if they suffice and what
    /// the exact answer needs is not loaded.
    pub fn recommend(
        &self,
        request: &JsValue,
        preliminary: Option<bool>,
    ) -> Result<JsValue, JsValue> {
        let request = asked(request)?;
        let engine = self.shared.engine.borrow();
        let early = preliminary == Some(true);
        plain(
            &if early { engine.recommend_early(&request) } else { engine.recommend(&request) }
                .map_err(Failure::from)?,
        )
    }

    /// Answers the request with one liked item; `options`: `n`, `model`.
    pub fn similar(
        &self,
        id: &JsValue,
        options: &JsValue,
        preliminary: Option<bool>,
    ) -> Result<JsValue, JsValue> {
        let request = Object::new();
        if options.is_object() {
            Object::assign(&request, options.unchecked_ref());
        } else if !options.is_undefined() {
            return Err(invalid("options must be an object"))?;
        }
        let liked = js_sys::Array::of1(&item_id(&self.shared.engine.borrow(), id)?.into());
        self.recommend(&with(request.into(), &[("liked", liked.into())]), preliminary)
    }
}

async fn open(source: Source, preliminary: bool, coded: bool) -> Result<Shared, Failure> {
    let manifest = source.manifest().await?;
    // What the first answers need may fail without harm: the rest has it too.
    let begun = if preliminary { begin(&source, &manifest).await.ok().flatten() } else { None };
    let engine = if let Some((titles, lists)) = begun {
        let model = manifest.default_model.clone();
        let mut engine = Engine::begin(manifest, titles)?;
        engine.add_neighbours(&model, lists)?;
        engine
    } else {
        let whole = async {
            let file = source.receive(source.ask(manifest.catalogue()?, None)?).await?;
            let images = match manifest.images() {
                Some(entry) => Some(source.receive(source.ask(entry, None)?).await?),
                None => None,
            };
            with_images(catalogue(&file).await?, images).await
        };
        match whole.await {
            Ok(catalogue) => Engine::new(manifest, catalogue)?,
            Err(failure) => return Err(source.explain(failure, &manifest.release).await),
        }
    };
    Ok(Shared { engine: RefCell::new(engine.with_codes(coded)), source, loads: RefCell::default() })
}

/// Fetches the titles and the default model's neighbours, where the release has them.
async fn begin(
    source: &Source,
    manifest: &Manifest,
) -> Result<Option<(Catalogue, Neighbours)>, Failure> {
    let model = &manifest.default_model;
    let Some(entry) = manifest.model(model) else { return Ok(None) };
    let (Some(titles), Some(lists)) = (manifest.titles()?, manifest.neighbours_file(entry)?) else {
        return Ok(None);
    };
    // Both at once, received one after the other.
    let (titles, lists) = (source.ask(titles, None)?, source.ask(lists, Some(model))?);
    let titles = source.receive(titles).await?;
    let lists = source.receive(lists).await?;
    Ok(Some((catalogue(&titles).await?, neighbours(&lists).await?)))
}

/// Adds the pictures of a file of images, where there is one.
async fn with_images(whole: Catalogue, images: Option<AlignedBytes>) -> Result<Catalogue, Failure> {
    let Some(file) = images else { return Ok(whole) };
    Ok(whole.with_images(&catalogue(&file).await?)?)
}

/// Reads a catalogue, whole, of titles or of images only.
async fn catalogue(file: &[u8]) -> Result<Catalogue, Failure> {
    let CatalogueFile { items, column_bytes, gzip } = CatalogueFile::decode(file)?;
    let broken = FormatError::Catalogue("its gzip is broken");
    let columns = Columns::decode(&fetch::gunzip(gzip, column_bytes, broken).await?, items)?;
    fetch::later().await; // each takes some hundredths of a second
    Ok(Catalogue::new(columns)?)
}

/// Reads a text encoder.
async fn text(file: &[u8]) -> Result<TextEncoder, Failure> {
    let file = TextFile::decode(file)?;
    let broken = FormatError::Text("its gzip is broken");
    let columns = fetch::gunzip(file.gzip, file.column_bytes, broken).await?;
    let mut opening = Opening::new(&file, &columns)?;
    while opening.go_on()? {
        fetch::later().await;
    }
    Ok(opening.finish()?)
}

/// Reads neighbour lists.
async fn neighbours(file: &[u8]) -> Result<Neighbours, Failure> {
    let file = NeighboursFile::decode(file)?;
    let broken = FormatError::Rows("the gzip of the neighbours is broken");
    let lists = fetch::gunzip(file.gzip, file.list_bytes(), broken).await?;
    Ok(file.lists(&lists)?)
}

async fn load(shared: &Shared, what: &str) -> Result<(), Failure> {
    let (model, part) = what.split_once(' ').unwrap_or((what, ""));
    let (files, release) = {
        let engine = shared.engine.borrow();
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
        let mut asked = Vec::new();
        for file in files.iter().flatten() {
            asked.push(shared.source.ask(file, (!model.is_empty()).then_some(model))?);
        }
        let mut contents = Vec::new();
        for asked in asked {
            contents.push(shared.source.receive(asked).await?);
        }
        let mut contents = contents.into_iter();
        let Some(file) = contents.next() else { return Ok(()) };
        match part {
            "catalogue" => {
                let catalogue = with_images(catalogue(&file).await?, contents.next()).await?;
                shared.engine.borrow_mut().complete(catalogue)?;
            }
            "neighbours" => {
                let lists = neighbours(&file).await?;
                shared.engine.borrow_mut().add_neighbours(model, lists)?;
            }
            "text" => {
                let encoder = text(&file).await?;
                shared.engine.borrow_mut().add_text(model, encoder)?;
            }
            _ => {
                shared.engine.borrow_mut().add_unhashed(model, file, contents.next().as_deref())?
            }
        }
        Ok(())
    };
    match added.await {
        Ok(()) => Ok(()),
        Err(failure) => Err(shared.source.explain(failure, &release).await),
    }
}

async fn map(shared: &Shared) -> Result<JsValue, Failure> {
    let (entry, release) = {
        let engine = shared.engine.borrow();
        let manifest = engine.manifest();
        let entry = manifest.map().ok_or_else(|| {
            Failure::new("no_map", "this release has no map; `osusume map` adds one to a release")
        })?;
        (entry.clone(), manifest.release.clone())
    };
    let read = async {
        let file = shared.source.receive(shared.source.ask(&entry, None)?).await?;
        let engine = shared.engine.borrow();
        engine.check_catalogue()?;
        let catalogue = engine.catalogue();
        let MapBlob { tags, xs, ys, groups } =
            MapBlob::decode(&file, catalogue.items(), catalogue.genres().len())?;
        let ids: Vec<u32> = (0..catalogue.items()).map(|row| catalogue.id(row)).collect();
        let names =
            tags.iter().map(|&tag| JsValue::from(catalogue.genres()[usize::from(tag)].as_str()));
        let fields = [
            ("ids", Uint32Array::from(&ids[..]).into()),
            ("x", Uint16Array::from(&xs[..]).into()),
            ("y", Uint16Array::from(&ys[..]).into()),
            ("groups", Uint8Array::from(&groups[..]).into()),
            ("names", names.collect::<js_sys::Array>().into()),
        ];
        Ok(with(Object::new().into(), &fields))
    };
    match read.await {
        Ok(map) => Ok(map),
        Err(failure) => Err(shared.source.explain(failure, &release).await),
    }
}

async fn import(shared: &Shared, bytes: Vec<u8>) -> Result<Profile, Failure> {
    let bytes = if profile::is_gzip(&bytes) { fetch::gunzip_profile(&bytes).await? } else { bytes };
    let text = profile::text(&bytes).map_err(crate::Error::from)?;
    let engine = shared.engine.borrow();
    let profile = if profile::is_xml(text) {
        Profile::from_xml(text, engine.catalogue())
    } else {
        let json = js_sys::JSON::parse(text)
            .map_err(|_| ProfileError::Invalid("it is neither XML nor JSON"));
        json.and_then(|json| Profile::from_json(&json, engine.catalogue()))
    };
    Ok(profile.map_err(crate::Error::from)?)
}

impl profile::Json for JsValue {
    fn field(&self, name: &str) -> Option<Self> {
        if js_sys::Array::is_array(self) {
            return None; // `entries` is a method of it
        }
        let field = Reflect::get(self, &name.into()).ok()?; // not of an object
        (!field.is_undefined() && !field.is_null()).then_some(field)
    }

    fn elements(&self) -> Option<Vec<Self>> {
        Some(self.dyn_ref::<js_sys::Array>()?.iter().collect())
    }

    fn number(&self) -> Option<f64> {
        self.as_f64()
    }

    fn text(&self) -> Option<String> {
        self.as_string()
    }
}

/// Reads a request. Fields that are `undefined` are as if they were not there.
fn asked(request: &JsValue) -> Result<Request, Failure> {
    if !is_plain(request) {
        return Err(invalid(
            "a request is made of plain objects, arrays, numbers and texts: no Map, Set or BigInt",
        ));
    }
    reader::read(request.clone(), true).map_err(|wrong| invalid(&wrong.to_string()))
}

/// Says whether a value is what JSON could hold, or undefined. Whatever can be iterated would else pass for a list.
fn is_plain(value: &JsValue) -> bool {
    if let Some(list) = value.dyn_ref::<js_sys::Array>() {
        return list.iter().all(|value| is_plain(&value));
    }
    if let Some(object) = value.dyn_ref::<Object>() {
        let exotic = js_sys::Symbol::iterator().into();
        return !Reflect::has(object, &exotic).unwrap_or(true)
            && Object::values(object).iter().all(|value| is_plain(&value));
    }
    !value.is_bigint() && !value.is_symbol() && !value.is_function()
}

/// Adds fields to a fresh object, which cannot fail.
fn with(object: JsValue, fields: &[(&str, JsValue)]) -> JsValue {
    for (name, value) in fields {
        let _ = Reflect::set(&object, &(*name).into(), value);
    }
    object
}

/// Turns an answer into a plain object: no `Map`, no `BigInt`, nothing `undefined`.
fn plain(value: &impl Serialize) -> Result<JsValue, JsValue> {
    Ok(value.serialize(&serde_wasm_bindgen::Serializer::json_compatible())?)
}

fn function(options: &JsValue, name: &str) -> Result<Option<Function>, JsValue> {
    if options.is_undefined() {
        return Ok(None);
    }
    let value =
        Reflect::get(options, &name.into()).map_err(|_| invalid("options must be an object"))?;
    if value.is_undefined() {
        return Ok(None);
    }
    Ok(Some(value.dyn_into().map_err(|_| invalid(&format!("{name} must be a function")))?))
}

/// Takes a count as JavaScript has it: any number that is a whole one in range.
fn count(n: f64) -> Result<usize, Failure> {
    let whole = n as usize; // saturates, and NaN is 0
    if whole as f64 == n {
        Ok(whole)
    } else {
        Err(invalid(&format!("n is {}, it must be a whole number", shown(n))))
    }
}

fn item_id(engine: &Engine, id: &JsValue) -> Result<u32, Failure> {
    if let Some(key) = id.as_string() {
        let row = engine.row_by_id(&key)?;
        return Ok(engine.catalogue().id(row));
    }
    match id.as_f64() {
        Some(number) if f64::from(number as u32) == number => Ok(number as u32),
        Some(number) => Err(EngineError::UnknownId(shown(number)).into()),
        None => Err(invalid("an id is a number or, where the catalogue has text ids, a string")),
    }
}

/// Resolves a promise, whatever it is.
async fn resolved(promise: JsValue) -> Result<JsValue, JsValue> {
    JsFuture::from(Promise::resolve(&promise)).await
}
