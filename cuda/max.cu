// The largest elements, a block for each result. Must move x once; over rows that happens in columns, so that
// only part of every line of memory read is of use: no model has this in its inner loop.
#include "core/kernels/max.h"

#include "cuda/rows.h"

namespace hone::kernels {
namespace {

constexpr int kThreads = 256;

// The larger of two elements of x, the first of equals; -1 is no element.
template <class T>
struct LargerOf {
  const T* x;

  __device__ int32_t operator()(int32_t a, int32_t b) const {
    if (a < 0 || b < 0) return a < 0 ? b : a;
    const T u = x[a], v = x[b];
    const bool u_is_nan = u != u, v_is_nan = v != v;
    if (u_is_nan != v_is_nan) return u_is_nan ? a : b;
    if (u > v || v > u) return u > v ? a : b;
    return a < b ? a : b;
  }
};

template <class T>
__global__ void max_kernel(MaxLane lane, const T* x, T* y, int32_t* index) {
  const LargerOf<T> larger{x};
  int32_t best = -1;
  for (int64_t i = threadIdx.x; i < lane.count; i += blockDim.x)
    best = larger(best, static_cast<int32_t>(blockIdx.x * lane.start + i * lane.step));
  best = block_reduce(best, shared_memory<int32_t>(), larger);
  if (threadIdx.x != 0) return;
  index[blockIdx.x] = best;
  y[blockIdx.x] = x[best];
}

// Different results are different elements of x, so no two threads write to one.
template <class T>
__global__ void max_backward_kernel(int64_t n, const int32_t* index, const T* dy, T* dx) {
  const int64_t i = global_thread();
  if (i < n) dx[index[i]] += dy[i];
}

}  // namespace

void run(CudaStream& stream, const Max& k) {
  with_master(k.x.dtype, [&](auto t) {
    using T = decltype(t);
    const MaxLane lane = lane_of(k);
    const int threads = threads_for_row(lane.count);
    launch_kernel(max_kernel<T>, k.y.elements(), threads, threads / kWarp * sizeof(int32_t), stream, lane,
                  k.x.as<T>(), k.y.as<T>(), k.index.as<int32_t>());
  });
}

void run(CudaStream& stream, const MaxBackward& k) {
  with_master(k.dy.dtype, [&](auto t) {
    using T = decltype(t);
    if (!k.dx.add) set_to_zero<T>(stream, k.dx.view);
    const int64_t n = k.dy.elements();
    launch_kernel(max_backward_kernel<T>, blocks_for(n, kThreads), kThreads, 0, stream, n,
                  k.index.as<int32_t>(), k.dy.as<T>(), k.dx.view.as<T>());
  });
}

}  // namespace hone::kernels
