// Tests of what is known for a run's folder, and that nothing in another one is changed.
#include "apps/run/run_entries.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "tests/apps/programs.h"

namespace hone::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr const char* kRecord = R"({"program":"sst2","settings":{}})";
constexpr const char* kMetrics = "{\"event\":\"start\"}\n";

TEST(RequireRun, KnowsWhatARunLeaves) {
  const TemporaryFolder root;
  root.write("recorded/run.json", kRecord);
  root.write("measured/metrics.jsonl", kMetrics);
  root.write("torn/metrics.jsonl", "{\"ev");
  root.write("locked/lock", "");
  root.write("held/lock", "4711");
  root.write("created/lock", "4711");
  root.write("created/metrics.jsonl", "");
  root.write("killed/lock", "4711");
  root.write("killed/.run.json.tmp-4711-0", "{");
  for (const char* name : {"recorded", "measured", "torn", "locked", "held", "created", "killed"})
    EXPECT_NO_THROW(require_run(root / name)) << name;
}

TEST(RequireRun, RefusesWhatIsNotOurs) {
  const TemporaryFolder root;
  fs::create_directory(root / "empty");
  root.write("project/lock", "");
  root.write("project/main.c", "");
  root.write("lock/lock", "my diary\n");
  root.write("npm/lock", "{\"name\":1}");
  root.write("record/run.json", "{\"name\":\"mine\"}");
  root.write("numbers/metrics.jsonl", "step,loss\n");
  root.write("both/run.json", kRecord);
  root.write("both/metrics.jsonl", "step,loss\n");
  for (const char* name : {"empty", "project", "lock", "npm", "record", "numbers", "both"}) {
    const auto failure = failure_of([&] { require_run(root / name); });
    EXPECT_EQ(failure.kind, ErrorKind::run) << name;
    EXPECT_THAT(failure.message, HasSubstr((root / name).string()));
  }
  root.write("several/seed-42/run.json", kRecord);
  EXPECT_EQ(failure_of([&] { require_run(root / "several"); }).kind, ErrorKind::usage);
  EXPECT_NO_THROW(require_runs(root / "several"));
  EXPECT_NO_THROW(require_runs(root / "empty"));
  EXPECT_THAT(failure_of([&] { require_runs(root / "project"); }).message, HasSubstr("no run of hone's"));
}

// A run's folder in which one entry was replaced by something that is not ours.
class ForeignEntry : public Programs, public testing::WithParamInterface<std::string> {
 protected:
  ForeignEntry() {
    EXPECT_EQ(train("sst2", "run", "--epochs 1 --max-steps 2 --quiet").exit_code, 0);
    folder_.write("mine/file", "precious\n");
    folder_.write("mine/folder/model.safetensors", "precious\n");
    folder_.write("mine/folder/manifest.json", "precious\n");
  }

  // Expects that --resume is refused with one line, that nothing of ours or of others is changed by it.
  void expect_refused(const fs::path& entry) const {
    // A damaged record is a bad value of --output, from which settings are read first.
    const int code = entry.filename() == "run.json" ? 2 : 1;
    const std::vector<std::string> before = names_in(folder_ / "run");
    const auto refused = train("sst2", "run", "--epochs 1 --max-steps 4 --quiet --resume");
    expect_failure(refused, code, entry.filename().string());
    EXPECT_EQ(names_in(folder_ / "run"), before);
    EXPECT_EQ(slurp(folder_ / "mine/file"), "precious\n");
    EXPECT_EQ(slurp(folder_ / "mine/folder/model.safetensors"), "precious\n");
    EXPECT_EQ(slurp(folder_ / "mine/folder/manifest.json"), "precious\n");
  }
};

TEST_P(ForeignEntry, IsRefusedAndLeftAlone) {
  const fs::path entry = folder_ / "run" / GetParam();
  const bool is_folder = GetParam() == "model" || GetParam().starts_with("ckpt-");
  fs::remove_all(entry);
  fs::create_symlink(folder_ / (is_folder ? "mine/folder" : "mine/file"), entry);
  expect_refused(entry);
  fs::remove(entry);
  fs::create_symlink(folder_ / "nowhere", entry);
  expect_refused(entry);
  EXPECT_FALSE(fs::exists(folder_ / "nowhere"));
  fs::remove(entry);
  ASSERT_EQ(::mkfifo(entry.c_str(), 0600), 0);
  expect_refused(entry);
  fs::remove(entry);
  if (is_folder) {
    folder_.write(fs::path("run") / GetParam(), "precious");
  } else {
    fs::create_directory(entry);
  }
  expect_refused(entry);
}

INSTANTIATE_TEST_SUITE_P(Entries, ForeignEntry,
                         testing::Values("lock", "run.json", "metrics.jsonl", "metrics.csv", "report.html",
                                         "latest", "best", "model", "ckpt-00000002", "ckpt-00000001"));

TEST_F(ForeignEntry, ALinkBesideALoneRecordIsNotWrittenThrough) {
  for (const std::string& name : names_in(folder_ / "run"))
    if (name != "run.json") fs::remove_all(folder_ / "run" / name);
  fs::create_symlink(folder_ / "mine/file", folder_ / "run/metrics.jsonl");
  expect_refused(folder_ / "run/metrics.jsonl");
}

TEST_F(ForeignEntry, AFileWithASecondNameIsNotWritten) {
  for (const char* name : {"lock", "metrics.jsonl"}) {
    fs::create_hard_link(folder_ / "run" / name, folder_ / "mine/second");
    const std::string before = slurp(folder_ / "mine/second");
    expect_failure(train("sst2", "run", "--epochs 1 --max-steps 4 --quiet --resume"), 1, name);
    EXPECT_EQ(slurp(folder_ / "mine/second"), before);
    fs::remove(folder_ / "mine/second");
  }
}

TEST_F(ForeignEntry, FilesOfACheckpointAreNotLinks) {
  const fs::path here = folder_ / "run/ckpt-00000002";
  for (const char* name : {"model.safetensors", "optimizer.safetensors", "state.json", "manifest.json"}) {
    fs::rename(here / name, folder_ / "mine/moved");
    fs::create_symlink(folder_ / "mine/moved", here / name);
    expect_failure(train("sst2", "run", "--epochs 1 --max-steps 4 --quiet --resume"), 1, name);
    fs::remove(here / name);
    fs::rename(folder_ / "mine/moved", here / name);
  }
}

TEST_F(ForeignEntry, AFolderReachedByALinkIsFine) {
  fs::create_symlink(folder_ / "run", folder_ / "link");
  const auto resumed = train("sst2", "link", "--epochs 1 --max-steps 4 --quiet --resume");
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
}

}  // namespace
}  // namespace hone::test
