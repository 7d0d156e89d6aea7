// A run folder without a model is refused with advice before anything looks for files in it.
#include "apps/run/unfinished_run.h"

#include <gmock/gmock.h>

#include "tests/data/temporary_folder.h"

namespace hone::test {
namespace {

using testing::HasSubstr;

TEST(UnfinishedRun, IsRefusedWithAdvice) {
  const TemporaryFolder root;
  root.write("run/run.json", "{}");
  const std::string run = (root / "run").string();
  const auto unfinished = failure_of([&] { not_unfinished_run(run); });
  EXPECT_EQ(unfinished.kind, ErrorKind::model);
  EXPECT_THAT(unfinished.message, HasSubstr("go on with it by --resume"));
  root.write("runs/seed-43/model/config.json", "x");
  root.write("runs/seed-42/model/config.json", "x");
  EXPECT_THAT(failure_of([&] { not_unfinished_run((root / "runs").string()); }).message,
              HasSubstr("for example " + (root / "runs/seed-42").string()));
}

TEST(UnfinishedRun, EverythingElsePasses) {
  const TemporaryFolder root;
  root.write("run/run.json", "{}");
  root.write("run/model/config.json", "x");
  root.write("model/config.json", "x");
  for (const std::string& name :
       {(root / "run").string(), (root / "model").string(), std::string("distilbert-base-uncased")}) {
    EXPECT_EQ(not_unfinished_run(name), name);
  }
}

}  // namespace
}  // namespace hone::test
