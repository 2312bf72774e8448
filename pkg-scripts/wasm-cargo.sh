#!/bin/sh
# Runs cargo for wasm32-unknown-unknown with the toolchain this machine has.
#   pkg-scripts/wasm-cargo.sh build --package osusume
#   pkg-scripts/wasm-cargo.sh test --package osusume --test wasm
#   pkg-scripts/wasm-cargo.sh --way      prints the way it takes here, rustup or debian
#   pkg-scripts/wasm-cargo.sh --other    prints the other way, or fails where that is not installed
#   pkg-scripts/wasm-cargo.sh --add      installs the other way and prints it, or fails
# The way is rustup's target where that is there, else Debian's compiler, which builds std itself,
# where that is there or root can install it, else rustup's target, which it adds.
# WASM_TOOLCHAIN=rustup|debian forces a way. WASM_SMALL=1 builds for size where the toolchain can.
set -eu
target=wasm32-unknown-unknown
packages='rustc-web cargo-web rust-web-src rust-web-clippy lld-22'
say() { printf '%s\n' "$*" >&2; }
has_rustup() {
  libdir=$(rustc --print target-libdir --target $target 2>/dev/null) &&
    ls "$libdir"/libcore-*.rlib >/dev/null 2>&1
}
add_rustup() { timeout 120 rustup target add $target >/dev/null 2>&1 && has_rustup; }
has_debian() {
  [ -x /usr/bin/rustc ] && [ -x /usr/bin/cargo ] && [ -x /usr/bin/wasm-ld-22 ] &&
    [ -d /usr/lib/rustlib/src/rust/library/std ]
}
add_debian() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
  apt-get update -qq >/dev/null 2>&1 || :
  apt-cache show $packages >/dev/null 2>&1 || return 1 # this is another Debian, or none
  say "installing Debian's wasm compiler (about 120 MB) ..."
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >&2 &&
    has_debian
}
way=${WASM_TOOLCHAIN:-}
case $way in
  '')
    if has_rustup; then way=rustup
    elif has_debian || add_debian; then way=debian
    elif add_rustup; then way=rustup
    else
      say "The $target target is missing: run 'rustup target add $target',"
      say "or as root on Debian 'apt-get install $packages'."
      exit 1
    fi ;;
  rustup) has_rustup || add_rustup || { say "rustup cannot add $target here."; exit 1; } ;;
  debian)
    has_debian || add_debian || {
      say "Debian's wasm compiler is missing: as root, 'apt-get install $packages'."
      exit 1
    } ;;
  *) say "WASM_TOOLCHAIN is rustup or debian"; exit 2 ;;
esac
case ${1:-} in
  --way) echo $way; exit ;;
  --other | --add)
    other=debian
    [ $way = rustup ] || other=rustup
    has_$other || { [ "$1" = --add ] && add_$other; } || exit 1
    echo $other
    exit ;;
esac
if [ $way = rustup ]; then
  cargo=cargo std=
else
  export RUSTC=/usr/bin/rustc RUSTDOC=/usr/bin/rustdoc RUSTC_BOOTSTRAP=1
  # Debian has no rust-lld beside its compiler; its own wasm-ld does the same.
  export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=/usr/bin/wasm-ld-22
  unset RUSTUP_TOOLCHAIN RUSTC_WRAPPER || :
  PATH=/usr/bin:$PATH # for its own clippy
  export PATH
  cargo=/usr/bin/cargo std=-Zbuild-std=std,panic_abort
fi
command=$1; shift
if [ $way = debian ] && [ "${WASM_SMALL:-}" = 1 ]; then
  # Only a std built from source can have these: its small algorithms, and panics without a message.
  std="$std -Zbuild-std-features=optimize_for_size"
  export RUSTFLAGS="-Ctarget-feature=+simd128 -Zunstable-options -Cpanic=immediate-abort"
fi
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/wasm-$way"
exec $cargo "$command" --target $target $std "$@"
