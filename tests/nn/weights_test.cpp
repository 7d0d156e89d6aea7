// Tests of loading weights by the hub's names: renamed, missing and extra tensors, and refused files with
// their messages.
#include "nn/models/weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include <hone/core/error.h>
#include <hone/nn/models/parameter_file.h>
#include "data/safetensors/safetensors_writer.h"
#include "nn/models/weight_names.h"
#include "tests/data/temporary_folder.h"
#include "tests/nn/vector_model.h"

namespace hone {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

// The vector model's tensors as a file, changed by `edit`, and loaded into a fresh model.
class Loading {
 public:
  using Edit = std::function<void(std::vector<TensorData>&)>;

  explicit Loading(ModelType type, const Edit& edit = {})
      : source_(vector_config(type)), target(vector_config(type)) {
    fill_vector_weights(source_);
    std::vector<TensorData> tensors = state_dict(source_);
    if (edit) edit(tensors);
    write_safetensors(folder_.path() / "model.safetensors", tensors, {{"format", "pt"}});
  }

  LoadReport load(uint64_t seed = 1, bool new_head = false) {
    return load_weights(target, WeightFiles::open(folder_.path()), seed, new_head);
  }

  std::string error() {
    try {
      (void)load();
    } catch (const ModelError& e) {
      return e.what();
    }
    return "no error";
  }

  // Expects that the loaded tensors equal the source's, apart from those in `except`.
  void expect_equal(const std::vector<std::string>& except = {}) {
    const auto from = hub_tensors(source_), to = hub_tensors(target);
    for (size_t i = 0; i < from.size(); ++i) {
      if (std::ranges::count(except, from[i].name)) continue;
      EXPECT_EQ(from[i].value().to_vector<float>(), to[i].value().to_vector<float>()) << from[i].name;
    }
  }

 private:
  test::TemporaryFolder folder_;
  SequenceClassifier source_;

