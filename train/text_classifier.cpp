#include <hone/train/text_classifier.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include <hone/autograd/ops/softmax.h>
#include <hone/core/device_options.h>
#include <hone/core/error.h>
#include "nn/models/model_folder.h"
#include "train/inference.h"
#include "train/label_ids.h"
#include "train/model_session.h"
#include "train/packing.h"

namespace hone {
namespace {

// Row i of [rows, classes].
std::vector<float> row_of(const Tensor& values, int64_t i) {
  return values.slice(i, i + 1).to_vector<float>();
}

void add_predictions(const Tensor& logits, const std::vector<std::string>& labels,
                     std::vector<Prediction>& out) {
  const Tensor probabilities = softmax(Var(logits)).value();
  for (int64_t i = 0; i < logits.shape()[0]; ++i) {
    Prediction one{{}, row_of(probabilities, i), row_of(logits, i)};
    one.label = labels[static_cast<size_t>(predicted_label(one.logits))];
    out.push_back(std::move(one));
  }
}

std::string default_card(const ModelSession& session) {
  const auto& labels = session.config().labels;
  constexpr size_t kMostShown = 50;
  if (labels.size() > kMostShown)
    return fmt::format("# Text classifier\nMade with hone. {} labels.\n", labels.size());
  return fmt::format("# Text classifier\nMade with hone. Labels: {}.\n", fmt::join(labels, ", "));
}

// Puts a classifier into training mode, with dropout, for the length of a block.
class Training {
 public:
  explicit Training(ModelSession& session) : session_(session) { session_.fixed.reset(); }
  ~Training() { session_.model->eval(); }
  Training(const Training&) = delete;
  Training& operator=(const Training&) = delete;

