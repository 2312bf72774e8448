#!/bin/sh
# Which vector ships: every objective and form at 32, 64 and 128 dims on three data sets, by item to item and by profile.
#   pkg-scripts/compare-vectors.sh ML-100K.inter ML-1M-FOLDER ANIME-RATINGS.csv.gz
# ML-1M-FOLDER holds train.csv.gz and test.csv of the split of He et al. 2017. OSUSUME names the command; hours become
# minutes with fewer DIMS (default "32 64 128").
set -eu
[ $# = 3 ] || { sed -n '2,5s/^# //p' "$0" >&2; exit 2; }
r=$(dirname "$0")/../embeddings/recipes
osusume=${OSUSUME:-osusume}
for dims in ${DIMS:-32 64 128}; do
  models=$r/gmf-32.toml:vector=raw,$r/gmf-32.toml,$r/paper-neumf-8.toml
  models=$models,$r/in-batch-32.toml:temperature=0,$r/in-batch-32.toml,$r/ials-64.toml,$r/product.toml:residual=0,$r/product.toml
  for data in ml-100k ml-1m anime; do
    case $data in
      ml-100k) split="--ratings $1" ;;
      ml-1m) split="--ratings $2/train.csv.gz --test $2/test.csv" ;;
      anime) split="--ratings $3 --core 5" ;;
    esac
    echo "== $data, $dims dims"
    # shellcheck disable=SC2086
    "$osusume" eval --threads "${THREADS:-1}" $split --dims "$dims" --models "$models"
  done
done
