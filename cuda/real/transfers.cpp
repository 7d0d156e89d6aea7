#include "cuda/real/transfers.h"

#include <cstring>

#include <hone/core/error.h>
#include "cuda/real/check.h"
#include "cuda/real/small_copy.h"

namespace hone {
namespace {

constexpr size_t kMostDownloaded = 256;  // bytes: the results of a step

}  // namespace

Uploads::Uploads(cudaStream_t work) : work_(work) {
  check_cuda(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking));
  for (cudaEvent_t* event : {&places_[0].done, &places_[1].done, &asked_})
    check_cuda(cudaEventCreateWithFlags(event, cudaEventDisableTiming));
}

void Uploads::upload(void* to, const void* from, size_t bytes) {
  Place& place = places_[turn_++ % 2];
  check_cuda(cudaEventSynchronize(place.done));  // its last copy has been made
  if (place.bytes < bytes) grow(place, bytes);
  std::memcpy(place.pinned, from, bytes);
  check_cuda(cudaStreamWaitEvent(stream_, asked_));  // the work before the last upload
  check_cuda(cudaMemcpyAsync(to, place.pinned, bytes, cudaMemcpyHostToDevice, stream_));
  check_cuda(cudaEventRecord(place.done, stream_));
  check_cuda(cudaEventRecord(asked_, work_));
  check_cuda(cudaStreamWaitEvent(work_, place.done));
}

void Uploads::grow(Place& place, size_t bytes) {
  if (place.pinned != nullptr) check_cuda(cudaFreeHost(place.pinned));
  place.pinned = nullptr;
  check_cuda(cudaMallocHost(&place.pinned, 2 * bytes));
  place.bytes = 2 * bytes;
}

class Downloads::One final : public Download {
 public:
  One(Downloads& all, const Place& place) : all_(all), place_(place) {}
  ~One() override {
    cudaEventSynchronize(place_.done);  // before the place is used again
    all_.free_.push_back(place_);
  }
  One(const One&) = delete;
  One& operator=(const One&) = delete;
  const void* wait() override {
    check_cuda(cudaEventSynchronize(place_.done));
    return place_.pinned;
  }

 private:
  Downloads& all_;
  Place place_;
};

std::unique_ptr<Download> Downloads::download(const void* from, size_t bytes) {
  if (bytes > kMostDownloaded)
    throw Error("download: at most " + std::to_string(kMostDownloaded) + " bytes at once, not " +
                std::to_string(bytes));
  if (free_.empty()) free_.push_back(make());
  const Place place = free_.back();
  free_.pop_back();
  copy_by_kernel(work_, place.pinned, from, bytes);
  check_cuda(cudaEventRecord(place.done, static_cast<cudaStream_t>(work_.handle)));
  return std::make_unique<One>(*this, place);
}

Downloads::Place Downloads::make() {
  Place place;
  check_cuda(cudaMallocHost(&place.pinned, kMostDownloaded));
  check_cuda(cudaEventCreateWithFlags(&place.done, cudaEventDisableTiming));
  return place;
}

}  // namespace hone
