// Tests of runs that are interrupted in every way and resumed: they must end in the same bits as a run that
// was not interrupted.
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <random>
#include <set>

#include "apps/run/folder_lock.h"
#include "tests/apps/resume.h"

namespace hone::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// Sends SIGTERM with each line that is written to metrics.jsonl: before training, after each step, at the
// ends of epochs; and while a checkpoint is saved, so that the run ends in the evaluation after it.
TEST_F(Resume, ASignalledRunGoesOnInTheSameBits) {
  for (const std::string options : {"--epochs 2", "--epochs 2 --dtype bf16 --weight-decay 0.1 --no-shuffle",
                                    "--epochs 2 --preset hf-trainer --accumulate 2 --warmup 2",
                                    "--epochs 2 --schedule cosine --warmup 0.2 --clip-norm 0.5"}) {
    ASSERT_EQ(train_in("straight", options + " --threads 1").exit_code, 0);
    const size_t lines = events("straight").size();
    for (size_t n = 1; n <= lines + 1; n += options == "--epochs 2" ? 1 : 3) {
      const std::string where = n <= lines ? "metrics " + std::to_string(n) : "ckpt 5";
      const auto stopped =
          train_in("run", options + " --threads 2", fault_environment("write " + where + " term"));
      // After the last lines, the test split's and the result, there is nothing left to stop.
      EXPECT_EQ(stopped.exit_code, n == lines ? 0 : 128 + SIGTERM) << where << stopped.err;
      EXPECT_EQ(Checkpoints(folder_ / "run").find().passed_over, "");
      const auto resumed = train_in("run", options + " --resume --threads 1");
      EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
      EXPECT_EQ(outcome("run"), outcome("straight")) << where;
      fs::remove_all(folder_ / "run");
    }
    fs::remove_all(folder_ / "straight");
  }
}

TEST_F(Resume, ASecondSignalEndsASaveAtOnceAndLosesNothing) {
  const std::string options = "--epochs 2 --save-every 2";
  ASSERT_EQ(train_in("straight", options).exit_code, 0);
  const auto stopped = train_in("run", options, fault_environment("write ckpt-00000004 6 termterm"));
  EXPECT_EQ(stopped.exit_code, 128 + SIGTERM);
  EXPECT_EQ(slurp(folder_ / "run/latest"), "ckpt-00000002\n");
  expect_sound("run", 2);
  EXPECT_EQ(train_in("run", options + " --resume").exit_code, 0);
  EXPECT_EQ(outcome("run"), outcome("straight"));
  expect_nothing_half_done("run");
}

TEST_F(Resume, AConstantScheduleMayBecomeLonger) {
  const std::string options = "--epochs 2 --save-every 2";
  ASSERT_EQ(train("sst2", "straight", options + " --max-steps 7").exit_code, 0);
  ASSERT_EQ(train("sst2", "run", options + " --max-steps 5").exit_code, 0);
  const auto longer = train("sst2", "run", options + " --max-steps 7 --resume");
  ASSERT_EQ(longer.exit_code, 0) << longer.err;
  EXPECT_THAT(longer.err, HasSubstr("going on from ckpt-00000005: step 5"));
  EXPECT_EQ(outcome("run"), outcome("straight"));
  EXPECT_THAT(slurp(folder_ / "run/run.json"), HasSubstr("--max-steps 7"));
}

TEST_F(Resume, PairsAndFilesOfManyLabelsGoOnToo) {
  std::string rows = "text\tmood\n";
  for (int i = 0; i < 9; ++i) {
    rows += "the film is good .\tglad\nthe plot is bad .\tsad\nthe actor is dull .\tbored\n";
  }
  folder_.write("own.tsv", rows);
  const std::string own =
      "sst2 --model base --train-file own.tsv --validation-file own.tsv --text-column text --label-column "
      "mood "
      "--best-metric f1 --batch-size 8 --quiet --epochs 2 --output ";
  const std::string pairs =
      "qqp --model base --data data --batch-size 8 --quiet --epochs 2 --preset hf-trainer --output ";
  const auto make = [&](const std::string& line, const std::string& options,
                        const std::string& environment = "") {
    const size_t blank = line.find(' ');
    return run_process("cd " + path("") + " && exec env " + environment + " " +
                       program(line.substr(0, blank)) + line.substr(blank) + options);
  };
  for (const std::string& line : {own, pairs}) {
    ASSERT_EQ(make(line, "straight").exit_code, 0);
    const auto killed = make(line, "run", fault_environment("write metrics 7 term"));
    ASSERT_EQ(killed.exit_code, 128 + SIGTERM) << killed.err;
    const auto resumed = make(line, "run --resume");
    ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
    EXPECT_EQ(outcome("run"), outcome("straight"));
    fs::remove_all(folder_ / "straight");
    fs::remove_all(folder_ / "run");
  }
}

