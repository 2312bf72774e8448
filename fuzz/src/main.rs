//! One fuzzer for every reader of foreign bytes; the environment variable `TARGET` names which.
//!
//! A target fails by a panic, by a fault that the sanitizer sees, by memory or time beyond libFuzzer's limits, and by
//! an answer that breaks what docs/ENGINE.md promises.
#![no_main]

mod release;
mod tables;
mod targets;

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use targets::{TARGETS, Target};

static CHOSEN: OnceLock<&Target> = OnceLock::new();

fuzz_target!(
    init: {
        if let Ok(folder) = std::env::var("SEEDS") {
            release::pack_sound(std::env::var_os("SOUND").expect("SOUND is a folder").as_ref());
            targets::write_seeds(folder.as_ref());
            std::process::exit(0);
        }
        let names = || TARGETS.iter().map(|target| target.name).collect::<Vec<_>>().join(", ");
        let name = std::env::var("TARGET").unwrap_or_default();
        let chosen = TARGETS.iter().find(|target| target.name == name);
        CHOSEN.get_or_init(|| chosen.unwrap_or_else(|| {
            eprintln!("TARGET is one of {}", names());
            std::process::exit(2);
        }));
    },
    |data: &[u8]| {
        if let Some(target) = CHOSEN.get() {
            (target.attack)(data);
        }
    }
);
