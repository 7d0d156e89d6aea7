#pragma once

// The words of CUDA that kernels use; cuda/emulation/platform.h has the same in plain C++.
#include <cuda_bf16.h>
#include <cuda_pipeline_primitives.h>
#include <cuda_runtime.h>

#include <cstdint>

#include <hone/core/bf16.h>
#include "cuda/grid.h"
#include "cuda/real/check.h"
#include "cuda/stream.h"

namespace hone {

__device__ __forceinline__ void sync_block() { __syncthreads(); }
__device__ __forceinline__ void sync_warp(uint32_t mask) { __syncwarp(mask); }
__device__ __forceinline__ uint32_t ballot(uint32_t mask, bool value) { return __ballot_sync(mask, value); }

__device__ __forceinline__ int count_bits(uint32_t bits) { return __popc(bits); }

template <class T>
__device__ __forceinline__ T* shared_memory() {
  extern __shared__ __align__(16) unsigned char bytes[];
  return reinterpret_cast<T*>(bytes);
}

template <class T>
__device__ __forceinline__ T shuffle(uint32_t mask, T value, unsigned source) {
  return __shfl_sync(mask, value, static_cast<int>(source));
}
template <class T>
__device__ __forceinline__ T shuffle_xor(uint32_t mask, T value, unsigned lanes) {
  return __shfl_xor_sync(mask, value, static_cast<int>(lanes));
}
// Lanes whose source lies beyond the warp keep their own.
template <class T>
__device__ __forceinline__ T shuffle_down(uint32_t mask, T value, unsigned delta) {
  return __shfl_down_sync(mask, value, delta);
}
template <class T>
__device__ __forceinline__ T shuffle_up(uint32_t mask, T value, unsigned delta) {
  return __shfl_up_sync(mask, value, delta);
}

// c += a b for tiles a [16, 16] and b [16, 8] of bf16 and c [16, 8] of f32, on tensor cores: spread over the
// warp's lanes as PTX's mma.m16n8k16 wants them, two bf16 in a word.
__device__ __forceinline__ void multiply_tiles(float (&c)[4], const uint32_t (&a)[4],
                                               const uint32_t (&b)[2]) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
      "{%0, %1, %2, %3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

template <class Wide, class T>
__device__ __forceinline__ Wide load_wide(const T* from) {
  return *reinterpret_cast<const Wide*>(from);
}
// 16 bytes are stored as PTX says: of a struct of small numbers the compiler may store each by itself.
template <class Wide, class T>
__device__ __forceinline__ void store_wide(T* to, const Wide& value) {
  if constexpr (sizeof(Wide) == 16) {
    const auto word = __builtin_bit_cast(uint4, value);
    asm volatile("st.v4.b32 [%0], {%1, %2, %3, %4};"
                 :
                 : "l"(to), "r"(word.x), "r"(word.y), "r"(word.z), "r"(word.w)
                 : "memory");
  } else {
    *reinterpret_cast<Wide*>(to) = value;
  }
}

// Four 8 x 8 tiles of bf16 from shared memory, by the whole warp: lane 8 i + r names row r of tile i, 16
// bytes. Of each tile the lane 4 g + t gets the numbers 2 t and 2 t + 1 of row g, or of column g where the
// tile is `turned`.
template <bool turned>
__device__ __forceinline__ void load_tiles(uint32_t (&out)[4], const bf16* row) {
  const auto address = static_cast<uint32_t>(__cvta_generic_to_shared(row));
  if constexpr (turned) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(out[0]), "=r"(out[1]), "=r"(out[2]), "=r"(out[3])
                 : "r"(address)
                 : "memory");
  } else {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(out[0]), "=r"(out[1]), "=r"(out[2]), "=r"(out[3])
                 : "r"(address)
                 : "memory");
  }
}

// 16 bytes from global to shared memory, which are there after wait_for_copies(): for the thread that asked.
template <class T>
__device__ __forceinline__ void copy_wide_async(T* to_shared, const T* from) {
  __pipeline_memcpy_async(to_shared, from, 16);
}
__device__ __forceinline__ void wait_for_copies() {
  __pipeline_commit();
  __pipeline_wait_prior(0);
}

__device__ __forceinline__ bf16 round_to_bf16(float x) {
  return __builtin_bit_cast(bf16, __nv_bfloat16_raw(__float2bfloat16_rn(x)));
}
// Two of them in a word, the first in its lower half.
__device__ __forceinline__ uint32_t round_pair(float low, float high) {
  uint32_t pair;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
  return pair;
}
__device__ __forceinline__ float float_of(bf16 x) {
  return __uint_as_float(static_cast<uint32_t>(x.bits) << 16);
}
using ::rsqrt;

// More than 48 KiB of shared memory must be asked for, kernel by kernel.
template <class... Parameters, class... Arguments>
void launch_kernel(void (*kernel)(Parameters...), const Extent& grid, const Extent& block,
                   size_t shared_bytes, CudaStream& stream, Arguments&&... arguments) {
  if (grid.count() == 0) return;
  if (shared_bytes > (size_t{48} << 10)) {
    check_cuda(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                    static_cast<int>(shared_bytes)));
  }
  cudaLaunchConfig_t config{};
  config.gridDim = {grid.x, grid.y, grid.z};
  config.blockDim = {block.x, block.y, block.z};
  config.dynamicSmemBytes = shared_bytes;
  config.stream = static_cast<cudaStream_t>(stream.handle);
  check_cuda(cudaLaunchKernelEx(&config, kernel, static_cast<Parameters>(arguments)...));
}

}  // namespace hone
