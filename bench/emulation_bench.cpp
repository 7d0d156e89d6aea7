// Measures a switch between emulated threads, beside the C library's swapcontext, and the number of emulated
// threads with 16 barriers each that run in a second.
#include <benchmark/benchmark.h>
#include <ucontext.h>

#include <cstdlib>
#include <vector>

#include <hone/core/tensor.h>
#include "bench/barriers.h"
#include "cuda/emulation/fibre.h"

namespace hone {
namespace {

constexpr size_t kStack = 64 << 10;

emulation::Fibre* g_main = nullptr;
emulation::Fibre* g_other = nullptr;

[[noreturn]] void bounce() {
  emulation::Fibre::entered();
  for (;;) g_other->switch_to(*g_main);
}

void switch_there_and_back(benchmark::State& state) {
  emulation::Fibre main, other(bounce);
  g_main = &main;
  g_other = &other;
  for (auto _ : state) main.switch_to(other);
  state.SetItemsProcessed(2 * state.iterations());
}

ucontext_t g_main_context, g_other_context;

void bounce_context() {
  for (;;) swapcontext(&g_other_context, &g_main_context);
}

void swapcontext_there_and_back(benchmark::State& state) {
  std::vector<char> stack(kStack);
  getcontext(&g_other_context);
  g_other_context.uc_stack.ss_sp = stack.data();
  g_other_context.uc_stack.ss_size = stack.size();
  makecontext(&g_other_context, bounce_context, 0);
  for (auto _ : state) swapcontext(&g_main_context, &g_other_context);
  state.SetItemsProcessed(2 * state.iterations());
}

void threads_with_barriers(benchmark::State& state) {
  setenv("HONE_EMULATED_CUDA", "1", 1);
  const Device device{DeviceType::cuda, 0};
  constexpr int64_t kBlocks = 64, kThreads = 128;
  const Tensor out = Tensor::empty({kBlocks * kThreads}, Dtype::f32, device);
  for (auto _ : state) wait_at_barriers(cuda_stream(device), kBlocks, kThreads, 16, out.view().as<float>());
  state.SetItemsProcessed(kBlocks * kThreads * state.iterations());
}

BENCHMARK(switch_there_and_back);
BENCHMARK(swapcontext_there_and_back);
BENCHMARK(threads_with_barriers);

}  // namespace
}  // namespace hone

BENCHMARK_MAIN();
