#include "core/kernels/adamw.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/dispatch.h"
#include "cpu/isa.h"
#include "cpu/thread_pool.h"

namespace hone {
namespace {

constexpr int64_t kChunk = 65536;

template <class T>
AdamStep<T> step_of(const AdamW& k) {
  const AdamSettings& s = k.settings;
  const double lr = k.control.as<double>()[0], t = k.control.as<double>()[1];
  const double correction1 = s.bias_correction ? 1 - std::pow(s.beta1, t) : 1;
  const double correction2 = s.bias_correction ? 1 - std::pow(s.beta2, t) : 1;
  const double norm = std::sqrt(k.guard.as<double>()[1]);
  const double clip = s.clip_norm > 0 ? std::min(1.0, s.clip_norm / (norm + 1e-6)) : 1;
  const double size = lr / correction1 * (s.form == AdamForm::hf ? std::sqrt(correction2) : 1);
  return {s.form,
          static_cast<T>(s.beta1),
          static_cast<T>(1 - s.beta1),
          static_cast<T>(s.beta2),
          static_cast<T>(1 - s.beta2),
          static_cast<T>(s.eps),
          static_cast<T>(size),
          static_cast<T>(1 / std::sqrt(correction2)),
          static_cast<T>(lr * s.weight_decay),
          static_cast<T>(clip)};
}

template <class T>
void update(const AdamW& k) {
  const double* const guard = k.guard.as<double>();
  const bool finite = std::all_of(guard, guard + k.guard.elements(), [](double x) { return std::isfinite(x); });
  const AdamStep<T> step = step_of<T>(k);
  parallel_ranges(k.p.elements(), kChunk, [&](int64_t begin, int64_t end) {
    T* g = k.g.as<T>() + begin;
    if (!finite) {
      std::fill_n(g, end - begin, T(0));
    } else {
      bf16* shadow = k.shadow ? k.shadow.as<bf16>() + begin : nullptr;
      simd<T>().adamw(step, end - begin, k.p.as<T>() + begin, g, k.m.as<T>() + begin, k.v.as<T>() + begin, shadow);
    }
  });
}

}  // namespace

void run(CpuStream&, const SumSquares& k) {
  with_master(k.x.dtype, [&](auto t) {
    using T = decltype(t);
    const int64_t n = k.x.elements();
    std::vector<double> parts(static_cast<size_t>((n + kChunk - 1) / kChunk));
    parallel_ranges(n, kChunk, [&](int64_t begin, int64_t end) {
      parts[static_cast<size_t>(begin / kChunk)] = simd<T>().sum_squares(end - begin, k.x.as<T>() + begin);
    });
    double sum = 0;
    for (double part : parts) sum += part;
    *k.out.as<double>() = sum;
  });
}

void run(CpuStream&, const AdamW& k) {
  with_master(k.p.dtype, [&](auto t) { update<decltype(t)>(k); });
}

}  // namespace hone
