#pragma once

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <hone/data/sets/dataset.h>
#include <hone/nn/models/classifier.h>
#include <hone/text/tokenizer.h>
#include <hone/train/evaluation.h>
#include <hone/train/rows.h>
#include <hone/train/trainer.h>

namespace hone {

struct ModelSession;

// A classifier's prediction for one text.
struct Prediction {
  std::string label;                 // the name with the largest logit; among equals, the lowest id
  std::vector<float> probabilities;  // by label id: the softmax of the logits
  std::vector<float> logits;         // by label id
};

// The classification head that a model gets: the one in its files, which must be there; that one or, where
// the files have none, a new one; or a new one in any case.
enum class Head { trained, trained_or_fresh, fresh };

struct ClassifierOptions {
  Head head = Head::trained;
  // The labels' names by id; empty: those in config.json. With trained_or_fresh they are a new head's: one
  // that is kept keeps its own.
  std::vector<std::string> labels = {};
  bool random_weights = false;  // no weights are read: all are initialised
  uint64_t seed = 42;           // the seed of new weights
  Dtype dtype = Dtype::f32;     // the encoder's compute type: f32 or bf16
  Device device = {};
  std::optional<int64_t> max_length = {};  // texts are cut to so many tokens, or to the model's limit
  int64_t batch_size = 256;                // texts that are computed at once, at most
};

// A model that classifies texts, with its tokenizer: BERT or DistilBERT with a classification head (Devlin et
// al. 2018; Sanh et al. 2019). Const calls may come from several threads at once.
class TextClassifier {
 public:
  // `model` is a folder (also a training run's) or a name in the hub's cache. Throws ModelError for a model
  // that is absent, damaged or of an unsupported kind, or has no trained head where options ask for one.
  static TextClassifier load(const std::string& model, const ClassifierOptions& options = {});
  TextClassifier(TextClassifier&& other) noexcept;
  TextClassifier& operator=(TextClassifier&& other) noexcept;
  ~TextClassifier();

  // Classifies one text, one pair, or several, in order. Throws DataError for bytes that are not UTF-8,
  // NonFiniteError when the logits are not finite. (Templates, so that braces always mean several texts.)
  template <std::convertible_to<std::string_view> Text>
  Prediction operator()(const Text& text) const {
    return predict_text(text);
  }
  template <std::same_as<TextPair> Pair>
  Prediction operator()(const Pair& pair) const {
    return predict_pair(pair);
  }
  std::vector<Prediction> operator()(const std::vector<std::string>& texts) const;
  std::vector<Prediction> operator()(std::span<const TextPair> pairs) const;
  std::vector<Prediction> operator()(std::span<const EncodedRow> rows) const;

  // Trains on rows whose labels are names (compared exactly, else without case and surrounding blanks) or ids
  // of this classifier's, of which rows may have some only, calling on_step after each optimizer step; an
  // exception from it ends training there. Throws what Trainer::run() throws, DataError for a label that is
  // none of labels(). The plan's use_types is the model's own.
  using OnStep = std::function<void(const StepReport&)>;
  void fine_tune(const std::vector<LabelledText>& rows, const TrainingPlan& plan, const OnStep& on_step = {});
  void fine_tune(std::span<const LabelledPair> rows, const TrainingPlan& plan, const OnStep& on_step = {});
  void fine_tune(std::span<const EncodedRow> rows, const TrainingPlan& plan, const OnStep& on_step = {});

  // Evaluates on labelled texts: loss, accuracy and all metrics of a confusion matrix (train/metrics.h).
  Evaluation evaluate(const std::vector<LabelledText>& rows, int64_t batch_size = 32) const;
  Evaluation evaluate(std::span<const LabelledPair> rows, int64_t batch_size = 32) const;
  // Evaluates tokenized rows, calling `progress` after each batch with the number of rows done; an exception
  // from it ends the evaluation.
  Evaluation evaluate(std::span<const EncodedRow> rows, int64_t batch_size = 32,
                      const std::function<void(int64_t done)>& progress = {}) const;

  // Writes a folder that load() and transformers read, whole or not at all. `model_card` becomes its
  // README.md; empty: a line that names the labels. Throws Error with path and the system's text.
  void save(const std::filesystem::path& folder, const std::string& model_card = "") const;

  const std::vector<std::string>& labels() const;  // by id
  // Gives the labels other names. UsageError for another number of them.
  void name_labels(const std::vector<std::string>& names);
  bool has_trained_head() const;  // the head's weights are from the files
  // Token ids of a text or pair, or of a split's rows, cut as predictions cut them.
  Encoding encode(std::string_view text) const;
  Encoding encode(std::string_view first, std::string_view second) const;
  std::vector<EncodedRow> encode(const Split& split) const;

  // Sets the number of tokens that texts, or pairs, are cut to, at most what the model's positions and
  // tokenizer files allow; returns it. Throws UsageError when fewer are asked for than a text (3) or pair (5)
  // needs, ModelError when the model has no room for them.
  int64_t set_max_length(std::optional<int64_t> tokens, bool pairs = false);
  int64_t max_length() const;
  // True when the second text of a pair has a token type of its own; the model's files decide until it is
  // set.
  bool uses_token_types() const;
  void set_uses_token_types(bool uses);

  // The net itself. It may be trained from outside: predictions use its new weights.
  SequenceClassifier& model();
  const SequenceClassifier& model() const;
  const Tokenizer& tokenizer() const;
  const std::filesystem::path& folder() const;       // where the model was found
  const std::string& origin() const;                 // ModelLocation's description: "folder"
  std::string load_report() const;                   // "loaded 100 tensors, new 4 (...), ignored 5 (...)"
  const std::vector<std::string>& warnings() const;  // a line for each oddity in its files

 private:
  explicit TextClassifier(std::unique_ptr<ModelSession> session);
  Prediction predict_text(std::string_view text) const;
  Prediction predict_pair(const TextPair& pair) const;

  std::unique_ptr<ModelSession> session_;
};

}  // namespace hone
