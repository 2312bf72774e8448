//! The class that JavaScript sees: checks the arguments, calls the engine, converts the answers.
//! Imports `load`, `import`, `convert` and `failure`; fetches nothing itself.

use std::rc::Rc;

use js_sys::{Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use super::convert::{read_count, read_function, read_id, read_request, to_plain, with_fields};
use super::failure::{JsFailure, invalid};
use super::fetch::Fetcher;
use super::import::import;
use super::load::{OpenRelease, load, map, open};

/// An open release.
#[wasm_bindgen]
pub struct Recommender {
    release: Rc<OpenRelease>,
}

#[wasm_bindgen]
impl Recommender {
    /// Fetches the manifest and the catalogue. `options`: `fetch` replaces the global function;
    /// `onProgress` receives the progress; `preliminary` loads only the titles and neighbour lists
    /// of the first answers, if the release has these files; `lowMemory` keeps two bytes a value
    /// instead of three, and makes answers several times slower.
    pub async fn open(manifest_url: String, options: JsValue) -> Result<Recommender, JsValue> {
        let fetcher = Fetcher::new(
            manifest_url,
            read_function(&options, "fetch")?,
            read_function(&options, "onProgress")?,
        );
        let is_set =
            |name: &str| Reflect::get(&options, &name.into()).is_ok_and(|value| value.is_truthy());
        let (preliminary, coded) = (is_set("preliminary"), !is_set("lowMemory"));
        Ok(Self { release: Rc::new(open(fetcher, preliminary, coded).await?) })
    }

    /// Fetches the vectors of a model. `"<model> neighbours"` fetches its neighbour lists,
    /// `"<model> text"` its text encoder, and `" catalogue"` the whole catalogue, if only the
    /// titles are loaded. Files that are loaded or loading are not fetched again.
    pub fn load(&self, what: String) -> Promise {
        let mut loads = self.release.loads.borrow_mut();
        if let Some((_, promise)) = loads.iter().find(|(name, _)| *name == what) {
            return promise.clone();
        }
        let (release, name) = (Rc::clone(&self.release), what.clone());
        let promise = future_to_promise(async move {
            let loaded = load(&release, &name).await;
            if loaded.is_err() {
                release.loads.borrow_mut().retain(|(other, _)| *other != name);
            }
            Ok(loaded.map(|()| JsValue::UNDEFINED)?)
        });
        loads.push((what, promise.clone()));
        promise
    }

    /// Describes the release. With `preliminary`, leaves out the declared fields while only titles
    /// are loaded.
    pub fn info(&self, preliminary: Option<bool>) -> Result<JsValue, JsValue> {
        let engine = self.release.engine.borrow();
        if preliminary != Some(true) {
            engine.check_catalogue().map_err(JsFailure::from)?;
        }
        let manifest = engine.manifest();
        let models = js_sys::Array::new();
        for entry in &manifest.models {
            let bytes = manifest.file(entry).map_err(JsFailure::from)?.bytes;
            let loaded = engine.is_loaded(&entry.name);
            let text = engine.has_text(&entry.name);
            let fields = [
                ("bytes", (bytes as f64).into()),
                ("loaded", loaded.into()),
                ("textLoaded", text.into()),
            ];
            models.push(&with_fields(to_plain(entry)?, &fields));
        }
        let fields = [
            ("release", manifest.release.as_str().into()),
            ("items", manifest.items.into()),
            ("defaultModel", manifest.default_model.as_str().into()),
            ("models", models.into()),
            ("map", manifest.map().is_some().into()),
        ];
        let info = with_fields(Object::new().into(), &fields);
        if !engine.is_complete() {
            return Ok(info);
        }
        Ok(with_fields(info, &[("fields", to_plain(&engine.catalogue().fields())?)]))
    }

    /// Fetches the place of each item in the plane, if the release has a map.
    pub fn map(&self) -> Promise {
        let release = Rc::clone(&self.release);
        future_to_promise(async move { Ok(map(&release).await?) })
    }

    /// Returns the `limit` best matches of a text as it is typed.
    pub fn find(&self, text: &str, limit: f64) -> Result<JsValue, JsValue> {
        let engine = self.release.engine.borrow();
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
        self.release.engine.borrow().warm()
    }

    /// Returns all data of an item, by id (a number) or text id (a string).
    ///
    /// With `preliminary`, returns the id and main title while only these are loaded, and marks the
    /// answer as preliminary.
    pub fn item(&self, id: &JsValue, preliminary: Option<bool>) -> Result<JsValue, JsValue> {
        let engine = self.release.engine.borrow();
        if preliminary != Some(true) {
            engine.check_catalogue().map_err(JsFailure::from)?;
        }
        let id = read_id(&engine, id)?;
        let item = engine.item(id).map_err(JsFailure::from)?;
        let models = engine.models_of(id).map_err(JsFailure::from)?;
        let object = with_fields(to_plain(&item)?, &[("models", to_plain(&models)?)]);
        Ok(if engine.is_complete() {
            object
        } else {
            with_fields(object, &[("preliminary", true.into())])
        })
    }

    /// Reads a visitor's own list of shows: the bytes of `MyAnimeList`'s XML or `AniList`'s JSON,
    /// plain or gzip.
    #[wasm_bindgen(js_name = importProfile)]
    pub fn import_profile(&self, bytes: Vec<u8>) -> Promise {
        let release = Rc::clone(&self.release);
        future_to_promise(async move { to_plain(&import(&release, bytes).await?) })
    }

    /// Answers a request of the shape of [`crate::engine::Request`]. With `preliminary`, answers
    /// from the neighbour lists, if they suffice and the exact answer needs files that are not
    /// loaded.
    pub fn recommend(
        &self,
        request: &JsValue,
        preliminary: Option<bool>,
    ) -> Result<JsValue, JsValue> {
        let request = read_request(request)?;
        let engine = self.release.engine.borrow();
        let early = preliminary == Some(true);
        to_plain(
            &if early { engine.recommend_early(&request) } else { engine.recommend(&request) }
                .map_err(JsFailure::from)?,
        )
    }

    /// Answers a request with one liked item. `options`: the other fields of a request, as `limit`.
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
        let liked = js_sys::Array::of1(&read_id(&self.release.engine.borrow(), id)?.into());
        self.recommend(&with_fields(request.into(), &[("liked", liked.into())]), preliminary)
    }
}
