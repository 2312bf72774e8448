#!/bin/sh
# rustc that lints while it compiles: RUSTC_WORKSPACE_WRAPPER=pkg-scripts/lint/rustc.sh cargo test
# `cargo clippy` would go through every dependency once more.
exec clippy-driver "$@" -D warnings
