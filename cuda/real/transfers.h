#pragma once

#include <cuda_runtime_api.h>

#include <array>
#include <memory>
#include <mutex>
#include <vector>

#include "core/device_runtime.h"

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

// Copies of a few bytes from the host in the stream of the work: through pinned memory, since CUDA may wait
// for the stream when other memory is copied. Places take turns. Any thread may ask: weights are loaded by several.
class SmallUploads {
 public:
  static constexpr size_t kMost = 256;  // bytes

  explicit SmallUploads(cudaStream_t work);
  void upload(void* to, const void* from, size_t bytes);

 private:
  struct Place {
    void* pinned = nullptr;
    cudaEvent_t done = nullptr;
  };

  std::mutex mutex_;
  cudaStream_t work_;
  std::array<Place, 16> places_;
  size_t turn_ = 0;
};

// Copies of a few bytes to pinned memory in the stream of the work, each with an event that tells when it is
// there.
class Downloads {
 public:
  explicit Downloads(cudaStream_t work) : work_(work) {}
  std::unique_ptr<Download> download(const void* from, size_t bytes);

 private:
  struct Place {
    void* pinned = nullptr;
    cudaEvent_t done = nullptr;
  };
  class One;
  static Place make();

  cudaStream_t work_;
  std::vector<Place> free_;
};

}  // namespace hone
