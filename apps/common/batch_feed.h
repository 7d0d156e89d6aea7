#pragma once

#include <cstdint>
#include <future>
#include <optional>
#include <span>
#include <vector>

#include "data/packing.h"

namespace hone {

// The batches of one pass over `rows` in the given order, the last one short; the next is packed on another
// thread while the caller works on this one. `rows` must outlive the feed.
class BatchFeed {
 public:
  BatchFeed(std::span<const EncodedRow> rows, std::vector<int64_t> order, int64_t batch_size, bool use_types);

  std::optional<PackedBatch> next();

  // How many batches a pass over `rows` rows has.
  static int64_t batches(int64_t rows, int64_t batch_size) { return (rows + batch_size - 1) / batch_size; }

 private:
  void start();

  std::span<const EncodedRow> rows_;
  std::vector<int64_t> order_;
  size_t batch_size_, at_ = 0;
  bool use_types_;
  std::future<PackedBatch> ahead_;  // joins its thread when destroyed
};

}  // namespace hone
