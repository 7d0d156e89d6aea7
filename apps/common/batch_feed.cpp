#include "apps/common/batch_feed.h"

#include <algorithm>
#include <utility>

namespace hone {

BatchFeed::BatchFeed(std::span<const EncodedRow> rows, std::vector<int64_t> order, int64_t batch_size,
                     bool use_types)
    : rows_(rows),
      order_(std::move(order)),
      batch_size_(static_cast<size_t>(batch_size)),
      use_types_(use_types) {
  start();
}

void BatchFeed::start() {
  if (at_ == order_.size()) return;
  const size_t count = std::min(batch_size_, order_.size() - at_);
  const auto part = std::span<const int64_t>(order_).subspan(at_, count);
  at_ += count;
  ahead_ = std::async(std::launch::async, [this, part] { return pack_rows(rows_, part, use_types_); });
}

std::optional<PackedBatch> BatchFeed::next() {
  if (!ahead_.valid()) return std::nullopt;
  PackedBatch batch = ahead_.get();
  start();
  return batch;
}

}  // namespace hone
