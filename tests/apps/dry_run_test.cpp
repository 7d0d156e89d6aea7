// Tests of --dry-run: its output, and that it leaves no files behind.
#include "tests/apps/programs.h"

namespace hone::test {
namespace {

using testing::HasSubstr;

class DryRun : public Programs {
 protected:
  Json sizes(const std::string& options, int64_t batch_size = 8) const {
    const auto result =
        run("sst2", "--model base --data data --learning-rate 1e-3 --dry-run --log json --batch-size " +
                        std::to_string(batch_size) + " " + options);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return parse_json(result.out.substr(0, result.out.find('\n')), "stdout");
  }
  int64_t bytes(const std::string& part, const std::string& options = "", int64_t batch_size = 8) const {
    return sizes(options, batch_size).at("memory_bytes").get_int(part, -1);
  }
};

TEST_F(DryRun, ShowsFiguresAndWritesNothing) {
  const auto before = names_in(folder_.path());
  for (const char* name : {"sst2", "qqp"}) {
    const auto result = train(name, "run", "--dry-run --runs 2");
    EXPECT_EQ(result.exit_code, 0) << result.err;
    for (const char* text : {"train ", "validation ", "longest row", "schedule ", "learning rate 0.001",
                             "weights ", "gradients ", "moments ", "activations ", "total "}) {
      EXPECT_THAT(result.out, HasSubstr(text)) << name;
    }
  }
  EXPECT_EQ(run("sst2", "--model base --data data --dry-run").exit_code, 0);
  EXPECT_EQ(names_in(folder_.path()), before);
  expect_failure(train("sst2", "run", "--dry-run --resume"), 2, "drop --resume");
}

TEST_F(DryRun, FiguresAreThoseOfTheRun) {
  const std::string plan = "--preset hf-trainer --epochs 2 --warmup 3 ";
  const Json dry = sizes(plan);
  ASSERT_EQ(train("sst2", "real", plan).exit_code, 0);
  const auto steps = events("real", "step");
  EXPECT_EQ(dry.get_int("steps", 0), static_cast<int64_t>(steps.size()));
  EXPECT_EQ(dry.get_int("warmup", 0), 3);
  EXPECT_EQ(dry.get_number("first_learning_rate", -1), steps.front().get_number("learning_rate", -2));
  EXPECT_EQ(dry.get_number("last_learning_rate", -1), steps.back().get_number("learning_rate", -2));
  int64_t tokens = 0;
  for (const Json& step : steps) tokens += step.get_int("tokens", 0);
  EXPECT_EQ(2 * dry.at("train").get_int("tokens", 0), tokens);
  EXPECT_EQ(dry.at("train").get_int("rows", 0), 40);
}

TEST_F(DryRun, MemoryFollowsTheSettings) {
  const int64_t weights = bytes("weights");
  EXPECT_EQ(bytes("gradients"), weights);
  EXPECT_EQ(bytes("moments"), 2 * weights);
  EXPECT_EQ(bytes("shadows"), 0);
  const int64_t matrices = 3 * 16 * 16 + 16 * 16 + 2 * 16 * 32;  // in each of two layers
  EXPECT_EQ(bytes("shadows", "--dtype bf16"), 2 * 2 * matrices);
  EXPECT_LT(bytes("activations", "--dtype bf16"), bytes("activations"));
  EXPECT_LT(bytes("activations", "--recompute"), bytes("activations"));
  EXPECT_GT(bytes("activations", "", 32), 2 * bytes("activations"));
  EXPECT_GT(bytes("total", "", 40), bytes("total", "", 1));
}

}  // namespace
}  // namespace hone::test
