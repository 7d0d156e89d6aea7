#include "core/kernels/adamw.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/dispatch.h"
#include "cpu/isa.h"
#include "cpu/thread_pool.h"

namespace hone::kernels {
namespace {

constexpr int64_t kChunk = 65536;
static_assert(kChunk % kMarked<float> == 0);

template <class T>
AdamStep<T> step_of(const AdamWPart& part, double norm, bool finite) {
  const AdamSettings& s = part.settings;
  const double lr = part.control.as<double>()[0], t = part.control.as<double>()[1];
  const double correction1 = s.bias_correction ? 1 - std::pow(s.beta1, t) : 1;
  const double correction2 = s.bias_correction ? 1 - std::pow(s.beta2, t) : 1;
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
          static_cast<T>(clip),
          part.keeps_gradient,
          finite};
}

template <class T>
void update(const AdamW& k) {
  const double* const guard = k.guard.as<double>();
  const bool finite =
      std::all_of(guard, guard + k.guard.elements(), [](double x) { return std::isfinite(x); });
  for (const AdamWPart& part : k.parts) {
    const AdamStep<T> step = step_of<T>(part, std::sqrt(guard[1]), finite);
    parallel_ranges(part.p.elements(), kChunk, [&](int64_t begin, int64_t end) {
      const auto at = [&](const View& v) { return v.as<T>() + begin; };
      simd<T>().adamw(step, end - begin, at(part.p), at(part.g), at(part.m), at(part.v),
                      part.shadow ? part.shadow.as<bf16>() + begin : nullptr,
                      part.marks ? part.marks.as<int32_t>() + begin / kMarked<T> : nullptr);
    });
  }
}

}  // namespace

void run(CpuStream&, const SumSquares& k) {
  with_master(k.x.dtype, [&](auto t) {
    using T = decltype(t);
    const int64_t n = k.x.elements();
    std::vector<double> parts(static_cast<size_t>((n + kChunk - 1) / kChunk));
    parallel_ranges(n, kChunk, [&](int64_t begin, int64_t end) {
      const int32_t* const marks = k.marks ? k.marks.as<int32_t>() + begin / kMarked<T> : nullptr;
      parts[static_cast<size_t>(begin / kChunk)] =
          simd<T>().sum_squares(end - begin, k.x.as<T>() + begin, marks);
    });
    double sum = 0;
    for (double part : parts) sum += part;
    *k.out.as<double>() = sum;
  });
}

void run(CpuStream&, const AdamW& k) {
  with_master(k.parts[0].p.dtype, [&](auto t) { update<decltype(t)>(k); });
}

}  // namespace hone::kernels
