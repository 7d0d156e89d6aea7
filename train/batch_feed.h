#pragma once

#include <array>
#include <cstdint>
#include <future>
#include <optional>
#include <span>
#include <vector>

#include "train/packing.h"

namespace hone {

// The batches of one pass over `rows` in the given order, the last one short; the next is packed on another
// thread while the caller works on this one. On a device other than the CPU a batch is valid until the one
// after next is asked for. `rows` must outlive the feed.
class BatchFeed {
 public:
  struct Packing {
    bool use_types = false;
    Device device = {};  // where the batches are wanted
    bool fill = true;    // fill batches up (train/packing.h) for other devices than the CPU
  };
  BatchFeed(std::span<const EncodedRow> rows, std::vector<int64_t> order, int64_t batch_size,
            Packing packing);

  std::optional<PackedBatch> next();
  // Starts to upload the next batch while the device works on the current one.
  void prefetch();

  // The number of batches of a pass over `rows` rows.
  static int64_t batches(int64_t rows, int64_t batch_size) { return (rows + batch_size - 1) / batch_size; }

 private:
  void start();
  std::optional<PackedBatch> packed();
  PackedBatch uploaded(const PackedBatch& batch);

  std::span<const EncodedRow> rows_;
  std::vector<int64_t> order_;
  size_t batch_size_, at_ = 0;
  Packing packing_;
  std::future<PackedBatch> ahead_;  // joins its thread when destroyed
  std::optional<PackedBatch> prefetched_;
  std::array<Tensor, 2> memory_;  // on the device, used in turn
  size_t turn_ = 0;
};

}  // namespace hone
