#include "data/hub/weight_files.h"

#include <gmock/gmock.h>

#include <array>

#include "core/nearest.h"
#include "data/safetensors/safetensors_writer.h"
#include "tests/data/temporary_folder.h"

namespace hone {
namespace {

using test::failure_of;
using test::TemporaryFolder;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Weights : public testing::Test {
 protected:
  // Writes F32 tensors of two elements, the value and its negative.
  void write(const char* file, const std::vector<std::pair<std::string, float>>& values) {
    std::vector<std::array<float, 2>> memory;
    memory.reserve(values.size());
    std::vector<TensorData> tensors;
    for (const auto& [name, value] : values) {
      memory.push_back({value, -value});
      tensors.push_back({name, "F32", {2}, memory.back().data(), 8});
    }
    write_safetensors(folder_ / file, tensors, {{"format", "pt"}});
  }
  void write_index(const std::string& map) {
    folder_.write("model.safetensors.index.json",
                  R"({"metadata":{"total_size":1},"weight_map":)" + map + "}");
  }
  WeightFiles open() { return WeightFiles::open(folder_.path()); }
  void refuses(const std::string& message) {
    const auto failure = failure_of([&] { open(); });
    EXPECT_THAT(failure.message, HasSubstr(message));
    EXPECT_EQ(failure.kind, ErrorKind::model);
  }
  static float first_of(const WeightFiles& weights, const char* name) {
    float values[2];
    weights.read_f32(name, values);
    return values[0];
  }
  TemporaryFolder folder_;
};

TEST_F(Weights, OpensASingleFile) {
  write("model.safetensors", {{"b", 2}, {"a", 1}});
  const auto weights = open();
  EXPECT_THAT(weights.names(), ElementsAre("a", "b"));
  EXPECT_EQ(weights.elements(), 4u);
  EXPECT_EQ(first_of(weights, "b"), 2);
  EXPECT_THAT(weights.warnings(), IsEmpty());
  EXPECT_EQ(weights.find("c"), nullptr);
}

TEST_F(Weights, TheSingleFileComesBeforeTheIndexEvenIfDamaged) {
  write("model.safetensors", {{"a", 1}});
  write("shard", {{"a", 2}});
  write_index(R"({"a":"shard"})");
  folder_.write("pytorch_model.bin", "x");
  EXPECT_EQ(first_of(open(), "a"), 1);
  folder_.write("model.safetensors", "damaged");
  refuses("header too small");
  std::filesystem::remove(folder_ / "model.safetensors");
  std::filesystem::create_symlink("nowhere", folder_ / "model.safetensors");
  refuses("cannot open");
  std::filesystem::remove(folder_ / "model.safetensors");
  EXPECT_EQ(first_of(open(), "a"), 2);
}

TEST_F(Weights, ReadsShards) {
  write("model-00001-of-00002.safetensors", {{"a", 1}, {"b", 2}});
  write("model-00002-of-00002.safetensors", {{"c", 3}});
  write_index(R"({"c":"model-00002-of-00002.safetensors","a":"model-00001-of-00002.safetensors",)"
              R"("b":"model-00001-of-00002.safetensors"})");
  const auto weights = open();
  EXPECT_THAT(weights.names(), ElementsAre("a", "b", "c"));
  EXPECT_EQ(first_of(weights, "a"), 1);
  EXPECT_EQ(first_of(weights, "c"), 3);
  EXPECT_EQ(weights.elements(), 6u);
}

TEST_F(Weights, WarnsOfTensorsThatTheIndexDoesNotMapToTheirShard) {
  write("one", {{"a", 1}, {"b", 2}});
  write("two", {{"a", 9}, {"c", 3}});
  write_index(R"({"a":"one","c":"two"})");
  const auto weights = open();
  EXPECT_EQ(first_of(weights, "a"), 1);
  EXPECT_THAT(weights.warnings(), ElementsAre(HasSubstr("one: 1 tensor(s) ignored, \"b\" first"),
                                              HasSubstr("two: 1 tensor(s) ignored, \"a\" first")));
}

TEST_F(Weights, RefusesADamagedIndex) {
  write("one", {{"a", 1}});
  folder_.write("model.safetensors.index.json", "{");
  refuses("invalid JSON");
  folder_.write("model.safetensors.index.json", "[]");
  refuses("expected an object");
  folder_.write("model.safetensors.index.json", "{}");
  refuses("key \"weight_map\" is missing");
  write_index("[]");
  refuses("key \"weight_map\": expected an object");
  write_index(R"({"a":1})");
  refuses("tensor \"a\": expected a string");
  write_index(R"({"a":"one","a":"one"})");
  refuses("duplicate key \"a\"");
  write_index(R"({"a":"none"})");
  refuses("none: cannot open");
  write_index(R"({"b":"one"})");
  refuses("tensor \"b\" is mapped to \"one\", which does not hold it");
}

TEST_F(Weights, ShardsMustLieInTheSameFolder) {
  for (const char* name : {"", ".", "..", "../one", "sub/one", "/one", "sub\\\\one", "one\\u0000"}) {
    write_index(R"({"a":")" + std::string(name) + "\"}");
    refuses("must be the plain name of a file");
  }
}

TEST_F(Weights, TorchFilesComeAfterSafetensors) {
  folder_.write("pytorch_model.bin.index.json", "{}");
  refuses("pytorch_model.bin.index.json: key \"weight_map\" is missing");
  folder_.write("pytorch_model.bin", "x");
  refuses("pytorch_model.bin: not a torch file");
  write("model.safetensors", {{"a", 1}});
  EXPECT_EQ(first_of(open(), "a"), 1);
}

TEST_F(Weights, AFolderWithoutWeights) {
  refuses("no weights: expected model.safetensors, model.safetensors.index.json, pytorch_model.bin");
}

TEST_F(Weights, AMissingTensorNamesTheNearestOnes) {
  write("model.safetensors", {{"encoder.layer.0.weight", 1}, {"encoder.layer.0.bias", 2}, {"pooler", 3}});
  float out[2];
  const auto failure = failure_of([&] { open().read_f32("encoder.layers.0.weight", out); });
  EXPECT_THAT(
      failure.message,
      HasSubstr("no tensor \"encoder.layers.0.weight\"; the nearest names are \"encoder.layer.0.weight\""));
  EXPECT_EQ(failure.kind, ErrorKind::model);
}

TEST(NearestNames, ListsTheNearestFirst) {
  const std::vector<std::string> known = {"--epochs", "--max-steps", "--batch-size", "--eval-batch-size",
                                          "--seed"};
  EXPECT_THAT(nearest_names("--epoch", known), testing::StartsWith("\"--epochs\""));
  EXPECT_EQ(nearest_names("--batchsize", known), "\"--batch-size\"");
  EXPECT_EQ(nearest_names("--something-else", known), "");
  EXPECT_EQ(nearest_names(std::string(100'000, 'x'), known), "");
}

TEST(NearestNames, CountsInsertionsDeletionsAndReplacements) {
  const std::vector<std::string> known = {"abcdef", "abcdxx", "abcxxx", "abcde", "abcdefg", "fedcba"};
  EXPECT_EQ(nearest_names("abcdef", known), "\"abcdef\", \"abcde\", \"abcdefg\"");
}

}  // namespace
}  // namespace hone