 public:
  SequenceClassifier target;
};

TensorData& named(std::vector<TensorData>& tensors, const std::string& name) {
  return *std::ranges::find(tensors, name, &TensorData::name);
}

TEST(Weights, LoadsAllTensorsOfBothModels) {
  for (const ModelType type : {ModelType::bert, ModelType::distilbert}) {
    Loading loading(type);
    const LoadReport report = loading.load();
    EXPECT_TRUE(report.trained_head());
    EXPECT_EQ(report.line(), type == ModelType::bert ? "loaded 41 tensors, new 0, ignored 0"
                                                     : "loaded 40 tensors, new 0, ignored 0");
    loading.expect_equal();
  }
}

TEST(Weights, BaseModelWithoutPrefixGetsANewHead) {
  Loading loading(ModelType::bert, [](auto& tensors) {
    std::erase_if(tensors, [](const TensorData& t) { return t.name.starts_with("classifier."); });
    for (TensorData& t : tensors) t.name.erase(0, std::string("bert.").size());
  });
  const LoadReport report = loading.load();
  EXPECT_FALSE(report.trained_head());
  EXPECT_THAT(report.fresh, ElementsAre("classifier.weight", "classifier.bias"));
  loading.expect_equal({"classifier.weight", "classifier.bias"});
  const Tensor head = loading.target.classifier.weight.value();
  EXPECT_THAT(loading.target.classifier.bias.value().to_vector<float>(), testing::Each(0));
  for (const float x : head.span<float>()) EXPECT_TRUE(x != 0 && std::abs(x) < 0.02 * 6);
}

TEST(Weights, NewHeadDependsOnTheSeedAlone) {
  const auto head = [](uint64_t seed) {
    Loading loading(ModelType::distilbert, [](auto& tensors) {
      std::erase_if(tensors,
                    [](const TensorData& t) { return t.name.find("classifier.") != std::string::npos; });
    });
    EXPECT_EQ(loading.load(seed).fresh.size(), 4u);
    return loading.target.classifier.weight.value().to_vector<float>();
  };
  EXPECT_EQ(head(1), head(1));
  EXPECT_NE(head(1), head(2));
}

TEST(Weights, OldNamesOfLayerNorm) {
  Loading loading(ModelType::bert, [](auto& tensors) {
    named(tensors, "bert.embeddings.LayerNorm.weight").name = "bert.embeddings.LayerNorm.gamma";
    named(tensors, "bert.embeddings.LayerNorm.bias").name = "bert.embeddings.LayerNorm.beta";
  });
  EXPECT_EQ(loading.load().loaded, 41);
  loading.expect_equal();
}

TEST(Weights, TwoNamesOfOneTensorAreRefused) {
  Loading loading(ModelType::bert, [](auto& tensors) {
    static const float kEight[8] = {};
    tensors.push_back({"bert.embeddings.LayerNorm.gamma", "F32", {8}, kEight, 32});
  });
  EXPECT_THAT(loading.error(), HasSubstr("are the same tensor"));
}

TEST(Weights, IgnoresWhatPretrainingLeft) {
  static const float kRow[8] = {};
  static const int64_t kPositions[8] = {};
  Loading loading(ModelType::bert, [](auto& tensors) {
    tensors.push_back({"bert.embeddings.position_ids", "I64", {1, 8}, kPositions, 64});
    tensors.push_back({"cls.predictions.bias", "F32", {8}, kRow, 32});
  });
  EXPECT_THAT(loading.load().ignored, ElementsAre("bert.embeddings.position_ids", "cls.predictions.bias"));
}

TEST(Weights, MissingPoolerIsAWarning) {
  Loading loading(ModelType::bert, [](auto& tensors) {
    std::erase_if(tensors, [](const TensorData& t) { return t.name.starts_with("bert.pooler."); });
  });
  const LoadReport report = loading.load();
  EXPECT_THAT(report.warnings, ElementsAre(HasSubstr("no pooler")));
  EXPECT_FALSE(report.trained_head());
}

TEST(Weights, MissingAndUnexpectedTensorsNameTheNearest) {
  Loading renamed(ModelType::bert, [](auto& tensors) {
    named(tensors, "bert.encoder.layer.1.output.dense.bias").name = "bert.encoder.layer.1.output.dense.bios";
  });
  EXPECT_THAT(renamed.error(), AllOf(HasSubstr("bert.encoder.layer.1.output.dense.bias is missing"),
                                     HasSubstr("\"bert.encoder.layer.1.output.dense.bios\"")));
  renamed.target.set_requires_grad(false);
  EXPECT_THAT(renamed.error(), HasSubstr("is missing")) << "frozen or not";
  static const float kRow[8] = {};
  Loading extra(ModelType::distilbert, [](auto& tensors) {
    tensors.push_back({"distilbert.transformer.layer.0.ffn.lin3.bias", "F32", {8}, kRow, 32});
  });
  EXPECT_THAT(extra.error(),
              AllOf(HasSubstr("unexpected tensor distilbert.transformer.layer.0.ffn.lin3.bias"),
                    HasSubstr("\"distilbert.transformer.layer.0.ffn.lin1.bias\"")));
}

// The encoder is found behind any prefix, with the base name or without it, whatever its head's prefix is.
TEST(Weights, AnyOnePrefixOfTheEncoderIsTakenOff) {
  const char* const prefixes[] = {
      "module.",       "net.",  "backbone.",           "student.", "base_model.model.", "encoder.",
      "0.auto_model.", "bert.", "model.encoder.model."};
  for (const ModelType type : {ModelType::bert, ModelType::distilbert}) {
    const std::string base = encoder_prefix(type);
    for (const std::string prefix : prefixes) {
      for (const bool has_base : {true, false}) {
        for (const bool head_too : {true, false}) {
          const bool is_own = prefix == base && !has_base;
          if (is_own && head_too) continue;  // the head would be inside the encoder
          SCOPED_TRACE(prefix + (has_base ? base : "") + (head_too ? " with its head" : ""));
          Loading loading(type, [&](auto& tensors) {
            for (TensorData& tensor : tensors) {
              const bool head = !tensor.name.starts_with(base);
              if (!head && !has_base) tensor.name.erase(0, base.size());
              if (!head || head_too) tensor.name.insert(0, prefix);
            }
          });
          const LoadReport report = loading.load();
          EXPECT_TRUE(report.trained_head());
          if (!is_own) {
            EXPECT_THAT(report.warnings,
                        ElementsAre(HasSubstr("begin with " + prefix + ", which is left out")));
          }
          loading.expect_equal();
        }
      }
    }
  }
}

TEST(Weights, TwoEncodersAreRefusedByName) {
  const auto with_second = [](const std::string& first, const std::string& second) {
    return Loading(ModelType::bert, [&](auto& tensors) {
      const auto copies = tensors;
      for (TensorData& tensor : tensors) tensor.name.insert(0, first);
      for (TensorData copy : copies) {
        copy.name.insert(0, second);
        const auto* from = static_cast<const char*>(copy.data);
        const auto memory = std::make_shared<std::vector<char>>(from, from + copy.bytes);
        copy.data = memory->data();
        copy.owner = memory;
        tensors.push_back(copy);
      }
    });
  };
  EXPECT_THAT(with_second("student.", "teacher.").error(),
              HasSubstr("more than one encoder, student.bert. and teacher.bert."));
  EXPECT_THAT(with_second("model.", "ema.").error(), HasSubstr("ema.bert. and model.bert."));
  EXPECT_THAT(with_second("", "teacher.").error(), HasSubstr("unexpected tensor teacher."))
      << "the model's own names are no guess, but a trained head allows nothing else";
}

// Roberta's positions begin at 2: the same names are not the same model.
TEST(Weights, EncodersOfOtherModelsAreNotTaken) {
  for (const char* other : {"roberta.", "electra.", "model.roberta."}) {
    Loading loading(ModelType::bert, [&](auto& tensors) {
      for (TensorData& tensor : tensors)
        if (tensor.name.starts_with("bert.")) tensor.name.replace(0, 5, other);
    });
    EXPECT_THAT(loading.error(), HasSubstr("tensor bert.embeddings.word_embeddings.weight is missing"));
  }
}

// A new head needs nothing that lies outside the encoder; a trained one may have been used with it.
TEST(Weights, WhatLiesOutsideTheEncoderStopsNoNewHead) {
  static const float kValues[8] = {};
  for (const char* name :
       {"fc.weight", "score.weight", "head.weight", "ner_head.0.weight", "lstm.weight_ih_l0", "log_vars",
        "temperature", "span_outputs.weight", "classifier.0.weight", "classifier.dense.weight",
        "bert_extra.weight", "pre_classifier.bias", "teacher.bert.embeddings.word_embeddings.weight"}) {
    SCOPED_TRACE(name);
    const auto add = [&](auto& tensors) { tensors.push_back({name, "F32", {8}, kValues, 32}); };
    Loading loading(ModelType::bert, add);
    EXPECT_THAT(loading.error(), HasSubstr(std::string("unexpected tensor ") + name));
    EXPECT_THAT(loading.load(1, true).ignored, testing::Contains(name));
    Loading base(ModelType::bert, [&](auto& tensors) {
      std::erase_if(tensors, [](const TensorData& t) { return t.name.starts_with("classifier."); });
      add(tensors);
    });
    EXPECT_THAT(base.load().ignored, ElementsAre(name));
  }
  for (const char* name :
       {"bert.fc.weight", "bert.pooler2.weight", "bert.encoder.layer.7.output.dense.bias"}) {
    Loading loading(ModelType::bert, [&](auto& tensors) {
      tensors.push_back({name, "F32", {8}, kValues, 32});
    });
    EXPECT_THROW((void)loading.load(1, true), ModelError) << name;
  }
}

TEST(Weights, LossWeightsAreIgnoredAndNamed) {
  static const float kValues[8] = {};
  for (const char* name :
       {"class_weights", "loss_fct.weight", "criterion.weight", "criterion.alpha", "loss_fct.pos_weight",
        "loss.weight", "ce_loss.weight", "focal_loss.alpha", "pos_weight"}) {
    Loading loading(ModelType::bert, [&](auto& tensors) {
      tensors.push_back({name, "F32", {8}, kValues, 32});
    });
    const LoadReport report = loading.load();
    EXPECT_TRUE(report.trained_head());
    EXPECT_THAT(report.ignored, ElementsAre(name));
    EXPECT_THAT(report.warnings, ElementsAre(HasSubstr(std::string("ignored: ") + name)));
  }
  Loading other(ModelType::bert, [&](auto& tensors) {
    tensors.push_back({"glossary.weight", "F32", {8}, kValues, 32});
  });
  EXPECT_THAT(other.error(), HasSubstr("unexpected tensor glossary.weight"));
}

TEST(Weights, WrongShapes) {
  static const float kValues[64] = {};
  Loading flat(ModelType::bert, [](auto& tensors) {
    named(tensors, "bert.encoder.layer.0.attention.self.key.weight") = {
        "bert.encoder.layer.0.attention.self.key.weight", "F32", {64}, kValues, 256};
  });
  EXPECT_THAT(flat.error(), HasSubstr("attention.self.key.weight has shape [64], expected [8, 8]"));
  Loading labels(ModelType::bert, [](auto& tensors) {
    named(tensors, "classifier.weight") = {"classifier.weight", "F32", {3, 8}, kValues, 96};
  });
  EXPECT_THAT(labels.error(), HasSubstr("classifier has another number of labels"));
}

TEST(Weights, NotFinite) {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    std::vector<float> values(64, 1.0f);
    values[17] = bad;
    Loading loading(ModelType::bert,
                    [&](auto& tensors) { named(tensors, "bert.pooler.dense.weight").data = values.data(); });
    EXPECT_THAT(loading.error(), AllOf(HasSubstr("bert.pooler.dense.weight"), HasSubstr("at element 17")));
  }
}

