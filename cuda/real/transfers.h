#pragma once

#include <cuda_runtime_api.h>

#include <array>
#include <memory>
#include <vector>

#include "core/device_runtime.h"
#include "cuda/stream.h"

namespace hone {

// Copies from pinned memory on a stream of their own. Two places take turns.
class Uploads {
 public:
  explicit Uploads(cudaStream_t work);
  void upload(void* to, const void* from, size_t bytes);

 private:
  struct Place {
    void* pinned = nullptr;
    size_t bytes = 0;
    cudaEvent_t done = nullptr;
  };
  static void grow(Place& place, size_t bytes);

  cudaStream_t work_, stream_ = nullptr;
  std::array<Place, 2> places_;
  cudaEvent_t asked_ = nullptr;  // recorded on `work_` at the last upload
  size_t turn_ = 0;
};

// Copies of a few bytes to pinned memory in the stream of the work, each with an event that tells when it is
// there.
class Downloads {
 public:
  explicit Downloads(CudaStream& work) : work_(work) {}
  std::unique_ptr<Download> download(const void* from, size_t bytes);

 private:
  struct Place {
    void* pinned = nullptr;
    cudaEvent_t done = nullptr;
  };
  class One;
  static Place make();

  CudaStream& work_;
  std::vector<Place> free_;
};

}  // namespace hone
