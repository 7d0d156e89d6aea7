// Arithmetic with one number: each thread computes one element. The kernel must move x once and out once,
// twice where it adds.
#include "core/kernels/binary_scalar.h"

#include "cuda/rows.h"

namespace hone::kernels {
namespace {

constexpr int kThreads = 256;

template <class T>
__global__ void binary_scalar_kernel(BinaryKind kind, int64_t n, const T* x, Acc<T> scalar, bool scalar_first,
                                     T* out, bool add) {
  const int64_t i = global_thread();
  if (i >= n) return;
  const Acc<T> own = widen(x[i]);
  accumulate(out[i], scalar_first ? combine(kind, scalar, own) : combine(kind, own, scalar), add);
}

}  // namespace

void run(CudaStream& stream, const BinaryScalar& k) {
  with_floating(k.x.dtype, [&](auto t) {
    using T = decltype(t);
    const int64_t n = k.x.elements();
    launch_kernel(binary_scalar_kernel<T>, blocks_for(n, kThreads), kThreads, 0, stream, k.kind, n,
                  k.x.as<T>(), static_cast<Acc<T>>(k.scalar), k.scalar_first, k.out.view.as<T>(), k.out.add);
  });
}

}  // namespace hone::kernels
