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

// The work of training steps, recorded once for each kind of batch and replayed from then on where the device
// can (on CUDA: as graphs), which spares the host a launch for every kernel. Replayed or not, the bits are
// the same.
class StepRecordings {
 public:
  // At most `most` recordings; HONE_CUDA_GRAPHS=0, the profile and the search for NaN want none.
  explicit StepRecordings(Device device, int64_t most = 64);

  // What besides the batch's shapes decides what a step's work is.
  struct Part {
    int64_t rows = 0;  // of the window
    bool first = false, last = false;
    auto operator<=>(const Part&) const = default;
  };
  // Does work(batch), which is on the device. The first batch of a kind is worked on directly: it may well be
  // the only one. `work` must do the same for the same kind, and read what changes from the device's memory.
  void run(const PackedBatch& batch, const Part& part, const std::function<void(const PackedBatch&)>& work);

  int64_t recorded() const { return recorded_; }
  int64_t replayed() const { return replayed_; }
  // Why no more is recorded: there were more kinds than recordings, no memory for one, or the device refused.
  // Else none.
  const std::optional<std::string>& gave_up() const { return gave_up_; }

 private:
  struct Kind {
    bool seen = false;
    PackedBatch batch;  // what the recorded work reads: refilled for each replay
    std::unique_ptr<Recording> recording;
  };
  void give_up(Kind& kind, const Error& why);
  void record(Kind& kind, const PackedBatch& batch, const std::function<void(const PackedBatch&)>& work);

  Device device_;
  int64_t most_, recorded_ = 0, replayed_ = 0;
  std::optional<std::string> gave_up_;
  // By tokens, sequences, longest.
  std::map<std::tuple<int64_t, int64_t, int64_t, Part>, Kind> kinds_;
};

}  // namespace hone
