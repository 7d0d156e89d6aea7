#include "train/step_recordings.h"

#include <cstdlib>
#include <string>
#include <string_view>

#include <hone/core/error.h>
#include "core/launch.h"
#include "core/profile.h"

namespace hone {
namespace {

bool wanted(Device device) {
  const char* value = std::getenv("HONE_CUDA_GRAPHS");
  const bool refused = value != nullptr && std::string_view(value) == "0";
  return !device.is_cpu() && !refused && !profiling() && !checks_finite();
}

}  // namespace

StepRecordings::StepRecordings(Device device, int64_t most)
    : device_(device), most_(wanted(device) ? most : 0) {}

void StepRecordings::run(const PackedBatch& batch, const Part& part,
                         const std::function<void(const PackedBatch&)>& work) {
  if (most_ == 0) return work(batch);
  Kind& kind = kinds_[{batch.tokens(), batch.sequences(), batch.lens.longest(), part}];
  if (kind.seen && !kind.recording && !gave_up_) record(kind, batch, work);
  kind.seen = true;
  if (!kind.recording) return work(batch);
  kind.batch.memory.copy_from(batch.memory);
  kind.recording->replay();
  ++replayed_;
}

void StepRecordings::give_up(Kind& kind, const Error& why) {
  gave_up_ = why.what();
  kind.batch = {};
}

void StepRecordings::record(Kind& kind, const PackedBatch& batch,
                            const std::function<void(const PackedBatch&)>& work) {
  if (recorded_ == most_) gave_up_ = "there are more than " + std::to_string(most_) + " kinds of batches";
  if (gave_up_) return;
  try {
    kind.batch = batch.placed_in(batch.memory.clone());
    kind.recording = runtime_of(device_).record([&] { work(kind.batch); });
    ++recorded_;
  } catch (const MemoryError& error) {
    give_up(kind, error);
  } catch (const RecordingRefused& error) {
    give_up(kind, error);
  }
}

}  // namespace hone
