#include "core/kernels/max.h"

#include <algorithm>
#include <cmath>

#include "core/dispatch.h"
#include "cpu/thread_pool.h"

namespace hone::kernels {
namespace {

constexpr int64_t kChunk = 8192;  // elements of x

template <class T>
int64_t largest(const T* x, int64_t start, const MaxLane& lane) {
  int64_t best = start;
  for (int64_t i = 1, at = start + lane.step; i < lane.count; ++i, at += lane.step) {
    if (x[at] > x[best] || (std::isnan(x[at]) && !std::isnan(x[best]))) best = at;
  }
  return best;
}

}  // namespace

void run(CpuStream&, const Max& k) {
  with_master(k.x.dtype, [&](auto t) {
    using T = decltype(t);
    const MaxLane lane = lane_of(k);
    parallel_ranges(k.y.elements(), kChunk / (lane.count + 1) + 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t at = largest(k.x.as<T>(), i * lane.start, lane);
        k.index.as<int32_t>()[i] = static_cast<int32_t>(at);
        k.y.as<T>()[i] = k.x.as<T>()[at];
      }
    });
  });
}

void run(CpuStream&, const MaxBackward& k) {
  with_master(k.dy.dtype, [&](auto t) {
    using T = decltype(t);
    T* dx = k.dx.view.as<T>();
    if (!k.dx.add) std::fill_n(dx, k.dx.view.elements(), T(0));
    for (int64_t i = 0; i < k.dy.elements(); ++i) dx[k.index.as<int32_t>()[i]] += k.dy.as<T>()[i];
  });
}

}  // namespace hone::kernels
