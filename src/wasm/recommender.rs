//! The class that JavaScript sees: checks the arguments, calls the engine, converts the answers.
//! Imports `stream`, `decode`, `import`, `convert` and `failure`.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;

use js_sys::{Function, Object, Promise, Uint8Array, Uint16Array, Uint32Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use web_sys::Response;

use super::convert::{
    is_set, read_count, read_id, read_manifest, read_request, to_plain, with_fields,
};
use super::decode::{catalogue, text};
use super::failure::{JsFailure, invalid};
use super::import::import;
use super::stream::{bytes_of, receive};
use crate::engine::Engine;
use crate::format::MapBlob;

/// A release: its manifest, and the files that were added. A file is a `ReceivedFile` or a
/// `Uint8Array`; nothing here checks its hash.
#[wasm_bindgen]
pub struct Recommender {
    /// Shared with the files that are being decoded.
    engine: Rc<RefCell<Engine>>,
}

#[wasm_bindgen]
impl Recommender {
    /// Checks the manifest, a plain object. `options`: `lowMemory` keeps two bytes a value instead
    /// of three, and makes answers several times slower.
    #[wasm_bindgen(constructor)]
    pub fn new(manifest: JsValue, options: &JsValue) -> Result<Recommender, JsValue> {
        let engine = Engine::of_manifest(read_manifest(manifest)?);
        let engine = engine.with_codes(!is_set(options, "lowMemory"));
        Ok(Self { engine: Rc::new(RefCell::new(engine)) })
    }

    /// Streams a file of `bytes` bytes into the module's memory, and calls `on_progress` with the
    /// number of bytes so far. Returns a `ReceivedFile`.
    pub fn receive(response: Response, bytes: u32, on_progress: Function) -> Promise {
        promise(Box::pin(async move { Ok(receive(&response, bytes, &on_progress).await?.into()) }))
    }

    /// Adds the catalogue, and the addresses of pictures if `images` is not undefined.
    #[wasm_bindgen(js_name = addCatalogue)]
    pub fn add_catalogue(&self, file: JsValue, images: JsValue) -> Promise {
        self.adding(async move |engine| {
            let mut whole = catalogue(&bytes_of(file)?).await?;
            if !images.is_undefined() {
                whole = whole.with_images(&catalogue(&bytes_of(images)?).await?)?;
            }
            Ok(engine.borrow_mut().complete(whole)?)
        })
    }

    /// Adds the vectors of a model, and its residual if it has one.
    #[wasm_bindgen(js_name = addModel)]
    pub fn add_model(&self, name: &str, file: JsValue, residual: JsValue) -> Result<(), JsValue> {
        let file = bytes_of(file)?;
        let residual = if residual.is_undefined() { None } else { Some(bytes_of(residual)?) };
        let mut engine = self.engine.borrow_mut();
        Ok(engine.add_unhashed(name, file, residual.as_deref()).map_err(JsFailure::from)?)
    }

    /// Adds the text encoder of a model.
    #[wasm_bindgen(js_name = addText)]
    pub fn add_text(&self, name: String, file: JsValue) -> Promise {
        self.adding(async move |engine| {
            let encoder = text(&bytes_of(file)?).await?;
            Ok(engine.borrow_mut().add_text(&name, encoder)?)
        })
    }

    /// Decodes the map: the place of each item in the plane.
    pub fn map(&self, file: JsValue) -> Result<JsValue, JsValue> {
        let file = bytes_of(file)?;
        let engine = self.engine.borrow();
        engine.check_catalogue().map_err(JsFailure::from)?;
        let catalogue = engine.catalogue();
        let names = catalogue.tag_list().map_or(&[][..], |tags| &tags.names);
        let MapBlob { tags, xs, ys, groups } =
            MapBlob::decode(&file, catalogue.items(), names.len()).map_err(JsFailure::from)?;
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
    }

    /// Describes the release.
    pub fn info(&self) -> Result<JsValue, JsValue> {
        let engine = self.engine.borrow();
        engine.check_catalogue().map_err(JsFailure::from)?;
        let manifest = engine.manifest();
        let models = js_sys::Array::new();
        for entry in &manifest.models {
            let file = manifest.file(entry).map_err(JsFailure::from)?;
            let fields = [
                ("name", entry.name.as_str().into()),
                ("metric", entry.metric.as_str().into()),
                ("dims", entry.dims.into()),
                ("rows", entry.rows.into()),
                ("bytes", (file.bytes as f64).into()),
                ("loaded", engine.is_loaded(&entry.name).into()),
                ("textLoaded", engine.has_text(&entry.name).into()),
            ];
            let model = with_fields(Object::new().into(), &fields);
            models.push(&match entry.text.as_deref() {
                Some(text) => with_fields(model, &[("text", text.into())]),
                None => model,
            });
        }
        let fields = [
            ("release", manifest.release.as_str().into()),
            ("items", manifest.items.into()),
            ("defaultModel", manifest.default.model.as_str().into()),
            ("models", models.into()),
            ("map", manifest.map().is_some().into()),
        ];
        let info = with_fields(Object::new().into(), &fields);
        Ok(with_fields(info, &[("fields", to_plain(&engine.catalogue().fields())?)]))
    }

    /// Returns the `limit` best matches of a text as it is typed.
    pub fn find(&self, text: &str, limit: f64) -> Result<JsValue, JsValue> {
        let engine = self.engine.borrow();
        let found = engine.find(text, read_count(limit)?).map_err(JsFailure::from)?;
        let found = found.iter().map(|found| {
            let (matched, language) = (found.matched.into(), found.language.into());
            let fields =
                [("matched", matched), ("language", language), ("spans", to_plain(&found.spans)?)];
            let object = with_fields(Object::new().into(), &fields);
            let item: Object = to_plain(&found.item)?.unchecked_into();
            Ok(Object::assign(object.unchecked_ref::<Object>(), &item))
        });
        Ok(found.collect::<Result<js_sys::Array, JsValue>>()?.into())
    }

    /// Prepares the first search, one part a call. Returns whether more is left.
    #[must_use]
    pub fn warm(&self) -> bool {
        self.engine.borrow().warm()
    }

    /// Returns all data of an item, by id (a number) or text id (a string).
    pub fn item(&self, id: &JsValue) -> Result<JsValue, JsValue> {
        let engine = self.engine.borrow();
        engine.check_catalogue().map_err(JsFailure::from)?;
        let id = read_id(&engine, id)?;
        let item = engine.item(id).map_err(JsFailure::from)?;
        let models = engine.models_of(id).map_err(JsFailure::from)?;
        let predicted = engine.models_predicting(id).map_err(JsFailure::from)?;
        let lists = [("models", to_plain(&models)?), ("predicted", to_plain(&predicted)?)];
        Ok(with_fields(to_plain(&item)?, &lists))
    }

    /// Reads a visitor's own list of shows: the bytes of `MyAnimeList`'s XML or `AniList`'s JSON,
    /// uncompressed.
    #[wasm_bindgen(js_name = importProfile)]
    pub fn import_profile(&self, bytes: &[u8]) -> Result<JsValue, JsValue> {
        let engine = self.engine.borrow();
        engine.check_catalogue().map_err(JsFailure::from)?;
        to_plain(&import(bytes, engine.catalogue())?)
    }

    /// Answers a request of the shape of [`crate::engine::Request`].
    pub fn recommend(&self, request: &JsValue) -> Result<JsValue, JsValue> {
        let request = read_request(request)?;
        to_plain(&self.engine.borrow().recommend(&request).map_err(JsFailure::from)?)
    }

    /// Answers a request with one liked item. `settings`: the other fields of a request, as
    /// `limit`.
    pub fn similar(&self, id: &JsValue, settings: &JsValue) -> Result<JsValue, JsValue> {
        let request = Object::new();
        if settings.is_object() {
            Object::assign(&request, settings.unchecked_ref());
        } else if !settings.is_undefined() {
            return Err(invalid("options must be an object"))?;
        }
        let liked = js_sys::Array::of1(&read_id(&self.engine.borrow(), id)?.into());
        self.recommend(&with_fields(request.into(), &[("liked", liked.into())]))
    }
}

impl Recommender {
    /// Starts to decode and add a file.
    fn adding<F, A>(&self, add: F) -> Promise
    where
        F: FnOnce(Rc<RefCell<Engine>>) -> A + 'static,
        A: Future<Output = Result<(), JsFailure>> + 'static,
    {
        let adding = add(Rc::clone(&self.engine));
        promise(Box::pin(async move { Ok(adding.await.map(|()| JsValue::UNDEFINED)?) }))
    }
}

/// Starts a future. Boxed, since `future_to_promise` is compiled once for each type.
fn promise(future: Pin<Box<dyn Future<Output = Result<JsValue, JsValue>>>>) -> Promise {
    future_to_promise(future)
}
