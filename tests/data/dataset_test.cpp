#include <hone/data/sets/dataset.h>

#include <gmock/gmock.h>

#include "tests/data/temporary_folder.h"

namespace hone {
namespace {

using test::failure_of;
using test::ScopedVariable;
using test::TemporaryFolder;
using testing::HasSubstr;

const std::string kRows = "sentence\tlabel\na\t1\nb\t0\n";

TEST(Dataset, IsFoundInItsFolderAndInItsParents) {
  const TemporaryFolder folder;
  for (const char* name : {"train.tsv", "dev.tsv"})
    folder.write(std::filesystem::path("glue/SST-2") / name, kRows);
  for (const char* name : {"train.tsv", "validation.tsv"})
    folder.write(std::filesystem::path("sst") / name, kRows);
  for (const char* place : {".", "glue", "glue/SST-2"}) {
    EXPECT_EQ(load_dataset(DatasetKind::glue_sst2, folder / place).train.rows.size(), 2u) << place;
  }
  for (const char* place : {".", "sst"}) {
    EXPECT_EQ(load_dataset(DatasetKind::sst, folder / place).train.rows.size(), 2u) << place;
  }
}

TEST(Dataset, AMissingOneIsNamedWithItsAddress) {
  const TemporaryFolder folder;
  for (const auto& place : {folder.path(), folder / "none"}) {
    const auto failure = failure_of([&] { load_dataset(DatasetKind::qqp, place); });
    EXPECT_EQ(failure.kind, ErrorKind::data);
    EXPECT_THAT(failure.message, HasSubstr((place / "glue/QQP/train.tsv").string()));
    EXPECT_THAT(failure.message, HasSubstr("QQP-clean.zip"));
  }
}

TEST(Dataset, TheDefaultFolderFollowsTheEnvironment) {
  const ScopedVariable home("HOME", "/h");
  const ScopedVariable cache("XDG_CACHE_HOME", nullptr);
  const ScopedVariable data("HONE_DATA", nullptr);
  EXPECT_EQ(default_data_dir(), "/h/.cache/hone/data");
  const ScopedVariable with_cache("XDG_CACHE_HOME", "/c");
  EXPECT_EQ(default_data_dir(), "/c/hone/data");
  const ScopedVariable with_data("HONE_DATA", "/d");
  EXPECT_EQ(default_data_dir(), "/d");
}

TEST(Dataset, WithoutAnyVariableTheErrorSaysWhatToSet) {
  const ScopedVariable home("HOME", nullptr), cache("XDG_CACHE_HOME", nullptr), data("HONE_DATA", nullptr);
  const auto failure = failure_of([] { default_data_dir(); });
  EXPECT_EQ(failure.kind, ErrorKind::data);
  EXPECT_THAT(failure.message, HasSubstr("HONE_DATA or HOME"));
}

}  // namespace
}  // namespace hone
