#include "apps/run/trained_model.h"

#include <fmt/core.h>

#include "apps/run/model_card.h"
#include "nn/models/model_folder.h"

namespace hone {

void save_trained_model(const std::filesystem::path& folder, const TrainedModel& trained) {
  const RunRecord& record = trained.record;
  const ModelSession& session = trained.session;
  const LoadedTokenizer& tokenizer = session.tokenizer;
  const bool types = tokenizer.uses_token_types && (!record.data.pairs || trained.pair_types);
  const std::string short_name = std::filesystem::path(record.settings.model).filename().string();
  const ModelCard card{fmt::format("{} on {}", short_name, record.data.name),
                       record.settings.model,
                       record.data.name,
                       record.data.source,
                       record.command,
                       session.config().labels,
                       trained.evaluations,
                       record.data.pairs,
                       types,
                       trained.steps};
  save_model_folder(folder, {.config = session.config(),
                             .tensors = state_dict(*session.model),
                             .vocabulary_bytes = tokenizer.vocabulary_bytes,
                             .tokenizer_json = tokenizer.tokenizer_json_bytes,
                             .lower_case = tokenizer.options.lower_case,
                             .strip_accents = tokenizer.options.strip_accents,
                             .tokenize_chinese_chars = tokenizer.options.tokenize_chinese_chars,
                             .model_max_length = tokenizer.model_max_length,
                             .uses_token_types = types,
                             .readme = model_card_text(card)});
}

}  // namespace hone