TEST(Weights, SinusoidalPositionsNeedNoFile) {
  EncoderConfig config = vector_config(ModelType::distilbert);
  config.sinusoidal_positions = true;
  SequenceClassifier model(config);
  model.initialise(1);
  const Parameter& table = model.encoder.position.weight;
  EXPECT_FALSE(table.var().requires_grad());
  const float* row = table.value().data<float>() + 3 * 8;  // position 3: sin, cos of 3, 3/10, 3/100, 3/1000
  for (int j = 0; j < 8; ++j) {
    const double angle = 3 / std::pow(10.0, j / 2);
    EXPECT_NEAR(row[j], j % 2 == 0 ? std::sin(angle) : std::cos(angle), 1e-7);
  }
}

TEST(Parameters, SaveAndLoadAnyModule) {
  struct Net : Module {
    Linear hidden{*this, "hidden", 3, 5}, out{*this, "out", 5, 2};
  };
  const test::TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "net.safetensors";
  Net net, same;
  net.initialise(3);
  save_parameters(net, path);
  load_parameters(same, path);
  EXPECT_EQ(net.hidden.weight.value().to_vector<float>(), same.hidden.weight.value().to_vector<float>());
  EXPECT_EQ(net.out.bias.value().to_vector<float>(), same.out.bias.value().to_vector<float>());

  struct Wider : Module {
    Linear hidden{*this, "hidden", 4, 5}, out{*this, "out", 5, 2};
  } wider;
  EXPECT_THROW(load_parameters(wider, path), ModelError);
  struct Other : Module {
    Linear hidden{*this, "hidden", 3, 5}, last{*this, "last", 5, 2};
  } other;
  EXPECT_THROW(load_parameters(other, path), ModelError);
  struct Less : Module {
    Linear hidden{*this, "hidden", 3, 5};
  } less;
  EXPECT_THROW(load_parameters(less, path), ModelError);
}

// A bf16 module computes with rounded copies: they must follow the values that are loaded into it.
TEST(Parameters, LoadingReplacesWhatABf16ModuleComputesWith) {
  struct Inner : Module {
    explicit Inner(Module& parent) : Module(parent, "inner", Dtype::bf16) {}
    Linear line{*this, "line", 3, 5};
  };
  struct Net : Module {
    Inner inner{*this};
  };
  const test::TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "net.safetensors";
  Net saved, other;
  saved.initialise(3);
  other.initialise(4);
  save_parameters(saved, path);
  const Var x(Tensor::full({2, 3}, .5, Dtype::bf16));
  const auto output = [&](const Net& net) {
    return net.inner.line(x).value().to(Dtype::f32).to_vector<float>();
  };
  ASSERT_NE(output(other), output(saved));
  load_parameters(other, path);
  EXPECT_EQ(output(other), output(saved));
}

}  // namespace
}  // namespace hone
