#include "apps/run/screen.h"

#include <fmt/format.h>

#include <algorithm>

#include "apps/cli/device.h"
#include "apps/cli/resources.h"
#include "core/build_config.h"
#include "core/printable.h"
#include "train/batch_feed.h"

namespace hone {
namespace {

std::string row(const std::string& name, const std::string& text) {
  return fmt::format("  {:<9} {}\n", name, printable(text));
}

// A number with its digits grouped: 66955010 as "66,955,010".
std::string grouped(int64_t number) {
  std::string text = std::to_string(number);
  for (auto at = static_cast<int64_t>(text.size()) - 3; at > 0; at -= 3)
    text.insert(static_cast<size_t>(at), ",");
  return text;
}

int64_t parameter_count(const Module& module) {
  int64_t count = 0;
  for (const NamedParameter& named : module.parameters()) count += named.parameter->shape().elements();
  return count;
}

std::string model_rows(const Settings& settings, const TextClassifier& classifier) {
  const EncoderConfig& config = classifier.model().config();
  std::string text = row("model", fmt::format("{} ({})", settings.model, classifier.origin()));
  text += row("", fmt::format("{}: {} layers, hidden size {}, {} heads, {} parameters", name_of(config.type),
                              config.layers, config.hidden_size, config.heads,
                              grouped(parameter_count(classifier.model()))));
  return text + row("", settings.init == FirstWeights::random
                            ? "weights at random, only its config and tokenizer are used"
                            : classifier.load_report());
}

std::string data_rows(const TaskData& data) {
  std::string text = row("data", fmt::format("{} from {}", data.name, data.source));
  text += row("", data.train.description) + row("", data.validation.description);
  if (data.test) text += row("", data.test->description);
  for (const std::string& note : data.notes) text += row("", "note: " + note);
  return text;
}

std::string learning_rate_text(const FirstScreen& screen) {
  const Settings& s = screen.settings;
  const int64_t warmup = schedule_of(training_plan(s), screen.steps).warmup;
  return fmt::format("learning rate {} {}{}", s.learning_rate, word_of(kSchedules, s.schedule),
                     warmup == 0 ? "" : fmt::format(" after {} steps of warm-up", warmup));
}

std::string recipe_rows(const FirstScreen& screen) {
  const Settings& s = screen.settings;
  const auto others = differences(s, preset_settings(screen.spec, s.preset));
  std::string text = row("recipe", fmt::format("preset {}{}{}", word_of(kPresets, s.preset),
                                               others.empty() ? "" : ", but for ", fmt::join(others, ", ")));
  text += row("", fmt::format("{}, eps {}, weight decay {}, {}", word_of(kOptimizers, s.optimizer),
                              s.adam_eps, s.weight_decay, learning_rate_text(screen)));
  if (s.clip_norm) text += row("", fmt::format("gradients clipped to norm {}", *s.clip_norm));
  const std::string batches = s.accumulate == 1 ? "" : fmt::format("{} x ", s.accumulate);
  return text +
         row("", fmt::format("batches of {}{}, at most {} tokens a row, seed {}{}", batches, s.batch_size,
                             screen.max_length, s.seed, s.shuffle ? "" : ", file order"));
}

std::string steps_text(const FirstScreen& screen) {
  TrainingPlan plan = training_plan(screen.settings);
  plan.max_steps.reset();
  const auto rows = static_cast<int64_t>(screen.data.train.rows.size());
  const int64_t all = total_steps(plan, rows), epochs = plan.epochs;
  const std::string cut = screen.steps < all ? fmt::format(" of {}", all) : "";
  return fmt::format("{}{} ({} epoch{} of {})", screen.steps, cut, epochs, epochs == 1 ? "" : "s",
                     BatchFeed::batches(rows, plan.batch_size * plan.accumulate));
}

std::string f1_title(const Figures& figures) { return "f1 " + average_text(figures); }
size_t f1_width(const Figures& figures) { return std::max<size_t>(9, f1_title(figures).size()) + 2; }

// A line of the summary's table: the figures of one evaluation.
std::string figures_row(const EvaluatedSplit& one, const char* when) {
  const Figures& figures = one.figures;
  return fmt::format("  {:<11}{:<8}{:>9.3f} %{:>11.6f}{:>{}.3f} %{:>9}\n", one.split, when,
                     100 * figures.accuracy, figures.loss, 100 * figures.rates.f1, f1_width(figures) - 2,
                     duration_text(figures.seconds));
}

// A shell command that tries the saved model on a sentence.
std::string predict_command(const Summary& summary) {
  const auto beside = std::filesystem::path(summary.program).parent_path() / "predict";
  return fmt::format("{} | {} --model {}",
                     summary.pairs ? R"(printf 'How do I learn C++?\tHow can I learn C++?\n')"
                                   : "echo 'a gripping, funny film'",
                     shell_quoted(beside.string()), shell_quoted(summary.run.string()));
}

}  // namespace

std::string first_screen(const FirstScreen& screen) {
  std::string text = fmt::format("{} (hone {})\n", screen.spec.program, kVersion);
  text += row("device", device_text(screen.classifier.model().device(), screen.settings.compute.dtype));
  text += model_rows(screen.settings, screen.classifier) + data_rows(screen.data);
  text += recipe_rows(screen);
  return text + row("steps", steps_text(screen)) +
         fmt::format("  {:<9} {}", "output", printable(screen.output));
}

std::string summary_text(const Summary& summary) {
  std::string text = fmt::format("done: {} steps in {}, {:.0f} tokens/s in training, peak memory {}\n",
                                 summary.steps, duration_text(summary.seconds), summary.tokens_per_second,
                                 peak_memory_text(summary.device));
  if (!summary.evaluations.empty()) {
    const Figures& any = summary.evaluations.front().figures;
    text += fmt::format("  {:<11}{:<8}{:>11}{:>11}{:>{}}{:>9}\n", "split", "", "accuracy", "loss",
                        f1_title(any), f1_width(any), "time");
  }
  for (const char* split : {"validation", "test"}) {
    const EvaluatedSplit *first = nullptr, *last = nullptr;
    for (const EvaluatedSplit& one : summary.evaluations) {
      if (one.split != split) continue;
      if (first == nullptr) first = &one;
      last = &one;
    }
    if (last == nullptr) continue;
    if (first != last && first->step == 0) text += figures_row(*first, "before");
    text += figures_row(*last, "after");
  }
  text += row("model", summary.model.string());
  if (!summary.best.empty()) text += row("best", summary.best + "; model/ holds the last state");
  return text + fmt::format("  {:<9} {}", "try it", printable(predict_command(summary)));
}

}  // namespace hone
