// How fast the kernels are in f32: every op of autograd/ops/ at a model's sizes, forward and backward, and
// GEMM at the shapes of MiniLM and DistilBERT. GFLOP/s and GB/s count what the kernels' contracts say they
// compute, read and write; of_peak is the part of the machine's measured peak of multiply-adds, of_copy that
// of a copy's speed in memory (more than 1: it came from caches).
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "bench/peak.h"
#include "core/kernels/gemm.h"
#include "core/profile.h"
#include "cpu/isa.h"
#include "cpu/thread_pool.h"
#include "tests/ops/cases.h"
#include "tests/support/ladder.h"

namespace hone::test {
namespace {

const Peak& peak() {
  static const Peak measured = measured_peak(current_isa());
  return measured;
}

void count(benchmark::State& state, double flops, double bytes) {
  const auto rate = [](double amount) {
    return benchmark::Counter(amount, benchmark::Counter::kIsIterationInvariantRate);
  };
  state.counters["GFLOP/s"] = rate(flops / 1e9);
  state.counters["GB/s"] = rate(bytes / 1e9);
  state.counters["of_peak"] = rate(flops / 1e9 / peak().gflops);
  state.counters["of_copy"] = rate(bytes / 1e9 / peak().gbytes);
}

// What the kernels that work() runs compute and move.
template <class F>
void count_once(benchmark::State& state, const F& work) {
  profile().clear();
  set_profiling(true);
  work();
  set_profiling(false);
  double flops = 0, bytes = 0;
  for (const auto& [name, row] : profile()) {
    flops += row.flops;
    bytes += row.bytes;
  }
  count(state, flops, bytes);
}

void forward(benchmark::State& state, const OpCase& c) {
  const auto inputs = inputs_in(c, Dtype::f32);
  const auto work = [&] { benchmark::DoNotOptimize(value_of(c.op, inputs)); };
  for (auto _ : state) work();
  count_once(state, work);
}

// The forward pass is run anew each time, outside the clock: backward() frees it.
void backward_alone(benchmark::State& state, const OpCase& c) {
  const Tensor upstream = upstream_for(c, Dtype::f32);
  Vars leaves;
  for (const Tensor& input : inputs_in(c, Dtype::f32)) leaves.push_back(Var::leaf(input));
  for (auto _ : state) {
    state.PauseTiming();
    const Var y = c.op(leaves);
    state.ResumeTiming();
    backward(y, upstream);
  }
  const Var y = c.op(leaves);
  count_once(state, [&] { backward(y, upstream); });
}

struct GemmShape {
  const char* what;
  int64_t m, k, n;
  bool transpose_a, transpose_b;
};

void gemm(benchmark::State& state, const GemmShape& s) {
  Numbers numbers(1);
  const Tensor a = numbers.normal(s.transpose_a ? Shape{s.k, s.m} : Shape{s.m, s.k}).to(Dtype::f32);
  const Tensor b = numbers.normal(s.transpose_b ? Shape{s.n, s.k} : Shape{s.k, s.n}).to(Dtype::f32);
  const Tensor c = Tensor::zeros({s.m, s.n});
  const Gemm kernel{a, b, {}, {c, 0}, s.transpose_a, s.transpose_b};
  for (auto _ : state) launch({}, kernel);
  count_once(state, [&] { launch({}, kernel); });
}

// 32 sequences of 25 tokens. Forward is x w^T, the gradients are dy w and dy^T x.
constexpr GemmShape kGemms[] = {{"minilm qkv forward", 800, 384, 1152, false, true},
                                {"minilm qkv dx", 800, 1152, 384, false, false},
                                {"minilm qkv dw", 1152, 800, 384, true, false},
                                {"minilm up forward", 800, 384, 1536, false, true},
                                {"minilm down forward", 800, 1536, 384, false, true},
                                {"distilbert up forward", 800, 768, 3072, false, true},
                                {"distilbert down forward", 800, 3072, 768, false, true},
                                {"distilbert up dw", 3072, 800, 768, true, false},
                                {"distilbert cls rows", 32, 768, 768, false, true},
                                {"classifier", 32, 384, 2, false, true},
                                {"square 1024", 1024, 1024, 1024, false, false}};

void add_all() {
  for (const GemmShape& s : kGemms) {
    benchmark::RegisterBenchmark(fmt::format("gemm {} {}x{}x{}", s.what, s.m, s.k, s.n).c_str(),
                                 [&s](benchmark::State& state) { gemm(state, s); })
        ->UseRealTime();
  }
  for (const OpGroup& group : op_groups()) {
    for (const OpCase& c : group.cases(Sizes::model)) {
      benchmark::RegisterBenchmark(("forward " + c.name).c_str(), forward, c)
          ->Unit(benchmark::kMicrosecond)
          ->UseRealTime();
      benchmark::RegisterBenchmark(("backward " + c.name).c_str(), backward_alone, c)
          ->Unit(benchmark::kMicrosecond)
          ->UseRealTime();
    }
  }
}

}  // namespace
}  // namespace hone::test

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::AddCustomContext("instruction set", hone::name_of(hone::current_isa()));
  benchmark::AddCustomContext("threads", std::to_string(hone::threads()));
  const hone::Peak peak = hone::test::peak();
  benchmark::AddCustomContext("measured peak",
                              fmt::format("{:.1f} GFLOP/s, copies {:.1f} GB/s", peak.gflops, peak.gbytes));
  hone::test::add_all();
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
