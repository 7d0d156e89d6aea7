#include "train/batch_feed.h"

#include <algorithm>
#include <utility>

#include "core/device_runtime.h"
#include "core/view.h"

namespace hone {

BatchFeed::BatchFeed(std::span<const EncodedRow> rows, std::vector<int64_t> order, int64_t batch_size,
                     Packing packing)
    : rows_(rows), order_(std::move(order)), batch_size_(static_cast<size_t>(batch_size)), packing_(packing) {
  start();
}

void BatchFeed::start() {
  if (at_ == order_.size()) return;
  const size_t count = std::min(batch_size_, order_.size() - at_);
  const auto part = std::span<const int64_t>(order_).subspan(at_, count);
  at_ += count;
  ahead_ = std::async(std::launch::async, [this, part] {
    const PackedBatch batch = pack_rows(rows_, part, packing_.use_types);
    return packing_.device.is_cpu() || !packing_.fill ? batch : fill_up(batch);
  });
}

std::optional<PackedBatch> BatchFeed::packed() {
  if (!ahead_.valid()) return std::nullopt;
  PackedBatch batch = ahead_.get();
  start();
  return batch;
}

PackedBatch BatchFeed::uploaded(const PackedBatch& batch) {
  if (packing_.device.is_cpu()) return batch;
  const Tensor values = batch.gathered();
  DeviceRuntime& runtime = runtime_of(packing_.device);
  Tensor& memory = memory_[turn_++ % memory_.size()];
  if (!memory.defined() || memory.elements() < values.elements()) {
    runtime.synchronise();  // the memory may have been in use a moment ago
    memory = Tensor::empty({2 * values.elements()}, Dtype::i32, packing_.device);
  }
  const Tensor part = memory.slice(0, values.elements());
  runtime.upload(part.view().data, values.view().data, static_cast<size_t>(values.bytes()));
  return batch.placed_in(part);
}

void BatchFeed::prefetch() {
  if (prefetched_) return;
  if (const auto batch = packed()) prefetched_ = uploaded(*batch);
}

std::optional<PackedBatch> BatchFeed::next() {
  prefetch();
  return std::exchange(prefetched_, std::nullopt);
}

}  // namespace hone
