#include "apps/run/model_card.h"

#include <fmt/format.h>

#include "core/build_config.h"

namespace hone {
namespace {

std::string metrics_table(const std::vector<EvaluatedSplit>& evaluations) {
  std::string text = "| split | epoch | step | loss | accuracy | F1 |\n|---|---|---|---|---|---|\n";
  for (const EvaluatedSplit& one : evaluations) {
    const Confusion& counts = one.figures.counts;
    text += fmt::format("| {} | {} | {} | {:.6f} | {:.3f} % | {:.3f} % |\n", one.split, one.epoch, one.step,
                        one.figures.loss, 100 * accuracy(counts), 100 * f1(counts));
  }
  return text;
}

}  // namespace

std::string model_card_text(const ModelCard& card) {
  std::string text = "---\nlibrary_name: transformers\npipeline_tag: text-classification\n---\n";
  text += fmt::format("# {}\n\n", card.title);
  text += fmt::format("A classifier of {} into {}, fine-tuned from `{}` by hone {} in {} steps.\n\n",
                      card.pairs ? "pairs of texts" : "texts", fmt::join(card.labels, " / "), card.base_model,
                      kVersion, card.steps);
  if (card.pairs && !card.uses_token_types) {
    text +=
        "It was trained with all token types 0, also those of the second text: its tokenizer gives none.\n\n";
  }
  text += fmt::format("## Data\n\n{}, from `{}`\n\n", card.dataset, card.data_folder);
  text += "## Metrics\n\n" + metrics_table(card.evaluations) + "\n";
  return text + fmt::format("## Made by\n\n```\n{}\n```\n", card.command);
}

}  // namespace hone
