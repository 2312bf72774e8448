#!/bin/sh
# rustdoc for `RUSTDOC=pkg-scripts/lint/rustdoc.sh cargo test --doc` that checks the library's pages too, with what the tests were
# compiled with. `cargo doc` would go through every dependency once more.
set -eu
case " $* " in
  *' --test '*)
    pages=$(mktemp -d)
    trap 'rm -rf "$pages"' EXIT
    (
      skip=
      for word; do
        shift
        case $skip$word in
          skip* | --test) skip= ;;
          --test-run-directory) skip=skip ;;
          *) set -- "$@" "$word" ;;
        esac
      done
      rustdoc "$@" -D warnings --out-dir "$pages"
    )
    rustdoc "$@" ;;
  *) exec rustdoc "$@" ;;
esac
