#include "apps/run/trained_model.h"

#include <fmt/core.h>

#include "apps/run/model_card.h"

namespace hone {

void save_trained_model(const std::filesystem::path& folder, const TrainedModel& trained) {
  const RunRecord& record = trained.record;
  const TextClassifier& classifier = trained.classifier;
  const std::string short_name = std::filesystem::path(record.settings.model).filename().string();
  const ModelCard card{fmt::format("{} on {}", short_name, record.data.name),
                       record.settings.model,
                       record.data.name,
                       record.data.source,
                       record.command,
                       classifier.labels(),
                       trained.evaluations,
                       record.data.pairs,
                       classifier.uses_token_types(),
                       trained.steps};
  classifier.save(folder, model_card_text(card));
}

}  // namespace hone
