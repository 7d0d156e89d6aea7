// Tests of the settings, models and data that a run is resumed with.
#include <csignal>

#include "tests/apps/resume.h"

namespace hone::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

TEST_F(Resume, OneRunAndSeveralDoNotMix) {
  ASSERT_EQ(train_in("one", "--epochs 1").exit_code, 0);
  expect_failure(train_in("one", "--epochs 1 --runs 2 --resume"), 2, "holds one run; drop --runs");
  ASSERT_EQ(train_in("two", "--epochs 1 --runs 2").exit_code, 0);
  EXPECT_EQ(train_in("two", "--epochs 1 --resume").exit_code, 0) << "the record says that they are two";
  fs::remove_all(folder_ / "two/seed-43");
  fs::create_directory(folder_ / "two/seed-43");
  EXPECT_EQ(train_in("two", "--epochs 1 --runs 2 --resume").exit_code, 0) << "a run that has not begun";
  for (const char* seed : {"42", "43"})
    fs::remove(folder_ / "two" / ("seed-" + std::string(seed)) / "run.json");
  expect_failure(train_in("two", "--epochs 1 --resume"), 2, "holds several runs");
}

TEST_F(Resume, OtherSettingsAreRefusedEachByName) {
  ASSERT_EQ(train_in("run", "--epochs 2").exit_code, 0);
  const auto refused = train_in("run", "--resume --epochs 1 --seed 7 --weight-decay 0.5 --best-metric loss");
  expect_failure(refused, 2, "best-metric loss (accuracy), epochs 1 (2), seed 7 (42), weight-decay 0.5 (0)");
  EXPECT_EQ(
      train_in("run", "--resume --epochs 3 --threads 1 --keep 3 --save-every 4 --progress off --log-every 3")
          .exit_code,
      0);
  EXPECT_EQ(events("run", "step").size(), 15u);
  expect_failure(train_in("run", "--resume --epochs 3 --max-steps 14"), 2, "max-steps 14 (all)");
  expect_failure(train_in("run", "--resume --epochs 3 --runs 2"), 2, "holds one run; drop --runs");
  expect_failure(train_in("run", "--resume --recompute --no-shuffle --best-metric f1"), 2,
                 "best-metric f1 (accuracy), recompute on (off), shuffle off (on)");
  const std::string linear = "--preset hf-trainer";
  ASSERT_EQ(train_in("linear", linear + " --epochs 1").exit_code, 0);
  expect_failure(train_in("linear", linear + " --epochs 2 --resume"), 2, "epochs 2 (1)");
}

// Whatever the run was told, its folder knows.
TEST_F(Resume, NeedsNothingButTheFolder) {
  folder_.write("own.csv",
                "text;mood\nthe film is good .;glad\nthe plot is bad .;sad\nthe film is bad .;sad\n");
  for (const std::string& options :
       {training_options("run") + " --epochs 2 --seed 7 --preset hf-trainer --schedule cosine --no-shuffle",
        training_options("run") + " --epochs 2 --max-train-samples 20 --dtype bf16 --runs 2",
        std::string("--model base --train-file own.csv --validation-file own.csv --text-column text "
                    "--label-column mood --batch-size 1 --delimiter ';' --epochs 4 --output run")}) {
    SCOPED_TRACE(options);
    const bool several = options.find("--runs") != std::string::npos;
    const std::string one = several ? "run/seed-42" : "run";
    const auto start = [&](const std::string& more, const std::string& environment) {
      return run_process("cd " + path("") + " && exec env " + environment + " " + program("sst2") +
                         " --quiet " + more);
    };
    ASSERT_EQ(start(options, "").exit_code, 0);
    fs::rename(folder_ / "run", folder_ / "straight");
    const auto killed = start(options, fault_environment("write metrics 5 term"));
    ASSERT_EQ(killed.exit_code, 128 + SIGTERM) << killed.err;
    const auto resumed = start("--resume --output run", "");
    ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
    EXPECT_EQ(outcome(one), outcome(several ? "straight/seed-42" : "straight"));
    if (several) {
      EXPECT_EQ(outcome("run/seed-43"), outcome("straight/seed-43"));
      EXPECT_TRUE(fs::exists(folder_ / "run/runs.json"));
    }
    EXPECT_EQ(start("--resume --output run/", "").exit_code, 0) << "nothing is left to do";
    fs::remove_all(folder_ / "straight");
    fs::remove_all(folder_ / "run");
  }
}

