#include "data/sets/own_files.h"

#include <gmock/gmock.h>

#include "data/sets/label_rule.h"
#include "tests/data/temporary_folder.h"

namespace hone {
namespace {

using test::failure_of;
using test::TemporaryFolder;
using testing::ElementsAre;
using testing::HasSubstr;

class OwnFilesTest : public testing::Test {
 protected:
  // The data with the labels of a new head.
  Dataset load(const OwnFormat& format = {}) {
    Dataset data = load_own_files({folder_ / "train.csv", folder_ / "dev.csv", test_, format});
    settle_labels(data);
    return data;
  }
  // One file, for a classifier with these labels.
  static Split load_for(const std::filesystem::path& path, const std::vector<std::string>& names) {
    Dataset data = load_own_split(path, "test", {});
    adopt_labels(data, names);
    return data.validation;
  }
  static Split load_one(const std::filesystem::path& path, const OwnFormat& format = {}) {
    return load_own_split(path, "train", format).validation;
  }
  std::string refusal(const std::string& train, const std::string& dev = kDev, const OwnFormat& format = {}) {
    folder_.write("train.csv", train);
    folder_.write("dev.csv", dev);
    const auto failure = failure_of([&] { load(format); });
    EXPECT_EQ(failure.kind, ErrorKind::data);
    return failure.message;
  }
  static constexpr const char* kTrain =
      "id,sentence,label\n1,\"good, really\",yes\n2,bad,no\n3,so so,maybe\n4,,no\n";
  static constexpr const char* kDev = "sentence,label,id\nx,no,9\n";
  TemporaryFolder folder_;
  std::optional<std::filesystem::path> test_;
};

TEST_F(OwnFilesTest, LabelsAreNamesOfAnyNumber) {
  folder_.write("train.csv", kTrain);
  folder_.write("dev.csv", kDev);
  test_ = folder_.write("test.jsonl", "{\"sentence\": \"y\"}\n");
  const Dataset data = load();
  EXPECT_THAT(data.label_names, ElementsAre("maybe", "no", "yes"));
  EXPECT_EQ(data.train.rows[0], (Example{"good, really", "", 2}));
  EXPECT_THAT(data.train.label_counts, ElementsAre(1, 2, 1));
  EXPECT_EQ(data.train.empty_texts, 1);
  EXPECT_EQ(data.validation.rows[0], (Example{"x", "", 1})) << "columns are found by name in each file";
  EXPECT_FALSE(data.test->labelled);
  EXPECT_EQ(data.test->rows[0].label, -1);
  EXPECT_THAT(data.notes[0], HasSubstr("train.csv: text from \"sentence\", label from \"label\""));
  EXPECT_THAT(data.notes[2], HasSubstr("no labels"));
}

TEST_F(OwnFilesTest, NumbersStandInTheirOrder) {
  folder_.write("train.csv", "sentence,label\na,10.0\nb,9.0\nc,-2\nd,x\n");
  folder_.write("dev.csv", "sentence,label\na,9\n");
  EXPECT_THAT(load().label_names, ElementsAre("-2", "9.0", "10.0", "x"));
}

TEST_F(OwnFilesTest, ColumnsCanBeNamed) {
  folder_.write("train.csv", "q,p,gold\nhow,why,1\nwho,what,0\n");
  folder_.write("dev.csv", "gold,p,q\n1,b,a\n");
  const Dataset data = load({.text_columns = {"q", "p"}, .label_column = "gold"});
  EXPECT_TRUE(data.train.pairs);
  EXPECT_EQ(data.train.rows[0], (Example{"how", "why", 1}));
  EXPECT_EQ(data.validation.rows[0], (Example{"a", "b", 1}));
  folder_.write("train.csv", "question1,question2,is_duplicate\nhow,why,1\nwho,what,0\n");
  folder_.write("dev.csv", "question1,question2,is_duplicate\nhow,why,1\n");
  EXPECT_TRUE(load().train.pairs);
}

TEST_F(OwnFilesTest, ModelLabelsAndTheirNumbersAreTaken) {
  const auto path = folder_.write("x.tsv", "sentence\tlabel\na\tpositive\nb\t0\n");
  const std::vector<std::string> names{"negative", "positive"};
  const Split split = load_for(path, names);
  EXPECT_EQ(split.rows[0].label, 1);
  EXPECT_EQ(split.rows[1].label, 0);
  folder_.write("x.tsv", "sentence\tlabel\na\tneutral\nb\t2\n");
  const auto failure = failure_of([&] { load_for(path, names); });
  EXPECT_THAT(failure.message, HasSubstr("line 2: label is \"neutral\" (1 rows); "));
  EXPECT_THAT(failure.message,
              HasSubstr("line 3: label is \"2\" (1 rows), expected one of \"negative\", \"positive\""));
}

TEST_F(OwnFilesTest, QuorasOwnFileDropsRowsWithoutLabel) {
  const auto path =
      folder_.write("quora_duplicate_questions.tsv",
                    "\"id\"\t\"qid1\"\t\"qid2\"\t\"question1\"\t\"question2\"\t\"is_duplicate\"\n"
                    "\"0\"\t\"1\"\t\"2\"\t\"What is a \"\"tab\t\"\"?\"\t\"Why\n?\"\t\"0\"\n"
                    "\"1\"\t\"3\"\t\"4\"\t\"a\"\t\"b\"\t\"1\"\n\"2\"\t\"3\"\t\"4\"\t\"a\"\n");
  const Split split = load_one(path, {.format = RecordFormat::quora});
  ASSERT_EQ(split.rows.size(), 2u);
  EXPECT_EQ(split.rows[0], (Example{"What is a \"tab\t\"?", "Why\n?", 0}));
  EXPECT_EQ(split.dropped, 1);
}

TEST_F(OwnFilesTest, NumbersThatNameLabelsAreNoPlaces) {
  const auto path = folder_.write("dev.csv", "sentence,label\nx,0\n");
  EXPECT_THAT(failure_of([&] {
                load_for(path, {"1", "2"});
              }).message,
              HasSubstr("dev.csv: line 2: label is \"0\" (1 rows), expected one of \"1\", \"2\""));
  folder_.write("train.csv", "sentence,label\na,1\nb,2\n");
  EXPECT_THAT(load().label_names, ElementsAre("0", "1", "2")) << "a label of its own, not the first";
  folder_.write("dev.csv", "sentence,label\nx,1\n");
  EXPECT_EQ(load_for(path, {"1.0", "2.0"}).rows[0].label, 0) << "the same number";
}

TEST_F(OwnFilesTest, PairsAndSingleTextsDoNotMix) {
  EXPECT_THAT(refusal("question1,question2,is_duplicate\na,b,1\nc,d,0\n", "sentence,label\nx,1\n"),
              HasSubstr("dev.csv: single texts, but "));
}

TEST_F(OwnFilesTest, OnlyTheChosenMembersOfJsonMatter) {
  const auto path = folder_.write(
      "x.jsonl", "{\"sentence\":\"good\",\"label\":1,\"note\":null}\n{\"sentence\":\"bad\",\"label\":0}\n");
  EXPECT_EQ(load_for(path, {"0", "1"}).rows[1], (Example{"bad", "", 0}));
  folder_.write("x.jsonl",
                "{\"sentence\":\"good\",\"label\":1}\n{\"sentence\":[],\"label\":0}\n{\"sentence\":\"x\"}\n"
                "{\"sentence\":\"x\",\"label\":[1]}\n");
  const auto failure = failure_of([&] { load_one(path); });
  EXPECT_THAT(failure.message,
              HasSubstr("line 2: member \"sentence\" is an array, expected a text or a number"));
  EXPECT_THAT(failure.message, HasSubstr("line 4: member \"label\" is an array"))
      << "a row without a label is skipped";
  folder_.write(
      "x.jsonl",
      "{\"sentence\":\"a\",\"label\":1}\n{\"sentence\":\"b\",\"label\":null}\n{\"sentence\":\"c\"}\n");
  EXPECT_EQ(load_for(path, {"0", "1"}).unlabelled, 2);
}

TEST_F(OwnFilesTest, JsonWhoseLabelsAreAllNullHasNone) {
  folder_.write("train.csv", kTrain);
  folder_.write("dev.csv", kDev);
  test_ = folder_.write("test.jsonl", "{\"sentence\": \"y\", \"label\": null}\n{\"sentence\": \"z\"}\n");
  const Dataset data = load();
  EXPECT_FALSE(data.test->labelled);
  EXPECT_EQ(data.test->rows.size(), 2u);
}

TEST_F(OwnFilesTest, LinesThatLackThousandsOfMembersAreRefused) {
  std::string text = "{\"sentence\":\"a\",\"label\":1";
  for (int i = 0; i < 5000; ++i) text += ",\"" + std::to_string(i) + "\":1";
  text += "}\n";
  for (int i = 0; i < 500; ++i) text += "{}\n";
  const auto path = folder_.write("x.jsonl", text);
  EXPECT_THAT(failure_of([&] { load_one(path); }).message, HasSubstr("most lines lack most members"));
}

TEST_F(OwnFilesTest, ThousandsOfColumnsGiveAShortMessage) {
  std::string header = "a";
  for (int i = 0; i < 5000; ++i) header += ",a";
  EXPECT_LT(refusal(header + "\n").size(), 400u);
  EXPECT_LT(refusal(header + "\n", kDev, {.text_columns = {"tweet"}}).size(), 400u);
}

TEST_F(OwnFilesTest, ALabelColumnThatIsNoneIsRefused) {
  std::string train = "sentence,label\n";
  for (int i = 0; i <= 100'000; ++i) train += "x,l" + std::to_string(i) + "\n";
  EXPECT_THAT(refusal(train), HasSubstr("line 100002: column \"label\" has more than 100000 labels"));
}

TEST_F(OwnFilesTest, TheRowsOfASampleAreCountedAnew) {
  const auto path = folder_.write("x.csv", "sentence,label\na,1\n,0\nb,0\n");
  Split split = load_for(path, {"0", "1"});
  keep_rows(split, {0, 1, 2});
  EXPECT_EQ(split.rows.size(), 3u);
  EXPECT_EQ(split.empty_texts, 1);
  keep_rows(split, {0});
  EXPECT_EQ(split.rows.size(), 1u);
  EXPECT_THAT(split.label_counts, ElementsAre(0, 1));
  EXPECT_EQ(split.empty_texts, 0);
  folder_.write("train.csv", "sentence,label\na,1\n,0\nb,0\n");
  folder_.write("dev.csv", kDev);
  test_ = folder_.write("x.csv", "sentence\na\nb\n");
  Split unlabelled = *load().test;
  keep_rows(unlabelled, {1});
  EXPECT_EQ(unlabelled.rows.size(), 1u);
  EXPECT_THAT(unlabelled.label_counts, ElementsAre(0, 0, 0));
}

TEST_F(OwnFilesTest, WhatIsWrongIsNamed) {
  EXPECT_THAT(refusal("text,label\na,b\n"), HasSubstr("train.csv: no column \"sentence\""));
  EXPECT_THAT(refusal("sentence,gold\na,b\n"), HasSubstr("name the labels with label_column"));
  EXPECT_THAT(refusal(kTrain, "sentence\nx\n"), HasSubstr("dev.csv: no column \"label\""));
  EXPECT_THAT(refusal(kTrain, kDev, {.text_columns = {"tweet"}}),
              HasSubstr("no column \"tweet\"; it has \"id\""));
  EXPECT_THAT(refusal("sentence,label\na,1\nb,1\n"), HasSubstr("only the label \"1\""));
  EXPECT_THAT(refusal("sentence,label\na,1\nb\nc,2\nd,\n"), HasSubstr("line 3: 1 fields, the header has 2"));
  EXPECT_THAT(refusal(kTrain, "sentence,label\n"), HasSubstr("no rows left"));
  EXPECT_THAT(refusal("sentence,label\n"), HasSubstr("no rows left"));
  EXPECT_THAT(refusal("sentence,label\na,x,1\nc,y\n"), HasSubstr("line 2: 3 fields, the header has 2"));
  EXPECT_THAT(refusal("sentence,label\na, b,1\nc,0\n"),
              HasSubstr("the header has 2; a field that holds \",\" must stand in quotes"));
}

TEST_F(OwnFilesTest, InvalidUtf8IsReplacedOnDemand) {
  EXPECT_THAT(refusal("sentence,label\n\xFFx,1\nb,2\n"), HasSubstr("take encoding_errors replace"));
  folder_.write("dev.csv", "sentence,label\nx,1\n");
  const Dataset data = load({.encoding_errors = EncodingErrors::replace});
  EXPECT_EQ(data.train.rows[0].a, "\xEF\xBF\xBDx");
  EXPECT_EQ(data.train.replaced, 1);
  EXPECT_THAT(describe(data.train, data.label_names), HasSubstr("1 invalid UTF-8 sequences replaced"));
}

}  // namespace
}  // namespace hone
