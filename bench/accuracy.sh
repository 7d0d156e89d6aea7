#!/usr/bin/env bash
# Repeats the README's accuracies: all-MiniLM-L6-v2 on SST with three seeds and on QQP with one, by the blog recipe.
#   bench/accuracy.sh MODEL DATA OUTPUT     some 25 minutes on two cores
# Prints the last evaluation of each run, as the programs do.
set -euo pipefail
[ $# -eq 3 ] || { echo "usage: bench/accuracy.sh MODEL DATA OUTPUT" >&2; exit 2; }
bin=$(dirname "$0")/../build/release/bin
for seed in 1 2 3; do
  "$bin/sst2" --model "$1" --data "$2" --seed "$seed" --output "$3/sst-$seed" --quiet | sed "s/^/sst seed $seed  /"
done
"$bin/qqp" --model "$1" --data "$2" --seed 1 --epochs 1 --output "$3/qqp-1" --quiet | sed "s/^/qqp seed 1  /"
