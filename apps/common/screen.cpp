#include "apps/common/screen.h"

#include <fmt/format.h>

#include "apps/common/batch_feed.h"
#include "apps/common/device.h"
#include "apps/common/resources.h"
#include "core/build_config.h"

namespace hone {
namespace {

std::string row(const std::string& name, const std::string& text) {
  return fmt::format("  {:<9} {}\n", name, text);
}

// 66955010 as "66,955,010".
std::string grouped(int64_t number) {
  std::string text = std::to_string(number);
  for (auto at = static_cast<int64_t>(text.size()) - 3; at > 0; at -= 3)
    text.insert(static_cast<size_t>(at), ",");
  return text;
}

std::string model_rows(const Settings& settings, const ModelSession& session) {
  const EncoderConfig& config = session.config();
  std::string text = row("model", fmt::format("{} ({})", settings.model, session.location.description));
  text += row("", fmt::format("{}: {} layers, hidden size {}, {} heads, {} parameters", name_of(config.type),
                              config.layers, config.hidden_size, config.heads,
                              grouped(parameter_count(*session.model))));
  return text + row("", settings.init == "random"
                            ? "weights at random, only its config and tokenizer are used"
                            : session.report.line());
}

std::string data_rows(const TaskData& data) {
  std::string text = row("data", fmt::format("{} from {}", name_of(data.kind), data.folder.string()));
  text += row("", data.train.description) + row("", data.validation.description);
  if (data.test) text += row("", data.test->description);
  for (const std::string& note : data.notes) text += row("", "note: " + note);
  return text;
}

std::string recipe_rows(const FineTuneSpec& spec, const Settings& s, int64_t max_length) {
  Settings preset;
  preset.dataset = spec.dataset;
  const auto others = differences(s, preset);
  std::string text = row("recipe", others.empty() ? "preset blog" : "preset blog, but for:");
  for (const std::string& other : others) text += row("", "  " + other);
  text += row("", fmt::format("{}, eps {}, weight decay {}, learning rate {} constant", s.optimizer,
                              s.adam_eps, s.weight_decay, s.learning_rate));
  return text + row("", fmt::format("batches of {}, at most {} tokens a row, seed {}{}", s.batch_size,
                                    max_length, s.seed, s.shuffle ? "" : ", file order"));
}

std::string steps_text(const FirstScreen& screen) {
  const auto rows = static_cast<int64_t>(screen.data.train.rows.size());
  const int64_t each = BatchFeed::batches(rows, screen.settings.batch_size), epochs = screen.settings.epochs;
  const std::string cut = screen.steps < epochs * each ? fmt::format(" of {}", epochs * each) : "";
  return fmt::format("{}{} ({} epoch{} of {})", screen.steps, cut, epochs, epochs == 1 ? "" : "s", each);
}

}  // namespace

std::string first_screen(const FirstScreen& screen) {
  std::string text = fmt::format("{} (hone {})\n", screen.spec.program, kVersion);
  text += row("device", device_text(screen.settings.dtype));
  text += model_rows(screen.settings, screen.session) + data_rows(screen.data);
  text += recipe_rows(screen.spec, screen.settings, screen.max_length);
  return text + row("steps", steps_text(screen)) + fmt::format("  {:<9} {}", "output", screen.output);
}

std::string summary_text(const Summary& summary) {
  std::string validation, test;
  for (const EvaluatedSplit& one : summary.evaluations) {
    const std::string percent = fmt::format("{:.3f} %", 100 * accuracy(one.figures.counts));
    if (one.split == "validation") validation += (validation.empty() ? "" : " -> ") + percent;
    if (one.split == "test") test = percent;
  }
  std::string text = fmt::format("done: {} steps in {}, peak memory {} MB\n", summary.steps,
                                 duration_text(summary.seconds), peak_memory_bytes() / 1000000);
  text += row("accuracy", "validation " + validation);
  if (!test.empty()) text += row("", "test " + test);
  return text + row("model", summary.model_folder) +
         fmt::format("  {:<9} {}", "try it", summary.predict_command);
}

}  // namespace hone
