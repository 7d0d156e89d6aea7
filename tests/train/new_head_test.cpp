// A description of an old head alone, in config.json or among the weights, stops no new one.
#include <gmock/gmock.h>

#include <hone/train/text_classifier.h>
#include <hone/train/text_encoder.h>
#include "data/safetensors/safetensors_writer.h"
#include "nn/models/weights.h"
#include "tests/data/temporary_folder.h"
#include "tests/support/tiny_model.h"

namespace hone::test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;

const std::vector<std::string> kLabels = {"sad", "glad", "mad"};

std::string config_with(ModelType type, const std::string& members) {
  const bool bert = type == ModelType::bert;
  const std::string sizes =
      bert ? R"("hidden_size":16,"num_hidden_layers":2,"num_attention_heads":2,"intermediate_size":32)"
           : R"("dim":16,"n_layers":2,"n_heads":2,"hidden_dim":32)";
  return std::string(R"({"model_type":")") + name_of(type) +
         R"(","vocab_size":24,"max_position_embeddings":40,)" + sizes +
         (members.empty() ? "" : "," + members) + "}";
}

// A tiny model's folder whose config and tensors a test changes.
class OldHead : public testing::Test {
 protected:
  std::string folder(ModelType type, bool head, const std::string& members) const {
    const auto path = folder_ / "model";
    std::filesystem::remove_all(path);
    write_tiny_model(path, head, tiny_config(type));
    folder_.write("model/config.json", config_with(type, members));
    return path.string();
  }

  // Writes the tiny model's weights, of one label or more, changed by `edit`.
  void write_weights(int64_t labels, const std::function<void(std::vector<TensorData>&)>& edit,
                     ModelType type = ModelType::bert) const {
    EncoderConfig config = tiny_config(type);
    config.labels.assign(static_cast<size_t>(labels), "");
    SequenceClassifier model(config);
    model.initialise(3);
    auto tensors = state_dict(model);
    edit(tensors);
    write_safetensors(folder_ / "model" / "model.safetensors", tensors, {{"format", "pt"}});
  }

  TemporaryFolder folder_;
};

// Descriptions of a head that is none for classification, or that contradict themselves.
const char* const kDescriptions[] = {
    R"("problem_type":"regression")",
    R"("problem_type":"multi_label_classification")",
    R"("problem_type":"ranking")",
    R"("problem_type":7)",
    R"("num_labels":1)",
    R"("num_labels":0)",
    R"("num_labels":"three")",
    R"("num_labels":7,"id2label":{"0":"a","1":"b"})",
    R"("id2label":{"0":"score"})",
    R"("id2label":{})",
    R"("id2label":["a","b"])",
    R"("id2label":{"1":"a","2":"b"})",
    R"("id2label":{"zero":"a","one":"b"})",
    R"("id2label":{"0":"a","1":"a"})",
    R"("id2label":{"0":null,"1":{}})",
};

TEST_F(OldHead, DescriptionsAreNotLookedAtForANewOne) {
  for (const ModelType type : {ModelType::bert, ModelType::distilbert}) {
    for (const char* description : kDescriptions) {
      SCOPED_TRACE(description);
      const std::string base = folder(type, false, description);
      EXPECT_EQ(TextClassifier::load(base, {.head = Head::trained_or_fresh, .labels = kLabels}).labels(),
                kLabels);
      const std::string trained = folder(type, true, description);
      EXPECT_EQ(TextClassifier::load(trained, {.head = Head::fresh, .labels = kLabels}).labels(), kLabels);
      EXPECT_EQ(TextEncoder::load(trained).size(), 16);
      const ClassifierOptions random{.head = Head::fresh, .labels = kLabels, .random_weights = true};
      EXPECT_EQ(TextClassifier::load(trained, random).labels(), kLabels);
    }
  }
}

TEST_F(OldHead, DescriptionsCountForAKeptOneWhoseErrorsNameTheNewOne) {
  for (const char* description : kDescriptions) {
    SCOPED_TRACE(description);
    const std::string trained = folder(ModelType::bert, true, description);
    const auto kept = failure_of(
        [&] { TextClassifier::load(trained, {.head = Head::trained_or_fresh, .labels = kLabels}); });
    EXPECT_THAT(kept.message, HasSubstr("new_head"));
    EXPECT_THAT(kept.settings, Contains("new_head"));
    const auto used = failure_of([&] { TextClassifier::load(trained); });
    EXPECT_THAT(used.message, AllOf(HasSubstr("config.json: key"), testing::Not(HasSubstr("new_head"))));
  }
}

TEST_F(OldHead, ANewOneWithoutNamesGetsThoseOfAUsableDescription) {
  const ClassifierOptions unnamed{.head = Head::trained_or_fresh};
  for (const char* description : kDescriptions) {
    SCOPED_TRACE(description);
    const auto classifier = TextClassifier::load(folder(ModelType::bert, false, description), unnamed);
    EXPECT_THAT(classifier.labels(), testing::ElementsAre("LABEL_0", "LABEL_1"));
    EXPECT_THAT(classifier.warnings(), Contains(HasSubstr("the new head's labels are LABEL_0 and LABEL_1")));
  }
  const auto named =
      TextClassifier::load(folder(ModelType::bert, false, R"("id2label":{"0":"no","1":"yes"})"), unnamed);
  EXPECT_THAT(named.labels(), testing::ElementsAre("no", "yes"));
  EXPECT_THAT(named.warnings(), testing::IsEmpty());
}