TEST_F(Resume, AFinishedRunIsLeftAlone) {
  ASSERT_EQ(train_in("run", "--epochs 1").exit_code, 0);
  const std::string before = slurp(folder_ / "run/metrics.jsonl");
  const auto again = train("sst2", "run", "--epochs 1 --resume");
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_THAT(again.err, HasSubstr("nothing is left to do"));
  EXPECT_EQ(slurp(folder_ / "run/metrics.jsonl"), before);
  const auto json = train("sst2", "run", "--epochs 1 --resume --log json");
  EXPECT_THAT(json.out, testing::StartsWith("{\"event\":\"result\""));
  // Without checkpoints the record tells whether this is the run that has ended.
  fs::remove_all(folder_ / "run/ckpt-00000005");
  EXPECT_EQ(train_in("run", "--epochs 1 --resume").exit_code, 0);
  expect_failure(train_in("run", "--epochs 2 --resume"), 2, "the run has ended with other settings");
}

TEST_F(Resume, ARunWithoutStepsMayBecomeLonger) {
  ASSERT_EQ(train_in("none", "--epochs 0").exit_code, 0);
  EXPECT_EQ(train_in("none", "--epochs 0 --resume").exit_code, 0);
  expect_failure(train_in("none", "--epochs 1 --seed 9 --resume"), 2, "seed 9 (42)");
  ASSERT_EQ(train_in("none", "--epochs 1 --resume").exit_code, 0);
  ASSERT_EQ(train_in("straight", "--epochs 1").exit_code, 0);
  EXPECT_EQ(slurp(folder_ / "none/model/model.safetensors"),
            slurp(folder_ / "straight/model/model.safetensors"));
}

TEST_F(Resume, ARunThatHasOnlyBegunBeginsAgain) {
  fs::create_directory(folder_ / "run");
  folder_.write("run/metrics.jsonl", "{\"event\":\"start\"}\n{\"event\":\"st");
  fs::create_directory(folder_ / "run/ckpt-00000005.tmp-99999999");  // no process has this id
  const auto again = train("sst2", "run", "--epochs 1 --resume");
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_THAT(again.err, HasSubstr("no checkpoint yet and begins again"));
  EXPECT_EQ(events("run", "start").size(), 1u);
  EXPECT_EQ(events("run", "step").size(), 5u);
  const std::string ended = slurp(folder_ / "run/metrics.jsonl");
  fs::create_directory(folder_ / "ended");
  folder_.write("ended/metrics.jsonl", ended);
  folder_.write("ended/run.json", slurp(folder_ / "run/run.json"));
  EXPECT_EQ(train_in("ended", "--epochs 1 --resume").exit_code, 0);
  EXPECT_EQ(slurp(folder_ / "ended/metrics.jsonl"), ended) << "what has ended does not begin again";
  fs::create_directory(folder_ / "other");
  folder_.write("other/metrics.jsonl", "");
  folder_.write("other/mine.txt", "x");
  expect_failure(train_in("other", "--resume"), 1, "no checkpoint to resume from");
}

TEST_F(Resume, WithoutACheckpointThereIsNothingToGoOnFrom) {
  expect_failure(train_in("none", "--resume"), 1, "there is no such folder");
  fs::create_directory(folder_ / "empty");
  expect_failure(train_in("empty", "--resume"), 1, "no checkpoint to resume from");
  expect_failure(run("sst2", "--model base --data data --resume"), 2, "--resume needs --output");
  expect_failure(train_in("run", "--save-every 0"), 2, "neither epoch nor a number of steps");
  ASSERT_EQ(train_in("run", "--epochs 1").exit_code, 0);
  expect_failure(train_in("run", "--epochs 1"), 2, "go on with its run by --resume");
}

