#include "core/kernels/binary_scalar.h"

#include "core/accumulate.h"
#include "core/dispatch.h"
#include "cpu/thread_pool.h"

namespace hone::kernels {
namespace {

constexpr int64_t kChunk = 8192;

template <class T>
void binary_scalar(const BinaryScalar& k) {
  const auto scalar = static_cast<Acc<T>>(k.scalar);
  const T* const x = k.x.as<T>();
  T* const out = k.out.view.as<T>();
  parallel_ranges(k.x.elements(), kChunk, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const Acc<T> own = x[i];
      const Acc<T> value = k.scalar_first ? combine(k.kind, scalar, own) : combine(k.kind, own, scalar);
      accumulate(out[i], value, k.out.add);
    }
  });
}

}  // namespace

void run(CpuStream&, const BinaryScalar& k) {
  with_floating(k.x.dtype, [&](auto t) { binary_scalar<decltype(t)>(k); });
}

}  // namespace hone::kernels
