// Tests of the inspect program.
#include "data/safetensors/safetensors_writer.h"
#include "nn/models/config_writer.h"
#include "tests/apps/programs.h"
#include "tests/support/paths.h"

namespace hone::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const fs::path kGolden = fs::path(hone::test::source_dir()) / "tests/golden";

class Inspect : public Programs {
 protected:
  ProcessResult inspect(const std::string& options) const { return run("inspect", options); }
  static ProcessResult inspect_golden(const std::string& name) {
    return run_process("exec " + program("inspect") + " " + shell_quoted((kGolden / name).string()));
  }
  // Expects the fault in the report on stdout and, as one line, on stderr.
  void expect_wrong(const std::string& options, const std::string& check, const std::string& message) const {
    const auto result = inspect(options);
    EXPECT_EQ(result.exit_code, 4);
    EXPECT_THAT(result.out,
                AllOf(HasSubstr("WRONG  " + check), HasSubstr(message), HasSubstr("\nnot sound\n")));
    EXPECT_THAT(result.err, AllOf(testing::StartsWith("inspect: "), HasSubstr(message)));
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  }
  void write_values(const std::string& file, const std::string& name,
                    const std::vector<float>& values) const {
    write_safetensors(folder_ / file, {{name, "F32", {values.size()}, values.data(), 4 * values.size()}}, {});
  }
};

TEST_F(Inspect, ShowsTheTensorsOfAFile) {
  const float values[8] = {};
  write_safetensors(folder_ / "x.safetensors",
                    {{"b", "F32", {2, 3}, values, 24},
                     {"a", "I64", {}, values + 6, 8},
                     {"c\x1b[2J", "BOOL", {0}, values, 0}},
                    {{"format", "pt"}});
  const auto result = inspect("x.safetensors");
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(result.out,
            "x.safetensors: safetensors file\n"
            "metadata format = pt\n\n"
            "tensor      dtype  shape   bytes\n"
            "a           I64    []          8\n"
            "b           F32    [2, 3]     24\n"
            "c\\u001b[2J  BOOL   [0]         0\n\n"
            "3 tensors, 7 values, 32 bytes\n\n"
            "ok     file       3 tensors, each with the bytes that its shape and dtype need\n"
            "ok     values     all 7 read, none is NaN or infinite\n"
            "sound\n");
}

TEST_F(Inspect, ReadsBothTorchContainers) {
  const auto zip = inspect_golden("torch_model/pytorch_model.bin");
  EXPECT_EQ(zip.exit_code, 0);
  EXPECT_THAT(zip.out, AllOf(HasSubstr("torch file (zip container)\n"),
                             HasSubstr("25 tensors, 722 values, 2,888 bytes")));
  const auto legacy = inspect_golden("torch_model/pytorch_model_legacy.bin");
  EXPECT_EQ(legacy.exit_code, 0);
  EXPECT_THAT(legacy.out, HasSubstr("torch file (legacy stream)\n"));
  EXPECT_EQ(zip.out.substr(zip.out.find('\n')), legacy.out.substr(legacy.out.find('\n')));
}

TEST_F(Inspect, WritesJson) {
  const auto result = inspect("--json base");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 1);
  const Json json = parse_json(result.out, "stdout");
  EXPECT_TRUE(json.get_bool("sound", false));
  EXPECT_EQ(json.at("checks").as_array("checks").size(), 5u);
  EXPECT_EQ(json.at("metadata").get_string("format", ""), "pt");
  const Json& first = json.at("tensors").as_array("tensors").front();
  EXPECT_THAT(first.get_string("name", ""), testing::StartsWith("bert.embeddings.LayerNorm.bias"));
  EXPECT_EQ(first.get_int("bytes", 0), 64);
}

TEST_F(Inspect, ChecksAModelFolder) {
  const auto base = inspect("base");
  EXPECT_EQ(base.exit_code, 0) << base.err;
  for (const char* name : {"config", "tokenizer", "weights", "values", "model"})
    EXPECT_THAT(base.out, HasSubstr(std::string("ok     ") + name));
  EXPECT_THAT(base.out, HasSubstr("without a trained head\nsound\n"));
  write_tiny_model(folder_ / "run/model", true);
  EXPECT_THAT(inspect("run").out,
              AllOf(HasSubstr("model of a run folder"), HasSubstr("with a trained head\nsound\n")));
}

TEST_F(Inspect, NamesEverythingThatIsWrongWithAFolder) {
  folder_.write("base/config.json", R"({"model_type":"gpt2"})");
  fs::remove(folder_ / "base/vocab.txt");
  const auto result = inspect("base");
  EXPECT_EQ(result.exit_code, 4);
  EXPECT_THAT(result.out, AllOf(HasSubstr("WRONG  config     base/config.json: key \"model_type\""),
                                HasSubstr("WRONG  tokenizer  base: neither vocab.txt"),
                                HasSubstr("ok     weights"), Not(HasSubstr("model      loaded"))));
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1);
}

TEST_F(Inspect, TheWeightsMustBeThoseOfTheConfig) {
  auto config = tiny_config();
  config.layers = 3;
  folder_.write("base/config.json", write_config(config));
  expect_wrong("base", "model", "tensor bert.encoder.layer.2.");
  config.layers = 4096;
  folder_.write("base/config.json", write_config(config));
  expect_wrong("base", "model", "they do not belong together");
  config = tiny_config();
  config.vocab_size = 5;
  folder_.write("base/config.json", write_config(config));
  expect_wrong("base", "tokenizer", "vocab");
}

TEST_F(Inspect, FindsValuesThatAreNotFinite) {
  write_values("x.safetensors", "w", {1, 2, NAN});
  expect_wrong("x.safetensors", "values", "tensor \"w\" holds nan at element 2: not finite");
  const auto torch = inspect_golden("torch_tensors/zip.bin");
  EXPECT_EQ(torch.exit_code, 4);
  EXPECT_THAT(torch.err, HasSubstr("tensor \"half_special\" holds -inf at element 2: not finite"));
}

TEST_F(Inspect, DamagedFiles) {
  write_values("x.safetensors", "w", {1, 2, 3});
  const std::string bytes = slurp(folder_ / "x.safetensors");
  folder_.write("x.safetensors", bytes.substr(0, bytes.size() - 1));
  expect_wrong("x.safetensors", "file", "x.safetensors: ");
  folder_.write("empty", "");
  expect_wrong("empty", "file", "header too small");
  folder_.write("x.bin", "neither");
  expect_wrong("x.bin", "file", "not a torch file");
  std::string torch = slurp(kGolden / "torch_model/pytorch_model.bin");
  torch[torch.find("data/0") + 200] ^= 1;
  folder_.write("y", torch);
  expect_wrong("y", "values", "damaged: its CRC does not match");
  expect_failure(inspect("none"), 4, "inspect: none: no such file or folder");
}

TEST_F(Inspect, IsUsedWithOnePath) {
  expect_failure(inspect(""), 2, "give the PATH");
  expect_failure(inspect("a b"), 2, "unexpected argument \"b\"");
  expect_failure(inspect("--jsn a"), 2, "did you mean \"--json\"");
  expect_failure(inspect("--json=1 a"), 2, "--json takes no value");
  EXPECT_THAT(inspect("-- base").out, HasSubstr("\nsound\n"));
  EXPECT_THAT(inspect("--help").out,
              AllOf(HasSubstr("inspect [OPTIONS] [PATH]"), HasSubstr("the file, model folder")));
}

}  // namespace
}  // namespace hone::test
