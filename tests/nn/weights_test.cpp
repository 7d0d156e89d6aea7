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

  LoadReport load(uint64_t seed = 1) { return load_weights(target, WeightFiles::open(folder_.path()), seed); }

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
