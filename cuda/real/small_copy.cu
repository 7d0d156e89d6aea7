#include "cuda/real/small_copy.h"

#include <cstring>

#include "cuda/device.h"

namespace hone {
namespace {

struct Bytes {
  unsigned char at[kMostInArguments];
};

__global__ void write_kernel(__grid_constant__ const Bytes bytes, unsigned char* to) {
  to[threadIdx.x] = bytes.at[threadIdx.x];
}

template <class T>
__global__ void copy_kernel(int64_t n, const T* from, T* to) {
  const int64_t i = global_thread();
  if (i < n) to[i] = from[i];
}

template <class T>
void copy_as(CudaStream& stream, void* to, const void* from, size_t bytes) {
  constexpr int kThreads = 256;
  const auto n = static_cast<int64_t>(bytes / sizeof(T));
  launch_kernel(copy_kernel<T>, blocks_for(n, kThreads), kThreads, 0, stream, n, static_cast<const T*>(from),
                static_cast<T*>(to));
}

}  // namespace

void copy_in_arguments(CudaStream& stream, void* to, const void* from, size_t bytes) {
  Bytes argument{};
  std::memcpy(argument.at, from, bytes);
  launch_kernel(write_kernel, 1, static_cast<int64_t>(bytes), 0, stream, argument,
                static_cast<unsigned char*>(to));
}

void copy_by_kernel(CudaStream& stream, void* to, const void* from, size_t bytes) {
  const auto places = reinterpret_cast<uintptr_t>(to) | reinterpret_cast<uintptr_t>(from) | bytes;
  if (places % sizeof(uint4) == 0) return copy_as<uint4>(stream, to, from, bytes);
  copy_as<unsigned char>(stream, to, from, bytes);
}

}  // namespace hone
