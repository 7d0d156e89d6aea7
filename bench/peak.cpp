#include "bench/peak.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <vector>

#include <hone/core/tensor.h>
#include "core/device_runtime.h"
#include "core/view.h"
#include "cpu/thread_pool.h"

namespace hone {
namespace {

constexpr int kTries = 20;
constexpr int64_t kRounds = 200000;
constexpr int kSums = 12;  // enough to hide the latency of one multiply-add, few enough for 16 registers

template <int bytes>
struct Vector {
  using type [[gnu::vector_size(bytes)]] = float;
};

// Rounds of multiply-adds, each of which depends on its own last one only. Returns a value that no compiler
// can foresee. Inlined into a function for each instruction set.
template <int bytes>
[[gnu::always_inline]] inline float multiply_add() {
  typename Vector<bytes>::type sums[kSums], factor{}, offset{};
  factor += 0.999f;
  offset += 0.001f;
  for (int i = 0; i < kSums; ++i) sums[i] = offset * static_cast<float>(i);
  for (int64_t round = 0; round < kRounds; ++round) {
#pragma GCC unroll 12
    for (int i = 0; i < kSums; ++i) sums[i] = sums[i] * factor + offset;
  }
  float total = 0;
  for (int i = 0; i < kSums; ++i) total += sums[i][0];
  return total;
}

float work_portable() { return multiply_add<16>(); }
#if defined(__x86_64__)
[[gnu::target("avx2,fma")]] float work_avx2() { return multiply_add<32>(); }
[[gnu::target("avx512f")]] float work_avx512() { return multiply_add<64>(); }
#else
float work_avx2() { return work_portable(); }
float work_avx512() { return work_portable(); }
#endif

// The shortest time of several tries, in seconds.
template <class F>
double fastest(const F& f) {
  double best = 1e9;
  for (int i = 0; i < kTries; ++i) {
    const auto start = std::chrono::steady_clock::now();
    f();
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return best;
}

double multiply_adds(Isa isa) {
  float (*work)() = isa == Isa::portable ? work_portable : isa == Isa::avx2 ? work_avx2 : work_avx512;
  const int lanes = isa == Isa::portable ? 4 : isa == Isa::avx2 ? 8 : 16;
  std::vector<float> results(static_cast<size_t>(threads()));
  const double seconds =
      fastest([&] { parallel_for(threads(), [&](int64_t i) { results[static_cast<size_t>(i)] = work(); }); });
  volatile float used = results[0];
  static_cast<void>(used);
  return 2.0 * static_cast<double>(kRounds) * kSums * lanes * threads() / seconds / 1e9;
}

double copies() {
  constexpr int64_t kBytes = 256 << 20, kChunk = 1 << 20;
  std::vector<char> from(kBytes, 1), to(kBytes, 2);
  const double seconds = fastest([&] {
    parallel_ranges(kBytes, kChunk, [&](int64_t begin, int64_t end) {
      std::memcpy(to.data() + begin, from.data() + begin, static_cast<size_t>(end - begin));
    });
  });
  return 2.0 * kBytes / seconds / 1e9;
}

}  // namespace

double measured_copies(Device device) {
  constexpr int64_t kNumbers = 64 << 20;
  constexpr int kTogether = 10;
  const Tensor from = Tensor::zeros({kNumbers}, Dtype::f32, device),
               to = Tensor::zeros({kNumbers}, Dtype::f32, device);
  DeviceRuntime& runtime = runtime_of(device);
  const double seconds = fastest([&] {
    for (int i = 0; i < kTogether; ++i)
      runtime.copy(to.view().data, from.view().data, static_cast<size_t>(from.bytes()));
    runtime.synchronise();
  });
  return 2.0 * kTogether * static_cast<double>(from.bytes()) / seconds / 1e9;
}

Peak measured_peak(Isa isa) { return {multiply_adds(isa), copies()}; }

}  // namespace hone
