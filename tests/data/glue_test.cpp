#include "data/sets/glue.h"

#include <gmock/gmock.h>

#include "tests/data/temporary_folder.h"
#include "tests/support/real_data.h"

namespace hone {
namespace {

using test::failure_of;
using test::TemporaryFolder;
using testing::HasSubstr;

const std::string kQqpHeader = "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n";
const std::string kQqpDev = kQqpHeader + "0\t1\t2\ta\tb\t1\n";

void write_qqp(const TemporaryFolder& folder, const std::string& train_rows) {
  folder.write("train.tsv", kQqpHeader + train_rows);
  folder.write("dev.tsv", kQqpDev);
}

test::Failure qqp_failure(const std::string& train_rows) {
  const TemporaryFolder folder;
  write_qqp(folder, train_rows);
  return failure_of([&] { load_glue_qqp(folder.path()); });
}

TEST(Glue, TheRealSst2HasItsCounts) {
  HONE_NEED_REAL_DATA("glue/SST-2/train.tsv");
  const auto data = load_glue_sst2(test::real_data() / "glue" / "SST-2");
  EXPECT_EQ(describe(data.train, data.label_names), "train: 67349 rows, 29780 negative, 37569 positive");
  EXPECT_EQ(describe(data.validation, data.label_names), "validation: 872 rows, 428 negative, 444 positive");
  EXPECT_EQ(describe(*data.test, data.label_names), "test: 1821 rows, unlabelled");
  EXPECT_EQ(data.test->rows.at(0).label, -1);
  EXPECT_TRUE(data.train.rows.at(0).a.ends_with(' ')) << "the trailing blank is kept";
  EXPECT_THAT(data.notes, testing::ElementsAre(HasSubstr("test.tsv has no labels")));
}

TEST(Glue, TheRealQqpHasItsCounts) {
  HONE_NEED_REAL_DATA("glue/QQP/train.tsv");
  const auto data = load_glue_qqp(test::real_data() / "glue" / "QQP");
  EXPECT_EQ(data.train.rows.size(), 45256u);
  EXPECT_EQ(data.validation.rows.size(), 9915u);
  EXPECT_EQ(data.train.dropped + data.train.extra_fields + data.validation.dropped, 0);
  EXPECT_EQ(data.train.rows.at(0).b, "What are the creepiest dreams you ever had?");
  EXPECT_THAT(data.notes, testing::ElementsAre(HasSubstr("test.tsv is missing")));
}

TEST(Glue, QqpDropsShortRowsAndKeepsEmptyQuestions) {
  const TemporaryFolder folder;
  write_qqp(
      folder,
      "0\t1\t2\t\"a\tb\"\t1\n1\t1\t2\ta\tb\n2\t1\t2\ta\tb\t\n3\t1\t2\t\tb\t0\n4\t1\t2\tc\td\t0\tmore\n");
  const auto data = load_glue_qqp(folder.path());
  ASSERT_EQ(data.train.rows.size(), 3u);
  EXPECT_EQ(data.train.rows[0].a, "\"a");
  EXPECT_EQ(data.train.rows[1].a, "");
  EXPECT_EQ(
      describe(data.train, data.label_names),
      "train: 3 rows, 2 not_duplicate, 1 duplicate, 2 dropped (too few fields or no label), 1 with fields "
      "too many, ignored, 1 empty texts");
}

TEST(Glue, QqpColumnsAreFoundByName) {
  const TemporaryFolder folder;
  folder.write("train.tsv", "is_duplicate\tquestion2\tquestion1\n1\tb\ta\n");
  folder.write("dev.tsv", kQqpDev);
  folder.write("test.tsv", "id\tquestion1\tquestion2\n0\tx\ty\n");
  const auto data = load_glue_qqp(folder.path());
  EXPECT_EQ(data.train.rows.at(0).a, "a");
  EXPECT_EQ(data.train.rows.at(0).b, "b");
  EXPECT_FALSE(data.test->labelled);
}

TEST(Glue, DamagedQqpIsRefused) {
  EXPECT_THAT(qqp_failure("0\t1\t2\ta\tb\t2\n").message,
              HasSubstr("train.tsv: line 2: label is \"2\", expected 0 or 1"));
  EXPECT_THAT(qqp_failure("0\t1\t2\ta\tb\t1.0\n").message, HasSubstr("label is \"1.0\""));
  EXPECT_THAT(qqp_failure("0\n").message, HasSubstr("no rows left for the split train (1 were dropped)"));
  EXPECT_EQ(qqp_failure("").kind, ErrorKind::data);
  const TemporaryFolder folder;
  folder.write("train.tsv", "id\tquestion1\tquestion2\n0\tx\ty\n");
  EXPECT_THAT(failure_of([&] { load_glue_qqp(folder.path()); }).message,
              HasSubstr("no column \"is_duplicate\""));
  write_qqp(folder, "0\t1\t2\ta\tb\t1\n");
  std::filesystem::remove(folder / "dev.tsv");
  const auto failure = failure_of([&] { load_glue_qqp(folder.path()); });
  EXPECT_EQ(failure.kind, ErrorKind::data);
  EXPECT_THAT(failure.message, HasSubstr("dev.tsv"));
}

TEST(Glue, RowsWithoutALabelAreSkippedAndATestSplitMayHaveNone) {
  const TemporaryFolder folder;
  folder.write("train.tsv", "sentence\tlabel\na\t1\nb\t-1\n \t\nc\t0\n");
  folder.write("dev.tsv", "sentence\tlabel\na\t1\n");
  folder.write("test.tsv", "sentence\tlabel\na\t-1\nb\t-1\n");
  const auto data = load_glue_sst2(folder.path());
  EXPECT_EQ(data.train.rows.size(), 2u);
  EXPECT_EQ(data.train.unlabelled, 2);
  EXPECT_EQ(data.train.empty_texts, 0);
  EXPECT_THAT(data.train.label_counts, testing::ElementsAre(1, 1));
  EXPECT_THAT(data.warnings, testing::ElementsAre(HasSubstr("2 rows of the train split have no label")));
  EXPECT_FALSE(data.test->labelled);
  EXPECT_EQ(data.test->rows.size(), 2u);
}

TEST(Glue, DamagedSst2IsRefused) {
  const auto message = [](const std::string& rows) {
    const TemporaryFolder folder;
    folder.write("train.tsv", "sentence\tlabel\n" + rows);
    return failure_of([&] { load_glue_sst2(folder.path()); }).message;
  };
  EXPECT_THAT(message("a\n"), HasSubstr("line 2: 1 fields, the header has 2"));
  EXPECT_THAT(message("a\t1\tx\n"), HasSubstr("line 2: 3 fields"));
  EXPECT_THAT(message("a\t\n"), HasSubstr("no rows left for the split train (1 have no label)"));
  EXPECT_THAT(message("a\t0.7\n"), HasSubstr("label is \"0.7\""));
}

}  // namespace
}  // namespace hone
