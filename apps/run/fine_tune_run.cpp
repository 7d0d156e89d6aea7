#include "apps/run/fine_tune_run.h"

#include <fmt/core.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <future>
#include <optional>

#include <hone/core/error.h>
#include "apps/cli/device.h"
#include "apps/cli/errors.h"
#include "apps/cli/recorded_run.h"
#include "apps/cli/resources.h"
#include "apps/cli/signals.h"
#include "apps/report/run_report.h"
#include "apps/run/console.h"
#include "apps/run/dry_run.h"
#include "apps/run/evaluations.h"
#include "apps/run/events.h"
#include "apps/run/metrics_csv.h"
#include "apps/run/run_checkpoints.h"
#include "apps/run/run_folder.h"
#include "apps/run/run_record.h"
#include "apps/run/screen.h"
#include "apps/run/task_data.h"
#include "apps/run/trained_model.h"
#include "apps/run/unfinished_run.h"
#include "core/profile.h"
#include "data/sets/label_rule.h"
#include "train/step_recordings.h"

namespace hone {
namespace {

using Clock = std::chrono::steady_clock;

class FineTuneRun {
 public:
  explicit FineTuneRun(const FineTuneTask& task)
      : task_(task),
        settings_(task.settings),
        folder_(settings_.output, task.spec.program, settings_.resume),
        console_(console_settings(settings_)) {}

  void run() {
    device_ = choose_device(settings_.compute);
    set_profiling(settings_.profile);
    if (settings_.resume && !find_point()) return;
    load();
    if (settings_.dry_run) return show_dry_run();
    checkpoints_.emplace(folder_, settings_, data_, classifier_->labels(), device_);
    checkpoints_->check_room(classifier_->model());
    if (point_) check_model_files();
    if (point_) warnings_ = checkpoints_->resume(*point_);
    if (settings_.resume) {
      folder_.reopen(point_ ? point_->state.metrics_bytes : 0);
    } else {
      folder_.create();
    }
    try {
      begin();
      train_and_save();
      finish();
    } catch (const Error& error) {
      record(exit_code(error), message_of(error));
      throw;
    } catch (const std::exception& error) {
      record(1, message_of(error));
      throw;
    }
  }

  const std::string& unwritten() const { return console_.unwritten(); }

 private:
  void load() {
    NamedDataset named = load_data(settings_);
    classifier_.emplace(
        TextClassifier::load(not_unfinished_run(settings_.model),
                             {.head = settings_.new_head ? Head::fresh : Head::trained_or_fresh,
                              .labels = new_labels(named.dataset),
                              .random_weights = settings_.init == FirstWeights::random,
                              .seed = static_cast<uint64_t>(settings_.seed),
                              .dtype = settings_.compute.dtype,
                              .device = device_}));
    if (!point_ && !settings_.dry_run) {
      file_hashes_ = std::async(std::launch::async, file_hashes, classifier_->folder(),
                                settings_.init != FirstWeights::random);
    }
    classifier_->model().encoder.set_recompute(settings_.recompute);
    classifier_->set_max_length(settings_.max_length, named.dataset.train.pairs);
    use_labels_of(*classifier_, named);
    take_samples(named, settings_);
    data_ = prepare(named, *classifier_);
    labels_ = {classifier_->labels(),
               positive_label(settings_.positive_label, classifier_->labels(), data_.positive_label)};
    check_metric(settings_.best_metric, labels_);
  }

  void show_dry_run() {
    for (const auto& warning : data_.warnings) console_.warning(warning);
    for (const auto& note : data_.notes) console_.log("note: " + note);
    const DryRun dry{settings_, data_, classifier_->model()};
    console_.event(dry_run_event(dry));
    console_.result(dry_run_text(dry));
  }

  // Finds the point to resume from; false when there is nothing left to do.
  bool find_point() {
    Checkpoints(folder_.path()).remove_leftovers();
    if (folder_.only_begun()) {
      console_.log(
          fmt::format("{}: the run has no checkpoint yet and begins again", folder_.path().string()));
      return true;
    }
    point_ = find_resume_point(task_.spec, folder_, settings_);
    if (point_) return true;
    console_.log(
        fmt::format("{}: the run has come to its end, nothing is left to do", folder_.path().string()));
    console_.event(*folder_.result());
    return false;
  }

