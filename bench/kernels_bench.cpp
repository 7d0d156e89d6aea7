// Measures the kernels' speed, in f32 on the CPU or as --dtype=f32|bf16 and --device=cpu|cuda say: every op
// of autograd/ops/ at a model's sizes, forward and backward, and GEMM at the shapes of MiniLM and DistilBERT.
// GFLOP/s and GB/s count the operations and bytes that the kernels' contracts state. of_peak is the share of
// the machine's measured peak of multiply-adds, of_copy the share of a copy's speed in memory (more than 1:
// the data came from caches).
#include <benchmark/benchmark.h>
#include <fmt/core.h>

#include <hone/autograd/ops/shape.h>
#include <hone/core/error.h>
#include "bench/peak.h"
#include "core/build_config.h"
#include "core/device_runtime.h"
#include "core/kernels/gemm.h"
#include "core/profile.h"
#include "cpu/isa.h"
#include "cpu/thread_pool.h"
#include "tests/ops/cases.h"
#include "tests/support/ladder.h"

namespace hone::test {
namespace {

// The options of this run, set once at the start.
Device g_device;
Dtype g_dtype = Dtype::f32;

const Peak& peak() {
  static const Peak measured =
      g_device.is_cpu() ? measured_peak(current_isa()) : Peak{0, measured_copies(g_device)};
  return measured;
}

void wait() { runtime_of(g_device).synchronise(); }

// Work that copies from the host cannot be recorded: the host queues it each time, which may take longer than
// the work itself.
template <class F>
std::unique_ptr<Recording> recorded(benchmark::State& state, const F& work) {
  try {
    return runtime_of(g_device).record(work);
  } catch (const Error&) {
    state.SetLabel("asked for by the host");
    return nullptr;
  }
}

// Runs work() as often as the benchmark asks for.
template <class F>
void repeat(benchmark::State& state, const F& work) {
  if (g_device.is_cpu()) {
    for (auto _ : state) work();
    return;
  }
  constexpr int64_t kTogether = 50;
  const auto recording = recorded(state, work);
  while (state.KeepRunningBatch(kTogether)) {
    for (int64_t i = 0; i < kTogether; ++i) {
      if (recording)
        recording->replay();
      else
        work();
    }
    wait();
  }
}

std::vector<Tensor> inputs_of(const OpCase& c) {
  std::vector<Tensor> inputs = inputs_in(c, g_dtype);
  for (Tensor& input : inputs) input = input.to(g_device);
  return inputs;
}

void count(benchmark::State& state, double flops, double bytes) {
  const auto rate = [](double amount) {
    return benchmark::Counter(amount, benchmark::Counter::kIsIterationInvariantRate);
  };
  state.counters["GFLOP/s"] = rate(flops / 1e9);
  state.counters["GB/s"] = rate(bytes / 1e9);
  if (peak().gflops > 0) state.counters["of_peak"] = rate(flops / 1e9 / peak().gflops);
  state.counters["of_copy"] = rate(bytes / 1e9 / peak().gbytes);
}

// Counts the operations and bytes of the kernels that work() runs.
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
  Vars inputs;
  for (const Tensor& input : inputs_of(c)) inputs.push_back(Var(input));
  const auto work = [&] { benchmark::DoNotOptimize(c.op(inputs)); };
  work();  // plans made in the first call are no part of its speed
  repeat(state, work);
  count_once(state, work);
}

// Measures the backward pass. The forward pass is run anew each time, outside the clock, since backward()
// frees it. In bf16 the gradients end in f32 leaves, as in a model, so their conversion counts.
void backward_alone(benchmark::State& state, const OpCase& c) {
  const Tensor upstream = upstream_for(c, g_dtype).to(g_device);
  Vars leaves;
  for (const Tensor& input : inputs_of(c)) leaves.push_back(Var::leaf(input.to(Dtype::f32)));
  const std::vector<Tensor> inputs = inputs_of(c);
  const auto forward_pass = [&] {
    Vars converted;
    for (size_t i = 0; i < leaves.size(); ++i) converted.push_back(cast(leaves[i], inputs[i].dtype()));
    return c.op(converted);
  };
  if (!g_device.is_cpu()) {
    const auto work = [&] { backward(forward_pass(), upstream); };
    work();
    repeat(state, work);
    return count_once(state, work);
  }
  for (auto _ : state) {
    state.PauseTiming();
    const Var y = forward_pass();
    state.ResumeTiming();
    backward(y, upstream);
  }
  const Var y = forward_pass();
  count_once(state, [&] { backward(y, upstream); });
}

struct GemmShape {
  const char* what;
  int64_t m, k, n;
  bool transpose_a, transpose_b;
};

void gemm(benchmark::State& state, const GemmShape& s) {
  Numbers numbers(1);
  const Tensor a = numbers.normal(s.transpose_a ? Shape{s.k, s.m} : Shape{s.m, s.k}).to(g_dtype).to(g_device);
  const Tensor b = numbers.normal(s.transpose_b ? Shape{s.n, s.k} : Shape{s.k, s.n}).to(g_dtype).to(g_device);
  const Tensor c = Tensor::zeros({s.m, s.n}, g_dtype, g_device);
  const kernels::Gemm kernel{
      .a = a, .b = b, .c = {.view = c}, .transpose_a = s.transpose_a, .transpose_b = s.transpose_b};
  const auto work = [&] { launch(g_device, kernel); };
  work();
  repeat(state, work);
  count_once(state, work);
}

// The products of 32 sequences of 25 tokens: forward is x w^T, the gradients are dy w and dy^T x.
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

// An op that does not support the type is shown as left out.
template <class F>
auto guarded(const F& run) {
  return [run](benchmark::State& state) {
    try {
      run(state);
    } catch (const Error& error) {
      state.SkipWithError(error.what());
    }
  };
}

void add_all() {
  for (const GemmShape& s : kGemms) {
    benchmark::RegisterBenchmark(fmt::format("gemm {} {}x{}x{}", s.what, s.m, s.k, s.n).c_str(),
                                 [&s](benchmark::State& state) { gemm(state, s); })
        ->UseRealTime();
  }
  for (const OpGroup& group : op_groups()) {
    for (const OpCase& c : group.cases(Sizes::model)) {
      benchmark::RegisterBenchmark(("forward " + c.name).c_str(),
                                   guarded([c](benchmark::State& state) { forward(state, c); }))
          ->Unit(benchmark::kMicrosecond)
          ->UseRealTime();
      benchmark::RegisterBenchmark(
          ((g_device.is_cpu() ? "backward " : "forward and backward ") + c.name).c_str(),
          guarded([c](benchmark::State& state) { backward_alone(state, c); }))
          ->Unit(benchmark::kMicrosecond)
          ->UseRealTime();
    }
  }
}

// Removes --device and --dtype from the arguments and stores their values; false for an unknown value.
bool take_options(int& argc, char** argv) {
  int kept = 1;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--device=cuda") {
      if (!kHasCuda) return false;
      g_device = {DeviceType::cuda, 0};
    } else if (argument == "--dtype=bf16") {
      g_dtype = Dtype::bf16;
    } else if (argument != "--device=cpu" && argument != "--dtype=f32") {
      if (argument.starts_with("--device") || argument.starts_with("--dtype")) return false;
      argv[kept++] = argv[i];
    }
  }
  argc = kept;
  return true;
}

int run(int argc, char** argv) {
  if (!take_options(argc, argv)) {
    fmt::print(stderr, "kernels_bench: --device=cpu, or cuda in builds with it; --dtype=f32 or bf16\n");
    return 2;
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::AddCustomContext("device", g_device.is_cpu() ? name_of(current_isa()) : to_string(g_device));
  benchmark::AddCustomContext("threads", std::to_string(threads()));
  benchmark::AddCustomContext(
      "measured", fmt::format("{:.1f} GFLOP/s at most, copies {:.1f} GB/s", peak().gflops, peak().gbytes));
  add_all();
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace
}  // namespace hone::test

int main(int argc, char** argv) { return hone::test::run(argc, argv); }
