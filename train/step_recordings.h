#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>

#include <hone/core/packed_batch.h>
#include "core/device_runtime.h"

namespace hone {

// Records the work of training steps once for each kind of batch and replays it from then on where the device
// can (on CUDA: as graphs), which spares the host a launch for every kernel. Replayed or not, the bits are
// the same.
class StepRecordings {
 public:
  // Keeps at most `most` recordings; none with HONE_CUDA_GRAPHS=0, under the profile and in the search for
  // NaN.
  explicit StepRecordings(Device device, int64_t most = 64);

  // The properties of a batch, besides its shapes, that a step's work depends on.
  struct Part {
    int64_t rows = 0;  // rows of the whole window
    bool first = false, last = false;
    auto operator<=>(const Part&) const = default;
  };
  // Does work(batch) for a batch on the device. The first batch of a kind is computed directly, since it may
  // well be the only one. `work` must launch the same kernels for the same kind, and read changing values
  // from the device's memory.
  void run(const PackedBatch& batch, const Part& part, const std::function<void(const PackedBatch&)>& work);

  int64_t recorded() const { return recorded_; }
  int64_t replayed() const { return replayed_; }
  // The reason why recording stopped: more kinds than recordings, no memory for one, or the device refused;
  // none while it goes on.
  const std::optional<std::string>& gave_up() const { return gave_up_; }

 private:
  struct Kind {
    bool seen = false;
    PackedBatch batch;  // read by the recorded work, refilled for each replay
    std::unique_ptr<Recording> recording;
  };
  void give_up(Kind& kind, const Error& why);
  void record(Kind& kind, const PackedBatch& batch, const std::function<void(const PackedBatch&)>& work);

  Device device_;
  int64_t most_, recorded_ = 0, replayed_ = 0;
  std::optional<std::string> gave_up_;
  // The kinds by number of tokens, number of sequences and longest sequence.
  std::map<std::tuple<int64_t, int64_t, int64_t, Part>, Kind> kinds_;
};

}  // namespace hone
