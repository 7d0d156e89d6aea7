// Bad input: each program reports it with one line on stderr and the right exit code.
#include <cmath>
#include <csignal>
#include <cstring>

#include "apps/cli/errors.h"
#include "apps/cli/signals.h"
#include "tests/apps/programs.h"

namespace hone::test {
namespace {

using testing::HasSubstr;

class BadInput : public Programs {
 protected:
  void expect_refusal(const std::string& options, int exit_code, const std::string& message) const {
    SCOPED_TRACE(options);
    expect_failure(train("sst2", "run", options), exit_code, message);
    EXPECT_FALSE(std::filesystem::exists(folder_ / "run")) << "nothing may be written";
  }
  // Replaces a part of a file by another.
  void change(const std::string& file, const std::string& from, const std::string& to) const {
    std::string text = slurp(folder_ / file);
    const size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    folder_.write(file, text.replace(at, from.size(), to));
  }
  void restore() const {
    std::filesystem::remove_all(folder_ / "base");
    write_tiny_model(folder_ / "base", false);
  }
};

TEST_F(BadInput, Options) {
  expect_refusal("--epoch 1", 2, "--epochs");
  expect_refusal("--max-steps", 2, "--max-steps");
  expect_refusal("--seed 1 --seed 2", 2, "--seed is given more than once");
  expect_refusal("extra", 2, "extra");
  for (const char* option :
       {"--epochs -1",           "--epochs x",          "--max-steps -1", "--max-steps 1.5",
        "--max-train-samples 0", "--eval-batch-size 0", "--adam-eps 0",   "--weight-decay -1",
        "--weight-decay nan",    "--optimizer sgd",     "--seed -1",      "--seed 4294967296",
        "--device abacus",       "--threads 0",         "--threads 1025", "--dtype f16",
        "--init zero",           "--progress maybe",    "--log-every 0",  "--dataset mnli",
        "--max-length 2"}) {
    const std::string text = option;
    expect_refusal(option, 2, text.substr(0, text.find(' ')));
  }
  expect_failure(run("sst2", "--learning-rate -1"), 2, "--learning-rate");
  expect_failure(run("sst2", "--learning-rate inf"), 2, "--learning-rate");
  expect_failure(run("sst2", "--batch-size 0"), 2, "--batch-size");
  expect_failure(train("qqp", "run", "--max-length 4"), 2, "--max-length 4: a pair needs at least 5 tokens");
  expect_refusal("--device cuda", 1, "--device cuda");
}

TEST_F(BadInput, HelpAndVersion) {
  for (const std::string name : {"sst2", "qqp", "predict", "evaluate"}) {
    const auto help = run(name, "--help"), version = run(name, "--version");
    EXPECT_EQ(help.exit_code, 0);
    EXPECT_EQ(help.err, "");
    EXPECT_THAT(help.out, HasSubstr("--model"));
    for (size_t begin = 0; begin < help.out.size();) {
      const size_t end = help.out.find('\n', begin);
      EXPECT_LE(end - begin, 80u) << help.out.substr(begin, end - begin);
      begin = end + 1;
    }
    EXPECT_EQ(version.exit_code, 0);
    EXPECT_THAT(version.out, testing::StartsWith(name + " (hone) "));
  }
}

TEST_F(BadInput, OutputFolders) {
  folder_.write("full/file", "");
  expect_failure(train("sst2", "full"), 2, "not empty");
  EXPECT_EQ(names_in(folder_ / "full"), std::vector<std::string>{"file"});
  folder_.write("file", "");
  expect_failure(train("sst2", "file"), 2, "not a folder");
  expect_failure(train("sst2", "file/below"), 1, "file/below");
  expect_failure(train("sst2", "/proc/hone"), 1, "/proc/hone");
  std::filesystem::create_directories(folder_ / "empty");
  EXPECT_EQ(train("sst2", "empty", "--max-steps 0").exit_code, 0);
}

TEST_F(BadInput, Data) {
  const std::string file = "data/sst/train.tsv";
  const std::string good = slurp(folder_ / file);
  const auto with = [&](const std::string& text, const std::string& message) {
    folder_.write(file, text);
    expect_refusal("--max-steps 0", 3, message);
  };
  with("text\tlabel\ngood\t1\n", "train.tsv");
  with("sentence\tlabel\ngood\t1\nbad\tx\n", "train.tsv");
  with("sentence\tlabel\ngood\t1\nb\xFFt\t0\n", "train.tsv");
  with("sentence\tlabel\ngood\n", "train.tsv");
  with("sentence\tlabel\n", "train.tsv");
  with("", "train.tsv");
  folder_.write(file, good);
  std::filesystem::remove(folder_ / "data/sst/validation.tsv");
  expect_refusal("--max-steps 0", 3, "validation.tsv");
  expect_failure(run("sst2", "--model base --data nowhere"), 3, "nowhere");
  expect_failure(run_process("cd " + path("") + " && env -u HOME -u HONE_DATA -u XDG_CACHE_HOME " +
                             program("sst2") + " --model base"),
                 3, "HOME");
  expect_failure(
      run_process("cd " + path("") + " && env -i " + program("sst2") + " --data data --model some-model"), 3,
      "validation.tsv");
}

TEST_F(BadInput, AbsentModels) {
  expect_failure(run("sst2", "--data data --model nowhere/to-be"), 4, "nowhere/to-be");
  expect_failure(run_process("cd " + path("") + " && env -i " + program("sst2") + " --data data"), 4, "HOME");
  for (const char* name : {"config.json", "vocab.txt", "model.safetensors"}) {
    std::filesystem::remove(folder_ / "base" / name);
    expect_refusal("", 4, name);
    restore();
  }
}

TEST_F(BadInput, Configs) {
  const auto with = [&](const std::string& from, const std::string& to, const std::string& message) {
    change("base/config.json", from, to);
    expect_refusal("", 4, message);
    restore();
  };
  with("{", "", "config.json");
  with("\"bert\"", "\"gpt2\"", "gpt2");
  with("\"gelu\"", "\"swish\"", "swish");
  with("\"num_attention_heads\": 2", "\"num_attention_heads\": 3", "3");
  with("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3", "bert.encoder.layer.2.");
  with("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 900000000", "config.json");
  with("\"hidden_size\": 16", "\"hidden_size\": 18", "bert.embeddings");
  with("\"vocab_size\": 24", "\"vocab_size\": 23", "##s");
  with("\"vocab_size\": 24", "\"vocab_size\": 900000000", "config.json");
  change("base/config.json", "\"intermediate_size\": 32", "\"intermediate_size\": 900000000");
  expect_refusal("--init random", 1, "MiB");
}

TEST_F(BadInput, Weights) {
  const std::string file = "base/model.safetensors";
  const std::string good = slurp(folder_ / file);
  const auto with = [&](const std::string& bytes, const std::string& message) {
    folder_.write(file, bytes);
    expect_refusal("", 4, message);
  };
  with("", "too small");
  with(good.substr(0, good.size() / 2), "model.safetensors");
  with(good + "x", "model.safetensors");
  std::string nan = good;
  const float not_a_number = std::nanf("");
  std::memcpy(nan.data() + nan.size() - sizeof(float), &not_a_number, sizeof(float));
  with(nan, "not finite");
  std::string renamed = good;
  renamed.replace(renamed.find("intermediate"), 12, "intermodiate");
  with(renamed, "intermediate");
  std::filesystem::remove(folder_ / file);
  folder_.write("base/pytorch_model.bin", "PK");
  expect_refusal("", 4, "base");
}

TEST_F(BadInput, HeadsOfOtherTasks) {
  auto config = tiny_config();
  config.labels = {"a", "b", "c"};
  std::filesystem::remove_all(folder_ / "base");
  write_tiny_model(folder_ / "base", true, config);
  expect_refusal("", 4, "classifier");
}

TEST_F(BadInput, Vocabularies) {
  folder_.write("base/vocab.txt", "good\nbad\n");
  expect_refusal("", 4, "vocab.txt");
  restore();
  folder_.write("base/tokenizer_config.json", "{");
  expect_refusal("", 4, "tokenizer_config.json");
}

TEST_F(BadInput, FailuresOfARunAreItsLastEvent) {
  // The model's folder cannot be renamed into place: a file of the user's is there.
  const auto result = run_process(
      "cd " + path("") + " && exec " + program("sst2") + " " + training_options("run") +
      " --epochs 40 --log-every 1 2>log & cd " + path("") +
      " && until test -e run/metrics.jsonl || ! kill -0 $!; do :; done; echo x >run/model; wait $!");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(slurp(folder_ / "log"), HasSubstr("run/model"));
  EXPECT_EQ(events("run").back().get_string("event", ""), "error");
  EXPECT_EQ(events("run").back().get_int("code", 0), 1);
  EXPECT_EQ(slurp(folder_ / "run/model"), "x\n");
}

TEST(SignalsDeathTest, TheSecondEndsTheProcessAtOnce) {
  const auto twice = [](int first, int second) {
    catch_signals();
    std::raise(first);
    std::raise(second);
  };
  EXPECT_EXIT(twice(SIGINT, SIGINT), testing::ExitedWithCode(130), "");
  EXPECT_EXIT(twice(SIGTERM, SIGINT), testing::ExitedWithCode(143), "");
}

TEST(SignalsDeathTest, TheFirstIsOnlyNoted) {
  const auto once = [] {
    throw_if_interrupted();
    catch_signals();
    std::raise(SIGTERM);
    try {
      throw_if_interrupted();
    } catch (const Interrupted& stop) {
      std::exit(exit_code(stop));
    }
  };
  EXPECT_EXIT(once(), testing::ExitedWithCode(143), "");
}

}  // namespace
}  // namespace hone::test