TEST_F(Resume, AnotherProgramsRunIsRefused) {
  ASSERT_EQ(train_in("run", "--epochs 1").exit_code, 0);
  expect_failure(run("qqp", "--resume --output run"), 2, "a run of sst2; go on with it by sst2");
}

// A resumed run may find its model and data elsewhere, where they are the same.
TEST_F(Resume, ModelAndDataMayHaveMoved) {
  ASSERT_EQ(train_in("straight", "--epochs 2").exit_code, 0);
  ASSERT_EQ(train_in("run", "--epochs 2", fault_environment("write metrics 4 term")).exit_code,
            128 + SIGTERM);
  fs::create_directory(folder_ / "moved");
  for (const char* name : {"base", "data"}) fs::rename(folder_ / name, folder_ / "moved" / name);
  expect_failure(run("sst2", "--resume --output run --quiet"), 3, "data");
  const std::string here = "--resume --output run --quiet --data moved/data --model moved/base ";
  const auto changed = [&](const std::string& file, const std::string& text, const std::string& message) {
    const std::string before = slurp(folder_ / file);
    folder_.write(file, before + text);
    expect_failure(run("sst2", here), 2, message);
    folder_.write(file, before);
  };
  changed("moved/base/config.json", " ", "config.json: not the file that the run began with");
  changed("moved/data/sst/validation.tsv", "good\t1\n", "their labels");
  std::string weights_file = slurp(folder_ / "moved/base/model.safetensors");
  weights_file[weights_file.size() - 3] ^= 1;
  fs::rename(folder_ / "moved/base/model.safetensors", folder_ / "moved/kept");
  folder_.write("moved/base/model.safetensors", weights_file);
  expect_failure(run("sst2", here), 2, "model.safetensors: not the file that the run began with");
  fs::rename(folder_ / "moved/kept", folder_ / "moved/base/model.safetensors");
  const auto resumed = run("sst2", here + " --max-steps 7");
  expect_failure(resumed, 2, "max-steps 7 (all)");
  ASSERT_EQ(run("sst2", here).exit_code, 0);
  EXPECT_EQ(outcome("run"), outcome("straight"));
  const auto again = run("sst2", "--resume --output run --epochs 3");
  EXPECT_EQ(again.exit_code, 0) << "its record has the new places: " << again.err;
}

// Other names for the same labels are other data, though their numbers agree.
TEST_F(Resume, OtherNamesOfLabelsAreRefused) {
  folder_.write("own.tsv", "sentence\tlabel\ngood\tyes\nbad\tno\n");
  folder_.write("new.tsv", "sentence\tlabel\ngood\tja\nbad\tach\n");
  const auto files = [](const std::string& name) {
    return "--train-file " + name + " --validation-file " + name;
  };
  ASSERT_EQ(run("sst2", "--model base --output run --epochs 1 " + files("own.tsv")).exit_code, 0);
  fs::copy(folder_ / "own.tsv", folder_ / "copy.tsv");
  EXPECT_EQ(run("sst2", "--resume --output run --epochs 2 " + files("copy.tsv")).exit_code, 0);
  expect_failure(run("sst2", "--resume --output run --quiet --epochs 3 " + files("new.tsv")), 2,
                 "their labels");
}

TEST_F(Resume, OtherDataAreRefused) {
  ASSERT_EQ(train_in("run", "--epochs 1").exit_code, 0);
  const std::string train_file = slurp(folder_ / "data/sst/train.tsv");
  folder_.write("data/sst/train.tsv", train_file + "the film is good .\t0.9\n");
  expect_failure(train_in("run", "--resume --epochs 2"), 2,
                 "the data, their labels or the tokenizer are not those of the run");
}

}  // namespace
}  // namespace hone::test