  // Makes the trainer, writes the record of the run and shows the first screen.
  void begin() {
    catch_signals();
    std::signal(SIGPIPE, SIG_IGN);  // results are also in metrics.jsonl: nobody needs to read stdout
    for (const auto& warning : warnings_) console_.warning(warning);
    for (const auto& warning : classifier_->warnings()) console_.warning(warning);
    for (const auto& warning : data_.warnings) console_.warning(warning);
    const RunRecord record = run_record();
    if (!point_ || point_->extended || is_moved_run()) folder_.write("run.json", run_json(record));
    if (!point_) emit(start_event(record, file_hashes_.get(), checkpoints_->data_hash()));
    plan_ = training_plan(settings_);
    plan_.use_types = settings_.pair_types() && classifier_->uses_token_types();
    if (data_.pairs) classifier_->set_uses_token_types(plan_.use_types);
    const int64_t steps = total_steps(plan_, static_cast<int64_t>(data_.train.rows.size()));
    console_.log_lines(first_screen({task_.spec, settings_, *classifier_, data_, classifier_->max_length(),
                                     steps, folder_.path().string()}));
    console_.begin_training(steps, settings_.epochs, device_);
    trainer_.emplace(classifier_->model(), data_.train.rows, plan_);
    if (point_) go_on();
  }

  // Throws UsageError when the model's files are not those that the run began with. The weights, which the
  // checkpoint replaces, are read again only where the model has another name.
  void check_model_files() const {
    const auto starts = folder_.events("start");
    if (starts.empty()) return;
    const Json& recorded = starts.front().at("file_hashes");
    const bool with_weights = point_->moved_model && settings_.init != FirstWeights::random;
    for (const auto& [name, hash] : file_hashes(classifier_->folder(), with_weights)) {
      if (recorded.get_string(name, "") == hash) continue;
      throw UsageError(fmt::format(
          "--resume: {}: not the file that the run began with; give the run's model, wherever it is now",
          (classifier_->folder() / name).string()));
    }
  }

  // True when the run's record names other places of model and data.
  bool is_moved_run() const {
    const auto recorded = recorded_settings(task_.spec, folder_.path());
    return !recorded || is_moved(run_texts(*recorded), run_texts(settings_));
  }

  void emit(const std::string& event) {
    folder_.append(event);
    console_.event(event);
  }

  RunRecord run_record() const {
    return {task_.spec,
            settings_,
            data_,
            task_.command,
            classifier_->folder(),
            classifier_->max_length(),
            device_,
            task_.typed.runs,
            task_.typed.seed};
  }

  void go_on() {
    const TrainingProgress& progress = point_->state.progress;
    trainer_->resume(point_->found.folder, progress);
    evaluations_.restore(folder_.events("eval"));
    steps_ = progress.steps;
    epoch_ = progress.epoch;
    seconds_before_ = point_->state.seconds;
    console_.log(fmt::format("going on from {}: step {}, epoch {}", point_->found.folder.filename().string(),
                             steps_, epoch_));
  }

  void train_and_save() {
    try {
      train();
      save();
      throw_if_interrupted();
    } catch (const Interrupted& stop) {
      save_and_stop(stop);
    } catch (const NonFiniteError& failure) {
      save_and_stop(failure);
    }
  }

  void train() {
    const bool first = settings_.evaluates_first() || (trainer_->done() && epoch_ == 0);
    if (first && !evaluations_.contains(data_.validation.name, 0)) evaluate_split(data_.validation, 0);
    if (epoch_ > 0) train_epoch();  // the rest of a resumed epoch
    while (!trainer_->done() && !checkpoints_->out_of_patience()) {
      ++epoch_;
      train_epoch();
    }
    if (!trainer_->done()) {
      console_.log(fmt::format("no better validation {} in {} evaluations: training ends",
                               description_of(settings_.best_metric, labels_), settings_.patience));
    }
    save_checkpoint();  // also for a run without steps, which may be extended
    if (data_.test) evaluate_split(*data_.test, epoch_);
  }

  // Makes the remaining steps of an epoch and saves them before the evaluation, which can be repeated.
  void train_epoch() {
    trainer_->run_epoch(epoch_, [&](const StepReport& report) { on_step(report); });
    if (checkpoints_->every_epoch() || trainer_->done()) save_checkpoint();
    if (evaluations_.contains(data_.validation.name, epoch_)) return;
    const double value = evaluate_split(data_.validation, epoch_);
    checkpoints_->evaluated(value, classifier_->model(), *trainer_, seconds());
  }

  void save_checkpoint() {
    if (!checkpoints_->save(classifier_->model(), *trainer_, seconds())) return;
    console_.log(fmt::format("{}  saved {}", iso_time_now(), Checkpoints::name(steps_)));
    console_.event(checkpoint_event(steps_, (folder_.path() / Checkpoints::name(steps_)).string()));
  }

  void on_step(const StepReport& report) {
    steps_ = report.step;
    emit(step_event(report));
    console_.step(report);
    tell_of_recordings();
    if (checkpoints_->due(steps_)) save_checkpoint();
    throw_if_interrupted();
  }

  void tell_of_recordings() {
    if (told_of_recordings_ || !trainer_->recordings()->gave_up()) return;
    told_of_recordings_ = true;
    console_.warning(
        fmt::format("cuda: not every step is replayed as a graph, which is slower, with the same results: {}",
                    *trainer_->recordings()->gave_up()));
  }