 private:
  ModelSession& session_;
};

}  // namespace

TextClassifier::TextClassifier(std::unique_ptr<ModelSession> session) : session_(std::move(session)) {}
TextClassifier::TextClassifier(TextClassifier&&) noexcept = default;
TextClassifier& TextClassifier::operator=(TextClassifier&&) noexcept = default;
TextClassifier::~TextClassifier() = default;

TextClassifier TextClassifier::load(const std::string& model, const ClassifierOptions& options) {
  TextClassifier classifier(open_model(model, options));
  classifier.set_max_length(options.max_length);
  return classifier;
}

std::vector<Prediction> TextClassifier::operator()(std::span<const EncodedRow> rows) const {
  std::vector<Prediction> out;
  compute_rows(
      *session_, rows, [&](const PackedBatch& batch) { return (*session_->model)(batch); },
      [&](const Tensor& logits) { add_predictions(logits, labels(), out); });
  return out;
}

std::vector<Prediction> TextClassifier::operator()(const std::vector<std::string>& texts) const {
  std::vector<EncodedRow> rows;
  rows.reserve(texts.size());
  for (const std::string& text : texts) rows.push_back({encode(text)});
  return (*this)(rows);
}

std::vector<Prediction> TextClassifier::operator()(std::span<const TextPair> pairs) const {
  std::vector<EncodedRow> rows;
  rows.reserve(pairs.size());
  for (const auto& [first, second] : pairs) rows.push_back({encode(first, second)});
  return (*this)(rows);
}

Prediction TextClassifier::predict_text(std::string_view text) const {
  const EncodedRow row{encode(text)};
  return (*this)(std::span(&row, 1)).front();
}

Prediction TextClassifier::predict_pair(const TextPair& pair) const {
  return (*this)(std::span(&pair, 1)).front();
}

void TextClassifier::fine_tune(const std::vector<LabelledText>& rows, const TrainingPlan& plan,
                               const OnStep& on_step) {
  fine_tune(encode(split_of(rows, labels())), plan, on_step);
}

void TextClassifier::fine_tune(std::span<const LabelledPair> rows, const TrainingPlan& plan,
                               const OnStep& on_step) {
  fine_tune(encode(split_of(rows, labels())), plan, on_step);
}

void TextClassifier::fine_tune(std::span<const EncodedRow> rows, const TrainingPlan& plan,
                               const OnStep& on_step) {
  const Training training(*session_);
  TrainingPlan own = plan;
  own.use_types = uses_token_types();
  Trainer(*session_->model, rows, own).run(on_step);
}

Evaluation TextClassifier::evaluate(const std::vector<LabelledText>& rows, int64_t batch_size) const {
  return evaluate(encode(split_of(rows, labels())), batch_size);
}

Evaluation TextClassifier::evaluate(std::span<const LabelledPair> rows, int64_t batch_size) const {
  return evaluate(encode(split_of(rows, labels())), batch_size);
}

Evaluation TextClassifier::evaluate(std::span<const EncodedRow> rows, int64_t batch_size,
                                    const std::function<void(int64_t done)>& progress) const {
  const std::lock_guard lock(session_->turn);
  if (!session_->fixed) session_->fixed.emplace(*session_->model);
  return hone::evaluate(*session_->model, rows, {.batch_size = batch_size, .use_types = uses_token_types()},
                        progress);
}

void TextClassifier::save(const std::filesystem::path& folder, const std::string& model_card) const {
  const LoadedTokenizer& tokenizer = session_->tokenizer;
  save_model_folder(folder, {.config = session_->config(),
                             .tensors = state_dict(*session_->model),
                             .vocabulary_bytes = tokenizer.vocabulary_bytes,
                             .tokenizer_json = tokenizer.tokenizer_json_bytes,
                             .lower_case = tokenizer.options.lower_case,
                             .strip_accents = tokenizer.options.strip_accents,
                             .tokenize_chinese_chars = tokenizer.options.tokenize_chinese_chars,
                             .model_max_length = tokenizer.model_max_length,
                             .uses_token_types = tokenizer.uses_token_types,
                             .special_tokens = tokenizer.special_tokens,
                             .readme = model_card.empty() ? default_card(*session_) : model_card});
}

const std::vector<std::string>& TextClassifier::labels() const { return session_->config().labels; }

void TextClassifier::name_labels(const std::vector<std::string>& names) {
  if (names.size() != labels().size()) {
    throw UsageError(fmt::format("name_labels: {} names for {} labels", names.size(), labels().size()));
  }
  session_->model->name_labels(names);
}

bool TextClassifier::has_trained_head() const {
  return session_->report.loaded > 0 && session_->report.trained_head();
}

Encoding TextClassifier::encode(std::string_view text) const {
  return tokenizer().encode(text, session_->max_length);
}

Encoding TextClassifier::encode(std::string_view first, std::string_view second) const {
  return tokenizer().encode_pair(first, second, session_->max_length);
}

std::vector<EncodedRow> TextClassifier::encode(const Split& split) const {
  return encode_rows(split, tokenizer(), session_->max_length, cpu_options().threads);
}

int64_t TextClassifier::set_max_length(std::optional<int64_t> tokens, bool pairs) {
  return session_->max_length = effective_length(tokens, *session_, pairs);
}

int64_t TextClassifier::max_length() const { return session_->max_length; }

bool TextClassifier::uses_token_types() const { return session_->tokenizer.uses_token_types; }
void TextClassifier::set_uses_token_types(bool uses) { session_->tokenizer.uses_token_types = uses; }

SequenceClassifier& TextClassifier::model() {
  session_->fixed.reset();
  return *session_->model;
}
const SequenceClassifier& TextClassifier::model() const { return *session_->model; }
const Tokenizer& TextClassifier::tokenizer() const { return session_->tokenizer.tokenizer; }
const std::filesystem::path& TextClassifier::folder() const { return session_->location.folder; }
const std::string& TextClassifier::origin() const { return session_->location.description; }
std::string TextClassifier::load_report() const { return session_->report.line(); }
const std::vector<std::string>& TextClassifier::warnings() const { return session_->warnings; }

}  // namespace hone
