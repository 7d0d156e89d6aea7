#include "apps/run/model_card.h"

#include <fmt/format.h>

#include "apps/run/markdown.h"
#include "core/build_config.h"

namespace hone {
namespace {

// F1 of each of two labels, or of the chosen one, and the macro average, as cells of a row.
std::string f1_cells(const Figures& figures, bool names) {
  std::string cells;
  const auto add = [&](const std::string& name, double value) {
    cells += names ? fmt::format(" F1 {} |", name) : fmt::format(" {:.3f} % |", 100 * value);
  };
  if (figures.positive) add("of " + markdown_text(*figures.positive), figures.rates.f1);
  for (const LabelFigures& one : figures.labels) {
    if (figures.label_count == 2 && one.label != figures.positive)
      add("of " + markdown_text(one.label), one.rates.f1);
  }
  add("macro", figures.macro.f1);
  return cells;
}

std::string metrics_table(const std::vector<EvaluatedSplit>& evaluations) {
  if (evaluations.empty()) return "None.\n";
  const std::string names = f1_cells(evaluations.front().figures, true);
  std::string text = "| split | epoch | step | loss | accuracy |" + names + "\n|---|---|---|---|---|";
  for (const char c : names) text += c == '|' ? "---|" : "";
  text += "\n";
  for (const EvaluatedSplit& one : evaluations) {
    text += fmt::format("| {} | {} | {} | {:.6f} | {:.3f} % |{}\n", one.split, one.epoch, one.step,
                        one.figures.loss, 100 * one.figures.accuracy, f1_cells(one.figures, false));
  }
  return text;
}

std::string labels_text(const std::vector<std::string>& labels) {
  if (labels.size() > kMostLabelsShown) return fmt::format("{} labels", labels.size());
  std::string text;
  for (const std::string& label : labels) text += (text.empty() ? "" : " / ") + markdown_text(label);
  return text;
}

}  // namespace

std::string model_card_text(const ModelCard& card) {
  std::string text = "---\nlibrary_name: transformers\npipeline_tag: text-classification\n---\n";
  text += fmt::format("# {}\n\n", markdown_text(card.title));
  text += fmt::format("A classifier of {} into {}, fine-tuned from {} by hone {} in {} steps.\n\n",
                      card.pairs ? "pairs of texts" : "texts", labels_text(card.labels),
                      markdown_code(card.base_model), kVersion, card.steps);
  if (card.pairs && !card.uses_token_types) {
    text +=
        "It was trained with all token types 0, also those of the second text: its tokenizer gives none.\n\n";
  }
  text +=
      fmt::format("## Data\n\n{}, from {}\n\n", markdown_text(card.dataset), markdown_code(card.data_folder));
  text += "## Metrics\n\n" + metrics_table(card.evaluations) + "\n";
  return text + "## Made by\n\n" + markdown_block(card.command);
}

}  // namespace hone
