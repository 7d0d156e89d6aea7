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

struct StepMath {
  static double pow(double x, double y) { return std::pow(x, y); }
  static double sqrt(double x) { return std::sqrt(x); }
};

template <class T>
void update(const AdamW& k) {
  const double* const guard = k.guard.as<double>();
  const bool finite =
      std::all_of(guard, guard + k.guard.elements(), [](double x) { return std::isfinite(x); });
  for (const AdamWPart& part : k.parts) {
    const AdamWNumbers<T> numbers(part);
    const auto step = AdamStep<T>::template at<StepMath>(numbers, guard[1], finite);
    parallel_ranges(numbers.count, kChunk,
                    [&](int64_t begin, int64_t end) { simd<T>().adamw(step, numbers, begin, end); });
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
