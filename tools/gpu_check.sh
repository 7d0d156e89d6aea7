#!/usr/bin/env bash
# Shows all that a machine with a GPU alone can show. Needs the built binaries alone (preset cuda), the data for the comparison,
# and PyTorch with transformers for that.
#   tools/gpu_check.sh [BUILD_FOLDER [DATA [SECTION...]]]     build/cuda; DATA has sst/ and vocab/, - for none
# Sections, all by default, in this order:
#   tests      kernels against the CPU, the ladder, programs
#   timing     steps with and without graphs, kernels in GB/s
#   attention  hone's against cuDNN's, on long texts
#   compare    against PyTorch (needs DATA)
#   sanitize   compute-sanitizer over the tests of kernels, of cuDNN and of each op's gradient in f32, f64 and bf16
# Each section has LIMIT seconds (600); one that fails does not keep the next from running, and the script says which did.
# The emulated device shows that the script works: HONE_EMULATED_CUDA=1 tools/gpu_check.sh build/test - tests timing
set -uo pipefail
absolute() { case "$1" in - | /*) echo "$1" ;; *) echo "$PWD/$1" ;; esac; }
root=$(cd "$(dirname "$0")/.." && pwd)
build=$(absolute "${1:-$root/build/cuda}") data=$(absolute "${2:--}")
cd "$root" || exit 2
shift $(($# < 2 ? $# : 2))
sections=("$@")
[ ${#sections[@]} -gt 0 ] || sections=(tests timing attention compare sanitize)
bin=$build/bin
[ -x "$bin/sst2" ] || { echo "gpu_check: $bin/sst2 is missing: cmake --preset cuda && cmake --build --preset cuda" >&2; exit 2; }
export bin data HONE_SOURCE_DIR=$root HONE_BIN_DIR=$bin
work=$(mktemp -d)
export work
trap 'rm -r "$work"' EXIT
say() { printf '\n== %s\n' "$*"; }

# A test program must pass, and pass something: what finds no GPU is skipped.
passes() {
  local out
  out=$("$@" --gtest_brief=1 2>&1) || { echo "$out"; return 1; }
  echo "$out" | grep -v '^Running main'
  echo "$out" | grep -q 'PASSED  \] [1-9]' || { echo "nothing was tested"; return 1; }
}

tests() {
  local failed=0
  passes "$bin/test_cuda" || failed=1
  passes "$bin/test_cudnn" || failed=1
  passes "$bin/test_ops" --gtest_filter='*cuda*' || failed=1
  passes "$bin/test_apps" --gtest_filter='Cuda*:Recordings*' || failed=1
  passes "$bin/test_nn" --gtest_filter='*_cuda*' || failed=1
  passes "$bin/test_nn" --gtest_filter='TableGradients*' || failed=1
  return $failed
}

# A BERT from nothing, of the given size (as many entries of the vocabulary as BERT's, of which the letters are used): only its
# speed counts.
make_model() {
  local folder=$1 hidden=$2 layers=$3 heads=$4 dropout=$5
  mkdir -p "$folder"
  { printf '%s\n' '[PAD]' '[UNK]' '[CLS]' '[SEP]' '[MASK]' {a..z} '##'{a..z} && printf '[unused%d]\n' {58..30522}; } >"$folder/vocab.txt"
  cat >"$folder/config.json" <<CONFIG
{"model_type": "bert", "hidden_size": $hidden, "num_hidden_layers": $layers, "num_attention_heads": $heads,
 "intermediate_size": $((4 * hidden)), "hidden_act": "gelu", "max_position_embeddings": 512, "type_vocab_size": 2,
 "hidden_dropout_prob": $dropout, "attention_probs_dropout_prob": $dropout, "vocab_size": $(wc -l <"$folder/vocab.txt")}
CONFIG
}

# time_runs TITLE TYPE OPTIONS...: steps with and without graphs, which must give the same bits.
time_runs() {
  local title=$1 type=$2 graphs run failed=0
  shift 2
  say "$title, $type, batch 32: seconds of a step, the median of those after the first ten"
  for graphs in 1 0; do
    run=$work/run-$graphs
    HONE_CUDA_GRAPHS=$graphs "$bin/sst2" --device cuda --init random --dtype "$type" --max-steps "${STEPS:-60}" --epochs 30 \
      --save-every 1000000 --quiet --output "$run" "$@" >"$work/results" 2>"$work/warnings" || { cat "$work/results"; failed=1; }
    cat "$work/warnings"
    grep -q 'not every step is replayed' "$work/warnings" && { echo "graphs were given up"; failed=1; }
    printf 'graphs %s: ' "$graphs"
    grep -o '"seconds":[0-9.e-]*' "$run/metrics.jsonl" | cut -d : -f 2 | sed -n '11,$p' | sort -g |
      awk '{ value[NR] = $1 } END { print NR ? value[int((NR + 1) / 2)] : "too few steps" }'
  done
  cmp "$work/run-"{0,1}/model/model.safetensors && echo "the same bits with and without graphs" || failed=1
  grep -o '"device_peak_memory_bytes":[0-9]*' "$work/run-1/metrics.jsonl"
  rm -rf "$work/run-0" "$work/run-1"
  return $failed
}

# On examples/sentiment: texts of about twice SST's length.
time_steps() {
  local name=$1 hidden=$2 layers=$3 heads=$4 type=$5 failed=0
  make_model "$work/$name" "$hidden" "$layers" "$heads" 0.1
  time_runs "$name" "$type" --model "$work/$name" --data examples/sentiment || failed=1
  "$bin/sst2" --device cuda --init random --dtype "$type" --max-steps "${STEPS:-60}" --epochs 30 --save-every 1000000 --quiet \
    --model "$work/$name" --data examples/sentiment --output "$work/profile" --profile || failed=1
  rm -rf "$work/profile" "${work:?}/$name"
  return $failed
}

# hone's attention against cuDNN's: texts of some 150 to 400 tokens, no dropout.
attention() {
  local split choice failed=0 size=(768 6 12) choices=(plain cudnn auto)
  mkdir -p "$work/long"
  for split in train validation; do
    awk -F '\t' -v several=8 'FNR == 1 { if (NR == 1) print; next } { text = text $1 " " } NR % several == 0 { print text "\t" $2; text = "" }' \
      "examples/sentiment/$split.tsv"{,,,} >"$work/long/$split.tsv"
  done
  [ -z "${HONE_EMULATED_CUDA:-}" ] || { size=(32 2 2) choices=(plain) STEPS=11; }
  make_model "$work/without-dropout" "${size[@]}" 0
  for choice in "${choices[@]}"; do
    STEPS=${STEPS:-40} time_runs "--attention $choice" bf16 --model "$work/without-dropout" --data "$work/long" --attention "$choice" || failed=1
  done
  return $failed
}

timing() {
  local type failed=0
  for type in bf16 f32; do
    if [ -n "${HONE_EMULATED_CUDA:-}" ]; then
      STEPS=12 time_steps tiny 32 2 2 "$type" || failed=1
      continue
    fi
    time_steps distilbert-size 768 6 12 "$type" || failed=1
    time_steps base-size 768 12 12 "$type" || failed=1
    [ "$type" = f32 ] || time_steps large-size 1024 24 16 "$type" || failed=1
  done
  [ -n "${HONE_EMULATED_CUDA:-}" ] || for type in f32 bf16; do
    say "kernels, $type: GB/s beside a copy's"
    "$bin/kernels_bench" --device=cuda --dtype=$type --benchmark_min_time=0.05 2>&1 | grep -v '^\*\*\*' || failed=1
  done
  return $failed
}

compare() {
  [ "$data" != - ] || { echo "no data given: left out"; return 0; }
  python3 -c 'import torch, transformers, sys; sys.exit(not torch.cuda.is_available())' 2>/dev/null ||
    { echo "no PyTorch with a GPU here: left out"; return 0; }
  python3 -c 'import torch, transformers; print("torch", torch.__version__, "transformers", transformers.__version__)'
  # Names of models and types are words of their own.
  HF_HUB_OFFLINE=1 python3 bench/compare_pytorch.py --device cuda --bin "$bin" --data "$data" --rounds "${ROUNDS:-1}" \
    --models ${MODELS:-distilbert bert-base bert-large} --dtypes ${DTYPES:-bf16}
}

# Each program under each tool has its own share of the time.
sanitize() {
  command -v compute-sanitizer >/dev/null || { echo "no compute-sanitizer here: left out"; return 0; }
  local tool tests failed=0 share=$((${LIMIT:-600} / 6 - 5)) ladder='*GradientsAgree*/cuda*:*Bf16Agrees*/cuda*'
  for tool in memcheck racecheck; do
    say "compute-sanitizer $tool"
    for tests in test_cuda test_cudnn; do
      HONE_CUDA_ARENA=0 timeout -k 10 $share compute-sanitizer --tool "$tool" --error-exitcode 1 "$bin/$tests" --gtest_brief=1 ||
        { echo "$tool, $tests: failed, or out of time"; failed=1; }
    done
    HONE_CUDA_ARENA=0 timeout -k 10 $share compute-sanitizer --tool "$tool" --error-exitcode 1 "$bin/test_ops" --gtest_brief=1 \
      --gtest_filter="$ladder" || { echo "$tool, test_ops: failed, or out of time"; failed=1; }
  done
  return $failed
}

say "the machine"
nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader 2>/dev/null || echo "no nvidia-smi here"
date -u
export -f say passes tests make_model time_runs time_steps timing attention compare sanitize
failed=()
for section in "${sections[@]}"; do
  case "$section" in tests | timing | attention | compare | sanitize) ;; *) echo "gpu_check: no section $section" >&2; exit 2 ;; esac
  say "section $section"
  timeout -k 10 "${LIMIT:-600}" bash -uo pipefail -c "$section" || failed+=("$section")
done
say "${#failed[@]} sections failed${failed[*]:+: ${failed[*]}}"
[ ${#failed[@]} -eq 0 ]
