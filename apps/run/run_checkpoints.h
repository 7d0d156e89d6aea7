#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <hone/train/evaluation.h>
#include "apps/cli/settings.h"
#include "apps/run/run_folder.h"
#include "apps/run/run_state.h"
#include "apps/run/task_data.h"
#include "train/checkpoint.h"

namespace hone {

// Where a run goes on.
struct ResumePoint {
  FoundCheckpoint found;
  RunState state;
  bool extended = false;  // the run is to be longer than it was
};

// Where the run of this folder goes on; none when it has come to its end. Throws Error when there is no sound
// checkpoint, UsageError, which lists them, when settings differ from the run's: constant schedules may
// become longer, nothing else; and for a folder of several runs.
std::optional<ResumePoint> find_resume_point(const RunFolder& folder, const Settings& settings);

// Saves a run's checkpoints and keeps account of the best.
class RunCheckpoints {
 public:
  RunCheckpoints(RunFolder& folder, const Settings& settings, const TaskData& data, Device device);

  // Goes on from there. Throws UsageError when the data are others. Returns what is odd about it, for the
  // user.
  std::vector<std::string> resume(const ResumePoint& point);
  // Throws Error when the disk has no room for the next one.
  void check_room(const Module& model) const;

  bool due(int64_t step) const { return every_ && step % *every_ == 0; }  // by --save-every STEPS
  bool every_epoch() const { return !every_; }
  // Saves the state of the run unless that is done. Returns whether it was not.
  bool save(SequenceClassifier& model, const Trainer& trainer, double seconds);
  // Takes note of a validation after training; the best one's checkpoint is saved and `best` names it.
  void evaluated(const Evaluation& figures, SequenceClassifier& model, const Trainer& trainer,
                 double seconds);
  // SHA-256 of the rows' labels and token ids.
  const std::string& data_hash() const { return state_.data_hash; }
  // The step of the best evaluation.
  std::optional<int64_t> best_step() const {
    return state_.best ? std::optional(state_.best->step) : std::nullopt;
  }
  // Evaluations since the best one.
  int64_t without_improvement() const { return state_.without_improvement; }

 private:
  bool improves(double value) const;

  RunFolder& folder_;
  Checkpoints store_;
  BestMetric metric_;
  int64_t keep_;
  std::optional<int64_t> every_;
  RunState state_;
  std::optional<int64_t> saved_;  // the step of the newest checkpoint of this run
};

}  // namespace hone