TEST_F(Resume, ADamagedCheckpointLeadsToTheOneBefore) {
  const std::string options = "--epochs 3 --save-every 4 --keep 2 --best-metric loss";
  ASSERT_EQ(train_in("straight", options).exit_code, 0);
  ASSERT_EQ(train_in("run", options + " --max-steps 13").exit_code, 0);
  fs::resize_file(folder_ / "run/ckpt-00000013/optimizer.safetensors", 100);
  const auto resumed = train_in("run", options + " --max-steps all --resume");
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_THAT(resumed.err, HasSubstr("ckpt-00000013/optimizer.safetensors: has 100 bytes"));
  EXPECT_THAT(resumed.err, HasSubstr("going on from ckpt-00000012"));
  EXPECT_EQ(outcome("run"), outcome("straight"));
}

TEST_F(Resume, MetricsThatWereCutAreNoticed) {
  ASSERT_EQ(train_in("run", "--epochs 1").exit_code, 0);
  fs::resize_file(folder_ / "run/metrics.jsonl", 300);
  expect_failure(train_in("run", "--epochs 2 --resume"), 1,
                 "metrics.jsonl: is not what it was at the checkpoint");
}

TEST_F(Resume, CheckpointsAreKeptAsAsked) {
  ASSERT_EQ(train_in("run", "--epochs 2 --save-every 3 --keep 2 --best-metric loss").exit_code, 0);
  // Checkpoints are saved at steps 3, 6, 9 and at the end, 10, and at the best of the evaluations after steps
  // 5 and 10.
  const std::string best = slurp(folder_ / "run/best");
  std::set<std::string> expected{"best",  "latest",      "lock",     "metrics.csv",   "metrics.jsonl",
                                 "model", "report.html", "run.json", "ckpt-00000009", "ckpt-00000010"};
  expected.insert(best.substr(0, best.find('\n')));
  EXPECT_EQ(names_in(folder_ / "run"), std::vector<std::string>(expected.begin(), expected.end()));
  EXPECT_THAT(best, testing::AnyOf("ckpt-00000005\n", "ckpt-00000010\n"));
}

TEST_F(Resume, TheBestIsSavedWhereverItFalls) {
  ASSERT_EQ(
      train_in("run", "--epochs 4 --save-every 1000 --best-metric accuracy --learning-rate=0.01").exit_code,
      2);
  ASSERT_EQ(train_in("run", "--epochs 4 --save-every 1000").exit_code, 0);
  double best = -1;
  int64_t step = 0;
  for (const Json& event : events("run", "eval")) {
    const bool counts = event.get_string("split", "") == "validation" && event.get_int("epoch", 0) > 0;
    if (!counts || event.get_number("accuracy", 0) <= best) continue;
    best = event.get_number("accuracy", 0);
    step = event.get_int("step", 0);
  }
  EXPECT_EQ(slurp(folder_ / "run/best"), Checkpoints::name(step) + "\n");
  EXPECT_TRUE(fs::exists(folder_ / "run" / Checkpoints::name(step) / "manifest.json"));
}

TEST_F(Resume, ADiskWithoutRoomIsNoticedBeforeTraining) {
  const auto result = train_in("run", "--epochs 1", fault_environment("statvfs / 1 0"));
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("run: the next checkpoint takes 2 MB, the disk has 0 MB free"));
  EXPECT_FALSE(fs::exists(folder_ / "run")) << "the same command works once there is room";
}

TEST_F(Resume, OnlyOneProcessWrites) {
  ASSERT_EQ(train_in("run", "--epochs 1").exit_code, 0);
  const FolderLock lock(folder_ / "run");
  expect_failure(train_in("run", "--epochs 2 --resume"), 1,
                 "process " + std::to_string(::getpid()) + " is writing to this folder");
}

