// Measures the tokenizer on one thread, in bytes of English a second: SST's training sentences with
// bert-base-uncased's vocabulary (HONE_DATA). "warm": the same 1 MB again and again; "cold": all data that a
// tokenizer needs is first evicted from the caches.
#include <benchmark/benchmark.h>

#include <fstream>
#include <string>
#include <vector>

#include "tests/text/bert_vocabulary.h"

namespace hone::test {
namespace {

std::string english() {
  std::ifstream file(real_data() / "sst/train.tsv");
  std::string all, line;
  std::getline(file, line);
  while (all.size() < 1000000 && std::getline(file, line)) all += line.substr(0, line.rfind('\t')) + "\n";
  return all;
}

void evict() {
  static std::vector<char> lines(size_t{256} << 20);
  for (size_t i = 0; i < lines.size(); i += 64) ++lines[i];
  benchmark::ClobberMemory();
}

void tokenize(benchmark::State& state, bool cold) {
  const std::string text = english();
  if (text.empty() || !std::filesystem::exists(real_data() / kBertVocabulary)) {
    return state.SkipWithError("set HONE_DATA to the data folder");
  }
  const Tokenizer tokenizer = bert_tokenizer();
  std::vector<int32_t> ids;
  for (auto _ : state) {
    if (cold) {
      state.PauseTiming();
      evict();
      state.ResumeTiming();
    }
    ids.clear();
    tokenizer.tokenize_into(text, ids);
    benchmark::DoNotOptimize(ids.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
}

BENCHMARK_CAPTURE(tokenize, warm, false);
BENCHMARK_CAPTURE(tokenize, cold, true);

}  // namespace
}  // namespace hone::test

BENCHMARK_MAIN();
