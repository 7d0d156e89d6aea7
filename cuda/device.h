#pragma once

// The vocabulary of kernels: the one header of cuda/ that a .cu file needs. Its words come from CUDA, or from
// cuda/emulation/ where there is no GPU; neither this file nor a kernel can tell which.
//
// clang-format off
//   __global__ __device__ threadIdx blockIdx blockDim gridDim      as in CUDA
//   sync_block()  sync_warp(mask)                                  barriers
//   shuffle(mask, v, lane)  shuffle_xor  shuffle_down  shuffle_up  between the lanes of a warp
//   ballot(mask, bool)  count_bits(bits)                           the lanes' answers as bits; how many are set
//   shared_memory<T>()                                             dynamic, 16-byte aligned; there is no other kind
//   load_wide<Wide>(p)  store_wide(p, wide)                        one access of sizeof(Wide) bytes, aligned to it
//   copy_wide_async(to_shared, from)  wait_for_copies()            16 bytes, beside other work
//   load_tiles<turned>(out, row)  multiply_tiles(c, a, b)          tensor cores: from shared memory, and their products, by a whole warp
//   launch_kernel(kernel, grid, block, shared_bytes, stream, arguments...)   (on the host)
// clang-format on
#include <algorithm>
#include <cmath>

#include "core/dispatch.h"
#include "core/philox.h"
#include "cuda/platform.h"

namespace hone {

inline constexpr int kWarp = 32;
inline constexpr uint32_t kAllLanes = 0xFFFFFFFF;

// The mathematical functions of kernels, for float and double.
namespace device {
using std::erf;
using std::exp;
using std::fabs;
using std::log;
using std::pow;
using std::sqrt;
using std::tanh;
}  // namespace device

// Numbers in the type that they are computed in (widen) and stored in (narrow).
__device__ inline float widen(bf16 x) { return float_of(x); }
__device__ inline float widen(float x) { return x; }
__device__ inline double widen(double x) { return x; }
__device__ inline int32_t widen(int32_t x) { return x; }
template <class T>
__device__ inline T narrow(Acc<T> x) {
  if constexpr (std::is_same_v<T, bf16>)
    return round_to_bf16(x);
  else
    return x;
}

// N numbers that are loaded and stored at once.
template <class T, int N>
struct alignas(sizeof(T) * N) Vec {
  T at[N];
  __device__ T& operator[](int i) { return at[i]; }
  __device__ const T& operator[](int i) const { return at[i]; }
};
// The numbers of type T in 16 bytes.
template <class T>
inline constexpr int kWide = 16 / sizeof(T);
template <int N, class T>
__device__ inline Vec<T, N> load_vector(const T* from) {
  return load_wide<Vec<T, N>>(from);
}
template <int N, class T>
__device__ inline void store_vector(T* to, const Vec<T, N>& value) {
  store_wide(to, value);
}
// Narrows N numbers; bf16 two at a time, since a GPU rounds single ones slowly.
template <class T, int N>
__device__ inline Vec<T, N> narrow_all(const Vec<Acc<T>, N>& values) {
  if constexpr (std::is_same_v<T, bf16>) {
    static_assert(N % 2 == 0);
    Vec<uint32_t, N / 2> pairs;
    for (int i = 0; i < N / 2; ++i) pairs[i] = round_pair(values[2 * i], values[2 * i + 1]);
    return __builtin_bit_cast(Vec<T, N>, pairs);
  } else {
    return values;
  }
}
// Numbers rounded as storing them would, to compute further with.
template <class T, int N>
__device__ inline Vec<Acc<T>, N> rounded(const Vec<Acc<T>, N>& values) {
  const Vec<T, N> stored = narrow_all<T>(values);
  Vec<Acc<T>, N> out;
  for (int i = 0; i < N; ++i) out[i] = widen(stored.at[i]);
  return out;
}

// True where all rows of a view begin at a multiple of 16 bytes, as an absent view's do. For the host.
inline bool rows_aligned(const View& v) {
  const int64_t stride = v.rows() > 1 ? v.row_stride * size_of(v.dtype) : 0;
  return !v || (reinterpret_cast<uintptr_t>(v.data) % 16 == 0 && stride % 16 == 0);
}

__device__ inline unsigned lane_id() { return threadIdx.x % kWarp; }
__device__ inline unsigned warp_id() { return threadIdx.x / kWarp; }
// The thread's number in a grid of one dimension.
__device__ inline int64_t global_thread() { return int64_t{blockIdx.x} * blockDim.x + threadIdx.x; }

struct Add {
  template <class T>
  __device__ T operator()(T a, T b) const {
    return a + b;
  }
};
struct Larger {
  template <class T>
  __device__ T operator()(T a, T b) const {
    return a < b ? b : a;
  }
};

// Combines the values of 32 lanes as a tree of fixed shape; every lane gets the result.
template <class T, class F>
__device__ inline T warp_reduce(T value, F combine) {
  for (unsigned lanes = kWarp / 2; lanes > 0; lanes /= 2)
    value = combine(value, shuffle_xor(kAllLanes, value, lanes));
  return value;
}
template <class T>
__device__ inline T warp_sum(T value) {
  return warp_reduce(value, Add{});
}
template <class T>
__device__ inline T warp_max(T value) {
  return warp_reduce(value, Larger{});
}

// Combines the values of all threads of a block of one dimension, whose size is a multiple of 32; every
// thread gets the result. `scratch` is shared memory of one T a warp, free for other use afterwards.
template <class T, class F>
__device__ inline T block_reduce(T value, T* scratch, F combine) {
  value = warp_reduce(value, combine);
  if (lane_id() == 0) scratch[warp_id()] = value;
  sync_block();
  value = scratch[0];
  for (unsigned warp = 1; warp < blockDim.x / kWarp; ++warp) value = combine(value, scratch[warp]);
  sync_block();
  return value;
}
template <class T>
__device__ inline T block_sum(T value, T* scratch) {
  return block_reduce(value, scratch, Add{});
}
template <class T>
__device__ inline T block_max(T value, T* scratch) {
  return block_reduce(value, scratch, Larger{});
}

// Stores a result as its GradOut asks (core/view.h): added to what is there, or in its place.
template <class T>
__device__ inline void accumulate(T& out, Acc<T> value, bool add) {
  out = narrow<T>(add ? widen(out) + value : value);
}

}  // namespace hone
