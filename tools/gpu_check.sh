#!/usr/bin/env bash
# What a machine with a GPU can show and no other: the tests on the real device, compute-sanitizer over the kernels, and the time
# of training steps. Needs the built binaries alone (preset cuda). Where PyTorch and transformers are and the data is given,
# it ends with bench/compare_pytorch.py.
#   tools/gpu_check.sh [BUILD_FOLDER [DATA]]     build/cuda by default; DATA has sst/ and vocab/
# The emulated device shows that the script works: HONE_EMULATED_CUDA=1 tools/gpu_check.sh build/test
set -euo pipefail
cd "$(dirname "$0")/.."
bin=${1:-build/cuda}/bin
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
[ -x "$bin/sst2" ] || { echo "gpu_check: $bin/sst2 is missing: cmake --preset cuda && cmake --build --preset cuda" >&2; exit 2; }
say() { printf '\n== %s\n' "$*"; }

say "the machine"
nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader 2>/dev/null || echo "no nvidia-smi here"
date -u

say "kernels against the CPU, the ladder, programs"
"$bin/test_cuda" --gtest_brief=1
"$bin/test_cudnn" --gtest_brief=1
"$bin/test_ops" --gtest_brief=1 --gtest_filter='*cuda*'
"$bin/test_apps" --gtest_brief=1 --gtest_filter='Cuda*:Recordings*'
"$bin/test_nn" --gtest_brief=1 --gtest_filter='*_cuda*'

if command -v compute-sanitizer >/dev/null; then
  for tool in memcheck racecheck; do
    say "compute-sanitizer $tool"
    compute-sanitizer --tool "$tool" --error-exitcode 1 "$bin/test_cuda" --gtest_brief=1
    compute-sanitizer --tool "$tool" --error-exitcode 1 "$bin/test_cudnn" --gtest_brief=1
  done
else
  echo "no compute-sanitizer here: left out"
fi

# A BERT from nothing, of the given size, on examples/: only its speed counts.
time_steps() {
  local name=$1 hidden=$2 layers=$3 heads=$4 type=$5 folder=$work/$1
  mkdir -p "$folder"
  printf '%s\n' '[PAD]' '[UNK]' '[CLS]' '[SEP]' '[MASK]' {a..z} '##'{a..z} >"$folder/vocab.txt"
  cat >"$folder/config.json" <<CONFIG
{"model_type": "bert", "hidden_size": $hidden, "num_hidden_layers": $layers, "num_attention_heads": $heads,
 "intermediate_size": $((4 * hidden)), "hidden_act": "gelu", "max_position_embeddings": 512, "type_vocab_size": 2,
 "vocab_size": $(wc -l <"$folder/vocab.txt")}
CONFIG
  say "$name, $type, batch 32: seconds of a step, the median of those after the first ten"
  train() {
    "$bin/sst2" --device cuda --init random --model "$folder" --data examples/sentiment --dtype "$type" \
      --max-steps "${STEPS:-60}" --epochs 30 --quiet "$@"
  }
  for graphs in 1 0; do
    HONE_CUDA_GRAPHS=$graphs train --output "$work/run-$name-$type-$graphs"
    printf 'graphs %s: ' "$graphs"
    grep -o '"seconds":[0-9.e-]*' "$work/run-$name-$type-$graphs/metrics.jsonl" | cut -d : -f 2 | sed -n '11,$p' | sort -g |
      awk '{ value[NR] = $1 } END { print NR ? value[int((NR + 1) / 2)] : "too few steps" }'
  done
  cmp "$work/run-$name-$type-"{0,1}/model/model.safetensors
  echo "the same bits with and without graphs"
  train --output "$work/profile-$name-$type" --profile
}
for type in f32 bf16; do
  if [ -n "${HONE_EMULATED_CUDA:-}" ]; then
    STEPS=12 time_steps tiny 32 2 2 "$type"
  else
    time_steps distilbert-size 768 6 12 "$type"
    time_steps base-size 768 12 12 "$type"
    time_steps large-size 1024 24 16 "$type"
  fi
done

if [ -z "${2:-}" ]; then
  say "no data given: no comparison with PyTorch"
elif python3 -c 'import torch, transformers, sys; sys.exit(not torch.cuda.is_available())' 2>/dev/null; then
  say "against PyTorch"
  python3 -c 'import torch, transformers; print("torch", torch.__version__, "transformers", transformers.__version__)'
  HF_HUB_OFFLINE=1 python3 bench/compare_pytorch.py --device cuda --bin "$bin" --data "$2" --rounds "${ROUNDS:-1}" \
    --models ${MODELS:-distilbert bert-base bert-large} --dtypes ${DTYPES:-bf16}
else
  say "no PyTorch with a GPU here: no comparison"
fi