// Kills a run at 50 random moments, whatever it is doing. The length of a run is measured, and when a process
// was killed before it made progress the next one gets more time: a slow machine finishes, too.
TEST_F(Resume, FiftyKillsChangeNoBit) {
  const std::string options = "--epochs 6 --save-every 2 --best-metric loss";
  const auto began = std::chrono::steady_clock::now();
  ASSERT_EQ(train_in("straight", options).exit_code, 0);
  const std::chrono::duration<double> whole = std::chrono::steady_clock::now() - began;
  const std::string expected = outcome("straight");
  std::mt19937 random(20240501);
  int kills = 0, runs = 0;
  while (kills < 50) {
    fs::remove_all(folder_ / "run");
    ++runs;
    double patience = 0.4 * whole.count();
    std::string reached;
    for (bool begun = false, over = false; !over;) {
      std::uniform_real_distribution<double> moment(0.01 * patience, patience);
      const std::string timeout = "timeout -s KILL " + std::to_string(moment(random));
      const auto result = train_in(
          "run", options + (begun ? " --resume" : "") + (kills % 2 == 0 ? " --threads 1" : ""), timeout);
      over = result.exit_code == 0;
      if (over) break;
      ASSERT_TRUE(killed(result)) << result.exit_code << result.err;
      ++kills;
      begun = fs::exists(folder_ / "run/latest");
      if (begun) expect_sound("run", 2);
      const std::string latest = begun ? slurp(folder_ / "run/latest") : "";
      if (latest == reached) patience *= 1.2;
      reached = latest;
      if (!begun) fs::remove_all(folder_ / "run");  // nothing to go on from yet
    }
    EXPECT_EQ(outcome("run"), expected) << "after " << kills << " kills";
    expect_nothing_half_done("run");
  }
  RecordProperty("kills", kills);
  RecordProperty("runs", runs);
}

// Makes every system call of a save fail once, in every way, in a run that already has a checkpoint.
class FaultyDisk : public Resume, public testing::WithParamInterface<std::string> {
 protected:
  static constexpr const char* kOptions = "--epochs 1 --best-metric loss";

  FaultyDisk() {
    EXPECT_EQ(train_in("begun", std::string(kOptions) + " --max-steps 2").exit_code, 0);
    EXPECT_EQ(train_in("straight", std::string(kOptions) + " --max-steps 3").exit_code, 0);
    expected_ = outcome("straight");
  }

  // Resumes with a fault at the n-th call; false when there are fewer calls.
  bool try_fault(const std::string& call, int n, const std::string& fault) {
    fs::remove_all(folder_ / "run");
    fs::copy(folder_ / "begun", folder_ / "run", fs::copy_options::recursive);
    fs::remove(folder_ / "mark");
    const std::string more = std::string(kOptions) + " --max-steps 3 --resume";
    const auto result =
        train_in("run", more, fault_environment(call + " run " + std::to_string(n) + " " + fault));
    if (!fs::exists(folder_ / "mark")) return false;
    SCOPED_TRACE(call + " " + std::to_string(n) + " " + fault);
    check(result, fault, call == "close");  // close() may fail once the data are on the disk
    expect_sound("run", 2);
    const auto repaired = train_in("run", more);
    EXPECT_EQ(repaired.exit_code, 0) << repaired.err;
    EXPECT_EQ(outcome("run"), expected_);
    expect_nothing_half_done("run");
    return !HasFailure();
  }

  static void check(const ProcessResult& result, const std::string& fault, bool may_pass) {
    if (fault == "kill") {
      EXPECT_TRUE(killed(result)) << result.err;
    } else if (fault == "short" || std::stoi(fault) == EINTR) {
      EXPECT_EQ(result.exit_code, 0) << result.err;
    } else if (!may_pass || result.exit_code != 0) {
      EXPECT_EQ(result.exit_code, 1) << result.err;
      EXPECT_THAT(result.err, HasSubstr(std::strerror(std::stoi(fault))));
      EXPECT_THAT(result.err, HasSubstr(": run"));
    }
  }

  std::string expected_;
};

TEST_P(FaultyDisk, NeverLosesTheCheckpointBefore) {
  const std::string fault = GetParam();
  for (const std::string call : {"write", "fsync", "close", "rename", "open", "mkdir"}) {
    if (fault == "short" && call != "write") continue;
    if (fault == std::to_string(EINTR) && call == "mkdir") continue;  // mkdir has no such error
    int n = 1;
    // A file of tensors is written by a call for each tensor; only some of these calls are tried.
    while (try_fault(call, n, fault)) n += call == "write" && n > 8 ? 7 : 1;
    EXPECT_GT(n, 1) << call;
  }
}

INSTANTIATE_TEST_SUITE_P(Faults, FaultyDisk,
                         testing::Values(std::to_string(EIO), std::to_string(ENOSPC), std::to_string(EINTR),
                                         "short", "kill"));

}  // namespace
}  // namespace hone::test
