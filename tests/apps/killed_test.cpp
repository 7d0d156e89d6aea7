// Every state that a run's folder can be left in is gone on from or begins again; one that contradicts itself
// is refused.
#include <algorithm>
#include <regex>

#include "tests/apps/resume.h"

namespace hone::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// Kills a run at each system call on its files, from the first mkdir on. What is left is gone on from, or
// begins again where the program says so, and ends in the same bits.
class KilledAnywhere : public Resume {
 protected:
  // Ends the run after a kill at the n-th call; false when there are fewer calls.
  bool end_after_kill(const std::string& options, int n) {
    fs::remove_all(folder_ / "walked");
    fs::remove(folder_ / "mark");
    SCOPED_TRACE("call " + std::to_string(n));
    const auto first =
        train_in("walked", options, fault_environment("any walked " + std::to_string(n) + " kill"));
    if (!fs::exists(folder_ / "mark")) return false;
    EXPECT_TRUE(killed(first)) << first.err;
    auto ended = train_in("walked", options + " --resume");
    if (ended.err.find("start the run without --resume") != std::string::npos)
      ended = train_in("walked", options);
    EXPECT_EQ(ended.exit_code, 0) << ended.err;
    expect_nothing_half_done("walked");
    return !HasFailure();
  }
};

TEST_F(KilledAnywhere, ARunEndsInTheSameBits) {
  const std::string options = "--epochs 1 --max-steps 2 --save-every 1 --best-metric loss";
  ASSERT_EQ(train_in("straight", options).exit_code, 0);
  int n = 1;
  for (; end_after_kill(options, n); ++n) EXPECT_EQ(outcome("walked"), outcome("straight")) << n;
  EXPECT_GT(n, 60);
}

TEST_F(KilledAnywhere, ASeriesOfRunsEndsInTheSameBits) {
  const std::string options = "--epochs 1 --max-steps 1 --runs 2";
  ASSERT_EQ(train_in("straight", options).exit_code, 0);
  int n = 1;
  for (; end_after_kill(options, n); n += n < 12 ? 1 : 5) {
    for (const std::string seed : {"/seed-42", "/seed-43"})
      EXPECT_EQ(outcome("walked" + seed), outcome("straight" + seed)) << n;
  }
  EXPECT_GT(n, 60);
}

TEST_F(Resume, AFailedCallBeforeTheFirstStepIsNoDeadEnd) {
  for (const std::string fault : {"lock run/lock 1 37", "open run/lock 1 28", "open run/metrics 1 28",
                                  "pwrite run/lock 1 28", "truncate run/lock 1 5", "write metrics 1 28"}) {
    for (const std::string runs : {"", " --runs 2"}) {
      SCOPED_TRACE(fault + runs);
      const std::string options = "--epochs 1 --max-steps 1" + runs;
      auto plan = fault;
      if (const size_t at = plan.find("run/"); at != std::string::npos && !runs.empty())
        plan.replace(at, 4, "seed-42/");
      const auto first = train_in("run", options, fault_environment(plan));
      EXPECT_TRUE(fs::exists(folder_ / "mark"));
      if (first.exit_code != 0) {
        EXPECT_EQ(first.exit_code, 1) << first.err;
        auto again = train_in("run", options);
        if (again.exit_code == 2) again = train_in("run", options + " --resume");
        EXPECT_EQ(again.exit_code, 0) << again.err;
      }
      fs::remove_all(folder_ / "run");
      fs::remove(folder_ / "mark");
    }
  }
}

// Changes one field of a sound checkpoint's state and makes the manifest right again.
TEST_F(Resume, AStateThatContradictsItselfIsRefused) {
  ASSERT_EQ(train_in("run", "--epochs 2 --max-steps 7").exit_code, 0);
  const fs::path here = folder_ / "run/ckpt-00000007";
  const std::string state = slurp(here / "state.json"), manifest = slurp(here / "manifest.json");
  const auto field = [&](const std::string& name, const std::string& value) {
    return std::regex_replace(state, std::regex("\"" + name + "\": [-+.e0-9]+"),
                              "\"" + name + "\": " + value);
  };
  const std::string least = "-9223372036854775808", most = "9223372036854775807", digits(2000, '7');
  for (const auto& [name, values] : std::vector<std::pair<std::string, std::vector<std::string>>>{
           {"step", {least, "-1", "6", "8", most, digits}},
           {"schedule_step", {least, "6", "8", most}},
           {"epoch", {least, "-1", "0", "1", "3", most}},
           {"next_row", {least, "0", "15", "8", "40", "41", most}},
           {"skipped_steps", {least, "1", "8", most}},
           {"skipped_in_a_row", {least, "1", most}},
           {"without_improvement", {least, "-1", "3", most}},
           {"metrics_bytes", {least, "-1", "0", most}},
           {"seconds", {"-1", "-1e300"}},
           {"loss_scale", {"0", "2"}},
           {"seed", {least, "43", most}}}) {
    for (const std::string& value : values) {
      SCOPED_TRACE(name + " " + value);
      const std::string changed = field(name, value);
      ASSERT_NE(changed, state);
      folder_.write("run/ckpt-00000007/state.json", changed);
      std::string sums = manifest;
      sums = std::regex_replace(sums, std::regex(sha256(state)), sha256(changed));
      sums = std::regex_replace(sums, std::regex("\"size\": " + std::to_string(state.size()) + ","),
                                "\"size\": " + std::to_string(changed.size()) + ",");
      folder_.write("run/ckpt-00000007/manifest.json", sums);
      const auto refused = train_in("run", "--epochs 2 --max-steps all --resume");
      EXPECT_THAT(refused.exit_code, testing::AnyOf(1, 4)) << refused.err;
      EXPECT_THAT(refused.err, testing::AnyOf(HasSubstr("state.json"), HasSubstr("metrics.jsonl")));
      const std::string error = refused.err.substr(refused.err.find("sst2: "));  // warnings stand before it
      EXPECT_EQ(std::count(error.begin(), error.end(), '\n'), 1) << error;
      EXPECT_LT(error.size(), 300u) << error;
    }
  }
  folder_.write("run/ckpt-00000007/state.json", state);
  folder_.write("run/ckpt-00000007/manifest.json", manifest);
  EXPECT_EQ(train_in("run", "--epochs 2 --max-steps all --resume").exit_code, 0);
}

}  // namespace
}  // namespace hone::test
