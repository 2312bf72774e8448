#!/bin/sh
# Runs cargo for wasm32-unknown-unknown with the toolchain this machine has.
#   pkg-scripts/wasm-cargo.sh build --package osusume
#   pkg-scripts/wasm-cargo.sh test --package osusume --test node
# WASM_SMALL=1 builds for size where the toolchain can.
# WASM_TOOLCHAIN=rustup|debian forces a way: rustup's target, or Debian's compiler with std built from source.
set -eu
target=wasm32-unknown-unknown
say() { printf '%s\n' "$*" >&2; }
has_target() { ls "$(rustc --print target-libdir --target $target 2>/dev/null)"/libcore-*.rlib >/dev/null 2>&1; }
has_debian() { [ -x /usr/bin/rustc ] && [ -x /usr/bin/cargo ] && [ -x /usr/bin/wasm-ld-22 ] && [ -d /usr/lib/rustlib/src/rust/library/std ]; }
can_apt() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }
way=${WASM_TOOLCHAIN:-}
if [ -z "$way" ]; then
  if has_target; then way=rustup
  elif has_debian; then way=debian
  elif timeout 120 rustup target add $target >/dev/null 2>&1; then way=rustup
  elif can_apt; then way=debian
  else
    say "The $target target is missing: run 'rustup target add $target', or as root on Debian 'apt-get install rustc-web cargo-web rust-web-src lld-22'."
    exit 1
  fi
fi
case $way in
  rustup)
    has_target || rustup target add $target >&2
    cargo=cargo std= ;;
  debian)
    if ! has_debian; then
      can_apt || { say "Debian's wasm compiler is missing: as root, 'apt-get install rustc-web cargo-web rust-web-src lld-22'."; exit 1; }
      say "installing Debian's wasm compiler (about 120 MB) ..."
      { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends rustc-web cargo-web rust-web-src rust-web-clippy lld-22; } >&2
    fi
    export RUSTC=/usr/bin/rustc RUSTDOC=/usr/bin/rustdoc RUSTC_BOOTSTRAP=1
    # Debian has no rust-lld beside its compiler; its own wasm-ld does the same.
    export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=/usr/bin/wasm-ld-22
    unset RUSTUP_TOOLCHAIN RUSTC_WRAPPER || :
    PATH=/usr/bin:$PATH # for its own clippy
    export PATH
    cargo=/usr/bin/cargo std=-Zbuild-std=std,panic_abort ;;
  *) say "WASM_TOOLCHAIN is rustup or debian"; exit 2 ;;
esac
command=$1; shift
if [ "$way" = debian ] && [ "${WASM_SMALL:-}" = 1 ]; then
  # What only a std built from source can have: its small algorithms, and panics that stop without a message.
  std="$std -Zbuild-std-features=optimize_for_size"
  export RUSTFLAGS="-Ctarget-feature=+simd128 -Zunstable-options -Cpanic=immediate-abort"
fi
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/wasm-$way"
exec $cargo "$command" --target $target $std "$@"
