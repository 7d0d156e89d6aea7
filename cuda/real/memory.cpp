// cuMemAddressReserve and its kin, from the driver itself: nothing links against libcuda, so that programs
// start without one.
#include "cuda/real/memory.h"

#include <dlfcn.h>
#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <string_view>

#include <hone/core/error.h>
#include "cuda/real/check.h"

namespace hone {
namespace {

template <class F>
F* driver(const char* name) {
  static void* library = dlopen("libcuda.so.1", RTLD_NOW);
  void* symbol = library == nullptr ? nullptr : dlsym(library, name);
  if (symbol == nullptr) throw Error(fmt::format("cuda: the driver has no {}; install a newer one", name));
  return reinterpret_cast<F*>(symbol);
}

void check(CUresult status, const char* what) {
  if (status != CUDA_SUCCESS)
    throw Error(fmt::format("cuda: {} failed with driver error {}", what, static_cast<int>(status)));
}

size_t rounded_up(size_t bytes, size_t unit) { return (bytes + unit - 1) / unit * unit; }

}  // namespace

DeviceMemory::DeviceMemory(int device, const char* what, bool apart)
    : device_(device), what_(what), arena_(0) {
  const char* wanted = std::getenv("HONE_CUDA_ARENA");
  apart_ = apart && wanted != nullptr && std::string_view(wanted) == "0";
  size_t free = 0, total = 0, granularity = 0;
  check_cuda(cudaMemGetInfo(&free, &total));
  kind_.type = CU_MEM_ALLOCATION_TYPE_PINNED;
  kind_.location = {CU_MEM_LOCATION_TYPE_DEVICE, device};
  check(driver<decltype(cuMemGetAllocationGranularity)>("cuMemGetAllocationGranularity")(
            &granularity, &kind_, CU_MEM_ALLOC_GRANULARITY_MINIMUM),
        "reserving memory");
  piece_ = rounded_up(size_t{64} << 20, granularity);
  const size_t capacity = rounded_up(total, piece_);
  check(driver<decltype(cuMemAddressReserve)>("cuMemAddressReserve")(&base_, capacity, 0, 0, 0),
        "reserving memory");
  arena_ = Arena(capacity);
}

void* DeviceMemory::allocate(size_t bytes) {
  const std::lock_guard lock(mutex_);
  if (apart_) {
    void* part = nullptr;
    if (cudaMalloc(&part, std::max(bytes, size_t{1})) != cudaSuccess) refuse(bytes);
    parts_[reinterpret_cast<uintptr_t>(part)] = bytes;
    apart_bytes_ += bytes;
    apart_peak_ = std::max(apart_peak_, apart_bytes_);
    return part;
  }
  const size_t offset = bytes < arena_.capacity() ? arena_.take(bytes) : Arena::kNone;
  if (offset == Arena::kNone) refuse(bytes);
  try {
    grow_to(offset + Arena::rounded(bytes));
  } catch (const Error&) {
    arena_.give_back(offset, bytes);
    refuse(bytes);
  }
  return reinterpret_cast<void*>(base_ + offset);
}

void DeviceMemory::release(void* pointer, size_t bytes) {
  const std::lock_guard lock(mutex_);
  if (apart_) {
    parts_.erase(reinterpret_cast<uintptr_t>(pointer));
    apart_bytes_ -= bytes;
    cudaFree(pointer);
    return;
  }
  arena_.give_back(reinterpret_cast<CUdeviceptr>(pointer) - base_, bytes);
}

bool DeviceMemory::holds(const void* pointer) const {
  const auto address = reinterpret_cast<CUdeviceptr>(pointer);
  if (apart_) {
    const std::lock_guard lock(mutex_);
    const auto after = parts_.upper_bound(address);
    return after != parts_.begin() && address - std::prev(after)->first < std::prev(after)->second;
  }
  return address >= base_ && address < base_ + arena_.capacity();
}

void DeviceMemory::grow_to(size_t bytes) {
  if (bytes <= mapped_) return;
  const size_t more = rounded_up(bytes - mapped_, piece_);
  CUmemGenericAllocationHandle memory = 0;
  check(driver<decltype(cuMemCreate)>("cuMemCreate")(&memory, more, &kind_, 0), "cuMemCreate");
  const CUresult mapped = driver<decltype(cuMemMap)>("cuMemMap")(base_ + mapped_, more, 0, memory, 0);
  check(driver<decltype(cuMemRelease)>("cuMemRelease")(memory),
        "cuMemRelease");  // the mapping, if any, keeps it
  check(mapped, "cuMemMap");
  const CUmemAccessDesc access{kind_.location, CU_MEM_ACCESS_FLAGS_PROT_READWRITE};
  check(driver<decltype(cuMemSetAccess)>("cuMemSetAccess")(base_ + mapped_, more, &access, 1),
        "cuMemSetAccess");
  mapped_ += more;
}

void DeviceMemory::refuse(size_t bytes) const {
  size_t free = 0, total = 0;
  check_cuda(cudaMemGetInfo(&free, &total));
  constexpr double kMiB = 1 << 20;
  throw MemoryError(
      fmt::format(
          "cuda:{} {}: {:.1f} MiB wanted, {} MiB held there by this process, {} of {} MiB free; a smaller "
          "batch_size (with accumulate for the same step) or max_length needs less, so does recompute, "
          "and HONE_CUDA_GRAPHS=0, since recorded steps have memory of their own",
          device_, what_, static_cast<double>(bytes) / kMiB, used() >> 20, free >> 20, total >> 20),
      {"batch_size", "accumulate", "max_length", "recompute"});
}

}  // namespace hone
