#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/cli/settings.h"
#include "apps/run/run_folder.h"
#include "apps/run/run_state.h"
#include "apps/run/task_data.h"
#include "train/checkpoint.h"
#include "train/early_stopping.h"

namespace hone {

// The point that a run is resumed from.
struct ResumePoint {
  FoundCheckpoint found;
  RunState state;
  bool extended = false;     // the run is now asked to be longer
  bool moved_model = false;  // the model is named otherwise than before
};

// Finds the point where the run of this folder is resumed; none when the run has ended. Throws Error when
// there is no sound checkpoint; UsageError, which lists the differences, when settings differ from the run's
// (only a run with a constant schedule may become longer).
std::optional<ResumePoint> find_resume_point(const FineTuneSpec& spec, const RunFolder& folder,
                                             const Settings& settings);

// Saves a run's checkpoints and keeps track of the best.
class RunCheckpoints {
 public:
  RunCheckpoints(RunFolder& folder, const Settings& settings, const TaskData& data,
                 const std::vector<std::string>& labels, Device device);

  // Restores the state at this point. Throws UsageError when the data differ from the run's. Returns warnings
  // for the user.
  std::vector<std::string> resume(const ResumePoint& point);
  // Throws Error when the disk has no room for the next checkpoint.
  void check_room(const Module& model) const;

  bool due(int64_t step) const { return every_ && step % *every_ == 0; }  // --save-every STEPS
  bool every_epoch() const { return !every_; }
  // Saves a checkpoint unless this step has one. Returns true when it saved.
  bool save(SequenceClassifier& model, const Trainer& trainer, double seconds);
  // Records the value, of which more is better, of an evaluation of the validation split; if it is the best
  // so far, saves a checkpoint that `best` names.
  void evaluated(double value, SequenceClassifier& model, const Trainer& trainer, double seconds);
  // SHA-256 of the rows' labels and token ids.
  const std::string& data_hash() const { return state_.data_hash; }
  // The step of the best evaluation so far.
  std::optional<int64_t> best_step() const {
    return state_.best ? std::optional(state_.best->step) : std::nullopt;
  }
  // True when, after some training, the last `patience` evaluations were no better than one before them.
  bool out_of_patience() const { return stopping_.out_of_patience(); }

 private:
  RunFolder& folder_;
  Checkpoints store_;
  int64_t keep_;
  std::optional<int64_t> every_;
  RunState state_;
  EarlyStopping stopping_;
  std::optional<int64_t> saved_;  // the step of the newest checkpoint of this run
};

}  // namespace hone
