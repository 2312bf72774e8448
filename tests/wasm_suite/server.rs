//! A server in memory that answers with the stored release, or with an answer that a test sets.
//! Uses the public crate alone.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use js_sys::{Function, Object, Promise, Reflect, Uint8Array};
use osusume::wasm::Recommender;
use wasm_bindgen::prelude::*;
use web_sys::{Response, ResponseInit};

pub const MANIFEST: &str = "manifest.json";
pub const CATALOGUE: &str = "catalogue";
pub const NCF: &str = "ncf";
pub const EXPECTED: &str = include_str!("../fixtures/format-1/expected.json");

const FILES: [(&str, &[u8]); 4] = [
    (MANIFEST, include_bytes!("../fixtures/format-1/manifest.json")),
    (CATALOGUE, include_bytes!("../fixtures/format-1/catalogue.579eebedd12ffc16.bin")),
    (NCF, include_bytes!("../fixtures/format-1/ncf.e61300ed6e110c12.bin")),
    ("synopsis", include_bytes!("../fixtures/format-1/synopsis.c39fe1febb8866f8.bin")),
];

#[derive(Default)]
struct State {
    /// Status and body by the beginning of a file's name; status 0 is a connection that fails.
    answers: BTreeMap<&'static str, (u16, Vec<u8>)>,
    requests: u32,
    progress: Vec<JsValue>,
}

#[derive(Clone)]
pub struct Server(Rc<RefCell<State>>);

impl Server {
    /// Returns a server that answers with every file unchanged.
    pub fn sound() -> Self {
        let server = Self(Rc::default());
        for (name, _) in FILES {
            server.restore(name);
        }
        server
    }

    pub fn answer(&self, name: &'static str, status: u16, body: &[u8]) {
        self.0.borrow_mut().answers.insert(name, (status, body.to_vec()));
    }

    pub fn fail(&self, name: &'static str) {
        self.answer(name, 0, b"");
    }

    pub fn alter(&self, name: &'static str, change: impl FnOnce(&mut Vec<u8>)) {
        change(&mut self.0.borrow_mut().answers.get_mut(name).unwrap().1);
    }

    pub fn restore(&self, name: &'static str) {
        let (_, body) = FILES.iter().find(|(file, _)| *file == name).unwrap();
        self.answer(name, 200, body);
    }

    pub fn requests(&self) -> u32 {
        self.0.borrow().requests
    }

    pub fn progress(&self) -> Vec<JsValue> {
        self.0.borrow().progress.clone()
    }

    pub async fn open(&self) -> Result<Recommender, JsValue> {
        let (server, listener) = (self.clone(), self.clone());
        let fetch =
            Closure::<dyn Fn(String) -> Promise>::new(move |url: String| server.respond(&url));
        let report = Closure::<dyn Fn(JsValue)>::new(move |event| {
            listener.0.borrow_mut().progress.push(event);
        });
        let options = Object::new();
        let fetch: Function = fetch.into_js_value().unchecked_into();
        Reflect::set(&options, &"fetch".into(), &fetch).unwrap();
        Reflect::set(&options, &"onProgress".into(), &report.into_js_value()).unwrap();
        Recommender::open("http://localhost/sub/path/manifest.json".into(), options.into()).await
    }

    fn respond(&self, url: &str) -> Promise {
        let mut state = self.0.borrow_mut();
        state.requests += 1;
        let file =
            url.strip_prefix("http://localhost/sub/path/").expect("files lie beside the manifest");
        let Some((status, body)) =
            state.answers.iter().find(|(name, _)| file.starts_with(*name)).map(|(_, a)| a)
        else {
            return Promise::reject(&js_sys::TypeError::new("no such file in the test").into());
        };
        if *status == 0 {
            return Promise::reject(&js_sys::TypeError::new("Failed to fetch").into());
        }
        let init = ResponseInit::new();
        init.set_status(*status);
        let body = Uint8Array::from(body.as_slice());
        let response = Response::new_with_opt_js_u8_array_and_init(Some(&body), &init).unwrap();
        Promise::resolve(&JsValue::from(response))
    }
}

pub fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap()
}

/// Returns the stable code of a failure, which must be an `OsusumeError`.
pub fn code(error: &JsValue) -> String {
    assert!(error.is_instance_of::<js_sys::Error>(), "{error:?}");
    assert_eq!(get(error, "name").as_string().as_deref(), Some("OsusumeError"), "{error:?}");
    assert!(!get(error, "message").as_string().unwrap().is_empty());
    let class = get(error, "class").as_string().unwrap();
    assert!(["caller", "notReady", "fault"].contains(&class.as_str()), "{class}");
    get(error, "code").as_string().unwrap()
}