  Evaluation evaluate_rows(const TaskSplit& split) {
    const auto total = static_cast<int64_t>(split.rows.size());
    return evaluate(classifier_->model(), split.rows,
                    {settings_.eval_batch_size, plan_.use_types, settings_.mean_over_rows()},
                    [&](int64_t done) {
                      console_.evaluating(split.name, done, total);
                      throw_if_interrupted();
                    });
  }

  // Evaluates a split and reports it; returns the value of --best-metric.
  double evaluate_split(const TaskSplit& split, int64_t epoch) {
    Evaluation figures = evaluate_rows(split);
    const EvaluatedSplit& one = evaluations_.add({split.name, epoch, steps_, figures_of(figures, labels_)},
                                                 std::move(figures.predictions));
    emit(eval_event(one));
    console_.result(
        fmt::format("epoch {}  {:<10}  {}", epoch, split.name, figures_text(one.figures, shows_f1())));
    return value_of(settings_.best_metric, figures, labels_);
  }

  // F1 belongs to every set of labels but SST's, whose experiment reports accuracy.
  bool shows_f1() const {
    return data_.pairs || settings_.own.given() || labels_.names.size() != 2 || settings_.positive_label;
  }

  void save() {
    const RunRecord record = run_record();
    save_trained_model(folder_.model(), {record, *classifier_, evaluations_.all(), steps_});
  }

  [[noreturn]] void save_and_stop(const Error& reason) {
    save_checkpoint();
    const auto whole = task_.typed.runs == 1 ? folder_.path() : folder_.path().parent_path();
    const std::string output = task_.typed.output ? "" : "--output " + shell_quoted(whole.string()) + " ";
    const std::string message = fmt::format("{}; the state after {} steps is saved in {}", message_of(reason),
                                            steps_, (folder_.path() / Checkpoints::name(steps_)).string());
    if (const auto* stop = dynamic_cast<const Interrupted*>(&reason)) {
      throw Interrupted(stop->signal_number(),
                        message + "; to go on, run the same command with " + output + "--resume");
    }
    throw NonFiniteError(message);
  }

  void finish() {
    report();
    folder_.write("metrics.csv", metrics_csv(folder_.events()));
    emit(result_event({steps_, epoch_, evaluations_.all(), seconds(), folder_.model().string(), device_}));
    folder_.sync();
    console_.log_lines(summary_text({.evaluations = evaluations_.all(),
                                     .seconds = seconds(),
                                     .steps = steps_,
                                     .run = folder_.path(),
                                     .model = folder_.model(),
                                     .program = task_.program,
                                     .pairs = data_.pairs,
                                     .best = best_checkpoint(),
                                     .tokens_per_second = tokens_per_second(folder_.events("step")),
                                     .device = device_}));
    if (settings_.profile) console_.report(profile_table());
  }

  std::string best_checkpoint() const {
    const auto step = checkpoints_->best_step();
    if (!step || *step == steps_) return "";
    return fmt::format("{} by validation {}", Checkpoints::name(*step),
                       description_of(settings_.best_metric, labels_));
  }

  // Writes the report. A run resumed after its last evaluation has no predictions and evaluates the rows
  // again.
  void report() {
    const std::string& name = data_.validation.name;
    if (!evaluations_.predictions().contains(name))
      evaluations_.set_predictions(name, evaluate_rows(data_.validation).predictions);
    write_report(folder_, {run_record(), classifier_->labels(), evaluations_.predictions(), seconds()});
  }

  // Writes the error as the last event; a full disk must not hide the error itself.
  void record(int exit_code, const std::string& message) {
    try {
      folder_.append(error_event(exit_code, message));
    } catch (const Error&) {
      console_.warning("the error could not be written to metrics.jsonl");
    }
  }

  // The seconds that the whole run has taken, with the time before it was resumed.
  double seconds() const {
    return seconds_before_ + std::chrono::duration<double>(Clock::now() - begin_).count();
  }

  const FineTuneTask& task_;
  const Settings& settings_;
  Clock::time_point begin_ = Clock::now();
  RunFolder folder_;
  Console console_;
  Device device_;
  std::optional<TextClassifier> classifier_;
  std::future<FileHashes> file_hashes_;  // computed while the data are prepared
  TaskData data_;
  LabelChoice labels_;
  TrainingPlan plan_;
  Evaluations evaluations_;
  std::optional<ResumePoint> point_;
  std::vector<std::string> warnings_;
  std::optional<Trainer> trainer_;
  bool told_of_recordings_ = false;
  std::optional<RunCheckpoints> checkpoints_;
  int64_t steps_ = 0, epoch_ = 0;  // steps made, last epoch begun
  double seconds_before_ = 0;
};

}  // namespace

std::string fine_tune_once(const FineTuneTask& task) {
  FineTuneRun run(task);
  run.run();
  return task.settings.dry_run || task.settings.log == LogFormat::json ? run.unwritten() : "";
}

}  // namespace hone
