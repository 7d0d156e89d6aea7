#include "nn/models/model_folder.h"

#include <gmock/gmock.h>
#include <sys/resource.h>

#include <array>
#include <csignal>

#include "data/json/json.h"
#include "data/safetensors/safetensors.h"
#include "tests/data/temporary_folder.h"

namespace hone {
namespace {

using test::failure_of;
using test::names_in;
using test::slurp;
using test::TemporaryFolder;
using testing::ElementsAre;
using testing::HasSubstr;

class ModelFolder : public testing::Test {
 protected:
  ModelFolder() {
    model_.config.labels = {"negative", "positive"};
    model_.tensors = {{"classifier.weight", "F32", {2, 2}, values_.data(), 16}};
    model_.vocabulary_bytes = "[PAD]\r\n[UNK]\n\xFF";  // any bytes must be kept
    model_.readme = "# A model\n";
  }
  Json tokenizer_config() {
    save_model_folder(folder(), model_);
    return parse_json(slurp(folder() / "tokenizer_config.json"), "tokenizer_config.json");
  }
  std::filesystem::path folder() { return root_ / "model"; }

  TemporaryFolder root_;
  std::array<float, 4> values_ = {1, 2, 3, 4};
  SavedModel model_;
};

TEST_F(ModelFolder, HoldsWhatTransformersLoads) {
  save_model_folder(folder(), model_);
  EXPECT_THAT(names_in(folder()),
              ElementsAre("README.md", "config.json", "model.safetensors", "special_tokens_map.json",
                          "tokenizer_config.json", "vocab.txt"));
  EXPECT_THAT(names_in(root_.path()), ElementsAre("model"));
  EXPECT_EQ(slurp(folder() / "vocab.txt"), model_.vocabulary_bytes);
  EXPECT_EQ(slurp(folder() / "README.md"), model_.readme);
  EXPECT_THAT(read_config(folder()).labels, ElementsAre("negative", "positive"));
  const auto weights = SafetensorsFile::open(folder() / "model.safetensors");
  EXPECT_EQ(weights.metadata().at("format"), "pt");
  std::array<float, 4> values{};
  weights.read_f32(*weights.find("classifier.weight"), values);
  EXPECT_EQ(values, values_);
  const Json special = parse_json(slurp(folder() / "special_tokens_map.json"), "f");
  EXPECT_EQ(special.get_string("cls_token", ""), "[CLS]");
}

TEST_F(ModelFolder, WritesTheTokenizersSettings) {
  const Json json = tokenizer_config();
  EXPECT_EQ(json.get_string("tokenizer_class", ""), "BertTokenizer");
  EXPECT_TRUE(json.get_bool("do_lower_case", false));
  EXPECT_TRUE(json.at("strip_accents").is_null());
  EXPECT_TRUE(json.get_bool("tokenize_chinese_chars", false));
  EXPECT_EQ(json.get_int("model_max_length", 0), 512);
  EXPECT_EQ(json.at("model_input_names").as_array("").size(), 3u);
  for (const char* token : {"[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]"}) {
    EXPECT_THAT(slurp(folder() / "tokenizer_config.json"), HasSubstr(token));
  }
  model_.lower_case = false;
  model_.strip_accents = true;
  model_.tokenize_chinese_chars = false;
  model_.model_max_length = 128;
  model_.uses_token_types = false;
  const Json other = tokenizer_config();
  EXPECT_FALSE(other.get_bool("do_lower_case", true));
  EXPECT_TRUE(other.get_bool("strip_accents", false));
  EXPECT_FALSE(other.get_bool("tokenize_chinese_chars", true));
  EXPECT_EQ(other.get_int("model_max_length", 0), 128);
  const auto& names = other.at("model_input_names").as_array("");
  ASSERT_EQ(names.size(), 2u);
  EXPECT_EQ(names[0].as_string(""), "input_ids");
  EXPECT_EQ(names[1].as_string(""), "attention_mask");
}

TEST_F(ModelFolder, TheLengthLimitIsNeverAboveThePositions) {
  model_.model_max_length = 1000;
  EXPECT_EQ(tokenizer_config().get_int("model_max_length", 0), 512);
}

TEST_F(ModelFolder, DistilBertHasNoTokenTypes) {
  model_.config = default_config(ModelType::distilbert);
  const Json json = tokenizer_config();
  EXPECT_EQ(json.get_string("tokenizer_class", ""), "DistilBertTokenizer");
  EXPECT_EQ(json.at("model_input_names").as_array("").size(), 2u);
}

TEST_F(ModelFolder, CopiesTheTokenizerFileOnlyWhenThereIsOne) {
  model_.tokenizer_json = "{ \"any\": bytes";
  save_model_folder(folder(), model_);
  EXPECT_EQ(slurp(folder() / "tokenizer.json"), *model_.tokenizer_json);
  model_.tokenizer_json.reset();
  save_model_folder(folder(), model_);
  EXPECT_FALSE(std::filesystem::exists(folder() / "tokenizer.json"));
}

TEST_F(ModelFolder, AFailedSaveLosesNothing) {
  save_model_folder(folder(), model_);
  const std::string before = slurp(folder() / "model.safetensors");
  std::vector<float> large(100'000);
  model_.tensors = {{"w", "F32", {100'000}, large.data(), 400'000}};
  rlimit old{};
  ::getrlimit(RLIMIT_FSIZE, &old);
  const rlimit limit{100'000, old.rlim_max};
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  ::setrlimit(RLIMIT_FSIZE, &limit);
  const auto failure = failure_of([&] { save_model_folder(folder(), model_); });
  ::setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, handler);
  EXPECT_THAT(failure.message, HasSubstr("model.safetensors: cannot write: File too large"));
  EXPECT_EQ(failure.kind, ErrorKind::run);
  EXPECT_EQ(slurp(folder() / "model.safetensors"), before);
  EXPECT_THAT(names_in(root_.path()), ElementsAre("model"));
}

TEST_F(ModelFolder, RefusesToReplaceAFolderOfOthers) {
  root_.write("model/notes.txt", "keep");
  EXPECT_THAT(failure_of([&] { save_model_folder(folder(), model_); }).message,
              HasSubstr("holds notes.txt, which hone did not write"));
  EXPECT_EQ(slurp(folder() / "notes.txt"), "keep");
}

}  // namespace
}  // namespace hone