TEST_F(OldHead, AKeptOneKeepsItsLabels) {
  const std::string trained = folder(ModelType::bert, true, R"("id2label":{"0":"no","1":"yes"})");
  EXPECT_THAT(TextClassifier::load(trained, {.head = Head::trained_or_fresh, .labels = kLabels}).labels(),
              testing::ElementsAre("no", "yes"));
}

struct Other {
  ModelType type;
  const char* members;               // of config.json
  int64_t labels;                    // of `classifier`
  std::vector<const char*> without;  // starts of the names that are missing
  std::vector<const char*> more;     // names of tensors that are there too
  std::vector<const char*> ignored;  // names that the report lists
};

const Other kOthers[] = {
    {ModelType::bert,
     R"("architectures":["BertForQuestionAnswering"])",
     2,
     {"classifier.", "bert.pooler."},
     {"qa_outputs.weight", "qa_outputs.bias"},
     {"qa_outputs.weight", "qa_outputs.bias"}},
    {ModelType::bert,
     R"("architectures":["BertForPreTraining"])",
     2,
     {"classifier."},
     {"cls.predictions.bias", "cls.seq_relationship.weight"},
     {"cls.predictions.bias"}},
    {ModelType::bert,
     R"("architectures":["BertForTokenClassification"],"num_labels":9)",
     9,
     {"bert.pooler."},
     {},
     {"classifier.weight", "classifier.bias"}},
    {ModelType::bert,
     R"("architectures":["BertForTokenClassification"],"num_labels":9)",
     9,
     {},
     {},
     {"classifier.weight"}},
    {ModelType::bert, R"("architectures":["BertForMultipleChoice"])", 1, {}, {}, {"classifier.weight"}},
    {ModelType::bert,
     R"("num_labels":9)",
     9,
     {"bert.pooler."},
     {"loss_fct.weight", "ner_head.weight", "log_vars"},
     {"classifier.weight", "loss_fct.weight", "ner_head.weight", "log_vars"}},
    {ModelType::distilbert,
     R"("architectures":["DistilBertForTokenClassification"],"num_labels":9)",
     9,
     {"pre_classifier."},
     {},
     {"classifier.weight"}},
    {ModelType::distilbert, R"("num_labels":9)", 9, {"pre_classifier."}, {}, {"classifier.weight"}},
    {ModelType::distilbert,
     R"("architectures":["DistilBertForQuestionAnswering"])",
     2,
     {"classifier.", "pre_classifier."},
     {"qa_outputs.weight"},
     {"qa_outputs.weight"}},
    {ModelType::distilbert,
     R"("architectures":["DistilBertForMaskedLM"])",
     2,
     {"classifier.", "pre_classifier."},
     {"vocab_transform.weight", "vocab_projector.bias"},
     {"vocab_transform.weight", "vocab_projector.bias"}},
};

TEST_F(OldHead, WeightsOfOtherHeadsAreIgnoredAndListed) {
  static const float kValues[4][64] = {};
  for (const Other& other : kOthers) {
    SCOPED_TRACE(other.members);
    const std::string path = folder(other.type, true, other.members);
    const auto edit = [&](auto& tensors) {
      std::erase_if(tensors, [&](const TensorData& tensor) {
        return std::ranges::any_of(other.without,
                                   [&](const char* start) { return tensor.name.starts_with(start); });
      });
      for (size_t i = 0; i < other.more.size(); ++i)
        tensors.push_back({other.more[i], "F32", {4, 16}, kValues[i], sizeof kValues[i]});
    };
    write_weights(other.labels, edit, other.type);
    const auto classifier = TextClassifier::load(path, {.head = Head::trained_or_fresh, .labels = kLabels});
    EXPECT_EQ(classifier.labels(), kLabels);
    const std::string report = classifier.load_report();
    const std::string listed = report.substr(report.find("ignored"));
    for (const char* name : other.ignored) EXPECT_THAT(listed, HasSubstr(name));
    EXPECT_THAT(failure_of([&] { TextClassifier::load(path); }).message,
                HasSubstr("no trained classification head"));
  }
}

TEST_F(OldHead, ATokenClassifierIsNamed) {
  const std::string path = folder(ModelType::bert, true, R"("architectures":["BertForTokenClassification"])");
  EXPECT_THAT(failure_of([&] { TextClassifier::load(path); }).message,
              HasSubstr("classifier.weight is no head for whole texts: config.json says that it is of "
                        "BertForTokenClassification"));
  const auto classifier = TextClassifier::load(path, {.head = Head::trained_or_fresh, .labels = kLabels});
  EXPECT_THAT(classifier.warnings(), Contains(HasSubstr("is no head for whole texts")));
}

TEST_F(OldHead, AnUnknownTensorIsStillRefused) {
  static const float kValues[16] = {};
  const std::string path = folder(ModelType::bert, true, "");
  write_weights(2, [&](auto& tensors) { tensors.push_back({"surprise.weight", "F32", {16}, kValues, 64}); });
  EXPECT_THAT(failure_of([&] { TextClassifier::load(path, {.head = Head::trained_or_fresh}); }).message,
              HasSubstr("unexpected tensor surprise.weight"));
}

}  // namespace
}  // namespace hone::test
