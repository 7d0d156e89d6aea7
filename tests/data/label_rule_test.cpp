// Tests of how the labels of data become those of a classifier.
#include "data/sets/label_rule.h"

#include <gmock/gmock.h>

#include "data/sets/label_index.h"
#include "data/sets/label_suspicions.h"
#include "data/sets/own_files.h"
#include "data/sets/split_builder.h"
#include "tests/data/temporary_folder.h"

namespace hone {
namespace {

using test::failure_of;
using test::TemporaryFolder;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Names = std::vector<std::string>;

TEST(LabelIndex, FindsWhatAPersonWouldFind) {
  struct Case {
    Names names;
    std::string text;
    int id;  // -1: none
  };
  const Case cases[] = {
      {{"POSITIVE", "NEGATIVE"}, "POSITIVE", 0},
      {{"POSITIVE", "NEGATIVE"}, "negative", 1},
      {{"POSITIVE", "NEGATIVE"}, " Negative\t", 1},
      {{"POSITIVE", "NEGATIVE"}, "\u00A0negative\u3000", 1},
      {{"POSITIVE", "NEGATIVE"}, "neg", -1},
      {{"POSITIVE", "NEGATIVE"}, "", -1},
      {{"POSITIVE", "NEGATIVE"}, "1", 1},
      {{"POSITIVE", "NEGATIVE"}, "0.0", 0},
      {{"POSITIVE", "NEGATIVE"}, "2", -1},
      {{"POSITIVE", "NEGATIVE"}, "-1", -1},
      {{"POSITIVE", "NEGATIVE"}, "0.5", -1},
      {{"LABEL_0", "LABEL_1"}, "1", 1},
      {{"1", "2"}, "0", -1},
      {{"1", "2"}, "1", 0},
      {{"1", "2"}, "2.0", 1},
      {{"1.0", "2.0"}, "1", 0},
      {{"0", "x"}, "1", -1},
      {{"Yes", "yes", "no"}, "yes", 1},
      {{"Yes", "yes", "no"}, "YES", -1},
      {{"Yes", "yes", "no"}, "NO", 2},
      {{"\u00DCbel", "gut"}, "\u00FCbel", 0},
      {{"1 star", "2 stars"}, "1 Star", 0},
      {{"1 star", "2 stars"}, "2", 1},
      {{"1 star", "2 stars"}, "0", -1},
      {{"class 2", "class 1"}, "2", 0},
      {{"v2 good", "v2 bad"}, "1", 1},
      {{"top 10", "other"}, "1", 1},
      {{"1 star", "2 stars"}, "+2", 1},
      {{"-1 bad", "0 meh", "1 good"}, "-1", 0},
      {{"-1 bad", "0 meh", "1 good"}, "0", 1},
      {{"-1 bad", "0 meh", "1 good"}, "\u22121", 0},
      {{"very bad (-2)", "good (+2)"}, "2", 1},
      {{"1.5 stars", "2.5 stars"}, "1.5", 0},
      {{"1.5 stars", "2.5 stars"}, "2.50", 1},
      {{"1.5 stars", "2.5 stars"}, "1", -1},
      {{"covid-19", "flu-18"}, "18", 1},
      {{"LABEL_1", "LABEL_0"}, "LABEL_0", 1},
      {{"LABEL_1", "LABEL_0"}, "0", 1},
      {{"good", "bad"}, "LABEL_1", 1},
      {{"good", "bad"}, "label_0", 0},
      {{"good", "bad"}, "LABEL_2", -1},
      {{"1", "2"}, "+1", 0},
      {{"-1", "0", "1"}, "\u22121", 0},
      {{"not_duplicate", "duplicate"}, "Not Duplicate", 0},
      {{"not_duplicate", "duplicate"}, "not-duplicate", 0},
      {{"Not Duplicate", "Duplicate"}, "not_duplicate", 0},
      {{"not a", "not_a", "b"}, "not_a", 1},
      {{"not a", "not_a", "b"}, "not-a", -1},
      {{"caf\u00E9", "the"}, "Cafe\u0301", 0},
      {{"cafe\u0301", "the"}, "caf\u00E9", 0},
      {{"9007199254740993", "9007199254740992"}, "9007199254740992", 1},
  };
  for (const auto& [names, text, id] : cases) {
    const auto found = LabelIndex(names).find(text);
    EXPECT_EQ(found ? found->id : -1, id) << names[0] << " " << text;
  }
}

// Data of files of one's own, from "text label" for each row.
class LabelRule : public testing::Test {
 protected:
  Dataset load(const Names& train, const Names& validation, const Names& test = {}) {
    OwnFiles files{write("train.csv", train), write("dev.csv", validation), {}, {}};
    if (!test.empty()) files.test = write("test.csv", test);
    return load_own_files(files);
  }
  std::filesystem::path write(const std::string& name, const Names& labels) {
    std::string text = "sentence,label\n";
    for (const std::string& label : labels) text += name + std::to_string(row_++) + ",\"" + label + "\"\n";
    return folder_.write(name, text);
  }
  static std::vector<int> ids_of(const Split& split) {
    std::vector<int> ids;
    for (const Example& row : split.rows) ids.push_back(row.label);
    return ids;
  }
  TemporaryFolder folder_;
  int row_ = 0;
};

TEST_F(LabelRule, AKeptHeadKeepsItsOrder) {
  struct Case {
    Names head, data;
    std::vector<int> ids;
    bool says;  // a note tells what was taken for what
  };
  const Names stars{"1 star", "2 stars", "3 stars"};
  const Case cases[] = {
      {{"positive", "negative", "neutral"}, {"neutral", "negative", "positive"}, {2, 1, 0}, false},
      {{"positive", "negative", "neutral"}, {"positive", "neutral"}, {0, 2}, false},
      {{"positive", "negative", "neutral"}, {"neutral"}, {2}, false},
      {{"POSITIVE", "NEGATIVE"}, {"positive", "negative"}, {0, 1}, true},
      {{"POSITIVE", "NEGATIVE"}, {"positive ", "Positive", "NEGATIVE"}, {0, 0, 1}, true},
      {{"POSITIVE", "NEGATIVE"}, {"1", "0", "1.0"}, {1, 0, 1}, true},
      {{"b", "a"}, {"1", "a"}, {1, 1}, true},
      {{"10", "9"}, {"9.0", "10"}, {1, 0}, true},
      {{"Yes", "yes"}, {"yes", "Yes"}, {1, 0}, false},
      {{"-1", "0", "1"}, {"1", "-1", "0"}, {2, 0, 1}, false},
      {{"-1", "0", "1"}, {"-1", "-1.0"}, {0, 0}, true},
      {{"nan", "x"}, {"x", "nan", "NaN"}, {1, 0, 0}, true},
      {{"-1 bad", "0 meh", "1 good"}, {"-1", "0", "1"}, {0, 1, 2}, true},
      {stars, {"1", "2", "3"}, {0, 1, 2}, true},
      {stars, {"0", "1", "2"}, {0, 1, 2}, true},
      {stars, {"2", "0"}, {2, 0}, true},
      {{"good", "bad"}, {"LABEL_1", "LABEL_0"}, {1, 0}, true},
  };
  for (const auto& [head, labels, ids, says] : cases) {
    Dataset data = load(labels, {labels[0]});
    adopt_labels(data, head);
    EXPECT_EQ(ids_of(data.train), ids) << labels[0];
    EXPECT_EQ(data.label_names, head);
    EXPECT_EQ(data.train.label_counts.size(), head.size());
    EXPECT_EQ(data.validation.rows[0].label, ids[0]);
    EXPECT_EQ(testing::Matches(testing::Contains(HasSubstr("labels: took")))(data.notes), says) << labels[0];
  }
}

TEST_F(LabelRule, OtherLabelsNeedANewHead) {
  const Names head{"positive", "negative"};
  for (const Names& labels :
       std::vector<Names>{{"good", "bad"}, {"positive", "neutral"}, {"1", "2"}, {"0.5", "1"}}) {
    Dataset data = load(labels, {labels[0]});
    const auto failure = failure_of([&] { adopt_labels(data, head); });
    EXPECT_EQ(failure.kind, ErrorKind::data);
    EXPECT_EQ(failure.settings, (Error::Settings{"fine_tune", "new_head"}));
    EXPECT_THAT(failure.message, HasSubstr("expected one of \"positive\", \"negative\""));
    EXPECT_THAT(failure.message, HasSubstr("train.csv: line ")) << "the place is named";
    EXPECT_THAT(failure.message, HasSubstr("the data has \"" + labels[0])) << "both lists are shown";
  }
}

TEST(KnownDataSets, GoByNameThenByNumber) {
  const auto known = [](const Names& names) {
    Dataset data;
    for (Split* split : {&data.train, &data.validation}) {
      *split = new_split("train", false);
      for (int label = 0; label < 2; ++label) add_row(*split, {"a", "", label});
    }
    data.label_names = names;
    return data;
  };
  struct Case {
    Names head;
    int negative, positive;  // their ids; -1: refused
  };
  const Case cases[] = {{{"POSITIVE", "NEGATIVE"}, 1, 0},
                        {{"Negative", "Positive"}, 0, 1},
                        {{"neutral", "positive", "negative"}, 2, 1},
                        {{"LABEL_0", "LABEL_1"}, 0, 1},
                        {{"1", "0"}, 1, 0},
                        {{"LABEL_1", "LABEL_0"}, 1, 0},
                        {{"LABEL_0", "LABEL_1", "LABEL_2"}, -1, -1},
                        {{"bad", "good"}, -1, -1},
                        {{"not_duplicate", "duplicate"}, -1, -1}};
  for (const auto& [head, negative, positive] : cases) {
    Dataset data = known({"negative", "positive"});
    if (negative < 0) {
      EXPECT_EQ(failure_of([&] { adopt_labels(data, head); }).kind, ErrorKind::model) << head[0];
      continue;
    }
    adopt_labels(data, head);
    EXPECT_EQ(data.train.rows[0].label, negative) << head[0];
    EXPECT_EQ(data.train.rows[1].label, positive) << head[0];
    EXPECT_EQ(data.positive_label, positive) << head[0];
  }
}

TEST_F(LabelRule, SpellingsOfOneLabelAreOne) {
  struct Case {
    Names data, names;
    std::vector<int> ids;
    bool warns;
  };
  const Case cases[] = {
      {{"positive", "positive ", "negative"}, {"negative", "positive"}, {1, 1, 0}, true},
      {{"positive", "positive", "Positive", "negative"}, {"negative", "positive"}, {1, 1, 1, 0}, true},
      {{"1", "1.0", "0"}, {"0", "1"}, {1, 1, 0}, true},
      {{"1.0", "1.0", "1", "0.0"}, {"0.0", "1"}, {1, 1, 1, 0}, true},
      {{"9.0", "10.0", "x"}, {"9.0", "10.0", "x"}, {0, 1, 2}, false},
      {{"10", "9", "2"}, {"2", "9", "10"}, {2, 1, 0}, false},
      {{" a", " a", "b"}, {"a", "b"}, {0, 0, 1}, true},
      {{"ok", "defect"}, {"defect", "ok"}, {1, 0}, false},
      {{"+1", "1", "-1", "0"}, {"0", "1"}, {1, 1, 0}, true},
      {{"caf\u00E9", "cafe\u0301", "caf\u00E9", "a"}, {"a", "caf\u00E9"}, {1, 1, 1, 0}, true},
  };
  for (const auto& [labels, names, ids, warns] : cases) {
    Dataset data = load(labels, {labels[0]});
    EXPECT_EQ(new_labels(data), names);
    settle_labels(data);
    EXPECT_EQ(data.label_names, names);
    EXPECT_EQ(ids_of(data.train), ids) << labels[0];
    EXPECT_EQ(testing::Matches(testing::Contains(HasSubstr("labels: took")))(data.warnings), warns)
        << labels[0];
  }
  Dataset data = load({"positive", "positive", "Positive", "negative"}, {"negative"});
  settle_labels(data);
  EXPECT_THAT(data.warnings, ElementsAre("labels: took \"Positive\" for \"positive\" (1 row)"));
}

TEST_F(LabelRule, LabelsThatAreNoneAreSkippedByNameAndCount) {
  Dataset data = load({"a", "-1", "b", "", "nan", "NaN", "-1", "-1.0"}, {"a", "b"}, {"-1", "-1"});
  settle_labels(data);
  EXPECT_THAT(data.label_names, ElementsAre("a", "b"));
  EXPECT_EQ(data.train.rows.size(), 2u);
  EXPECT_EQ(data.train.unlabelled, 6);
  ASSERT_THAT(data.warnings, testing::SizeIs(1));
  EXPECT_THAT(data.warnings[0], HasSubstr("6 of 8 rows have no label and are skipped"));
  for (const char* text :
       {"empty (1 row)", "\"-1\" (2 rows)", "\"nan\" (1 row)", "\"NaN\" (1 row)", "\"-1.0\" (1 row)"})
    EXPECT_THAT(data.warnings[0], HasSubstr(text));
  EXPECT_FALSE(data.test->labelled) << "a test file of nothing but -1 has no labels";
  EXPECT_EQ(data.test->rows.size(), 2u);
  EXPECT_THAT(failure_of([&] {
                auto none = load({"a", "b"}, {"-1", ""});
                settle_labels(none);
              }).message,
              HasSubstr("dev.csv: no rows left for the split validation (2 have no label)"));
}

// The head decides whether a text is a label: "-1" is none of {a, b}.
TEST_F(LabelRule, LabelsThatAreNoneAreSkippedForAKeptHead) {
  struct Case {
    Names head, data;
    int64_t skipped;
  };
  const Case cases[] = {{{"a", "b"}, {"a", "-1", "", "nan", "\u22121", "b"}, 4},
                        {{"-1", "0", "1"}, {"-1", "", "0"}, 1},
                        {{"1 star", "2 stars"}, {"1", "-1", "2"}, 1},
                        {{"nan", "x"}, {"nan", "", "x"}, 1}};
  for (const auto& [head, labels, skipped] : cases) {
    Dataset data = load(labels, {labels[0]}, {""});
    adopt_labels(data, head);
    EXPECT_EQ(data.train.unlabelled, skipped) << head[0];
    EXPECT_EQ(data.train.rows.size(), labels.size() - static_cast<size_t>(skipped)) << head[0];
    EXPECT_THAT(data.warnings, ElementsAre(HasSubstr("rows have no label and are skipped"))) << head[0];
    EXPECT_FALSE(data.test->labelled) << head[0];
  }
  const auto path = write("only.csv", {"-1", "-1"});
  Dataset one = load_own_split(path, "test", {});
  adopt_labels(one, {"-1", "0"});
  EXPECT_THAT(one.validation.label_counts, ElementsAre(2, 0));
  Dataset both = load_own_files({write("both.csv", {"a", "b", "-1"}), folder_ / "both.csv", {}, {}});
  settle_labels(both);
  EXPECT_THAT(both.warnings, testing::SizeIs(1)) << "one file, one warning";
}

TEST_F(LabelRule, IdsAgainstTheNamesAreWarnedOf) {
  struct Case {
    Names head, data;
    const char* warning;  // "": none
  };
  const char* positive = "0 for \"POSITIVE\" and 1 for \"NEGATIVE\"; if 1 means \"POSITIVE\"";
  const Case cases[] = {{{"POSITIVE", "NEGATIVE"}, {"0", "1"}, positive},
                        {{"POSITIVE", "NEGATIVE"}, {"positive", "negative"}, ""},
                        {{"POSITIVE", "NEGATIVE"}, {"LABEL_1", "LABEL_0"}, ""},
                        {{"NEGATIVE", "POSITIVE"}, {"0", "1"}, ""},
                        {{"duplicate", "not_duplicate"}, {"1", "0"}, "if 1 means \"duplicate\""},
                        {{"Duplicate", "Not Duplicate"}, {"1", "0"}, "if 1 means \"Duplicate\""},
                        {{"Yes", "No"}, {"1", "0"}, "if 1 means \"Yes\""},
                        {{"bad", "good"}, {"1", "0"}, ""},
                        {{"0-17", "18-34", "35-99"}, {"1", "2"}, "its names hold numbers, too"},
                        {{"1 star", "2 stars"}, {"0", "1"}, ""},
                        {{"COVID-19", "flu"}, {"0", "1"}, ""}};
  for (const auto& [head, labels, warning] : cases) {
    Dataset data = load(labels, {labels[0]});
    adopt_labels(data, head);
    if (*warning == '\0') {
      EXPECT_THAT(data.warnings, IsEmpty()) << head[0];
    } else {
      EXPECT_THAT(data.warnings, ElementsAre(HasSubstr(warning))) << head[0];
    }
  }
  Dataset fresh = load({"duplicate", "not_duplicate"}, {"1", "0"});
  settle_labels(fresh);
  EXPECT_THAT(fresh.warnings, testing::Contains(HasSubstr("if 1 means \"duplicate\"")));
}

TEST_F(LabelRule, AColumnThatAsksGoesByItsMeaning) {
  struct Case {
    const char* column;
    Names head;
    int yes, no;  // the ids of 1 and 0
  };
  const Case cases[] = {{"is_duplicate", {"duplicate", "not_duplicate"}, 0, 1},
                        {"is_duplicate", {"not_duplicate", "duplicate"}, 1, 0},
                        {"Is_Duplicate", {"Duplicate", "Not Duplicate"}, 0, 1},
                        {"is_duplicate", {"LABEL_0", "LABEL_1"}, 1, 0}};
  for (const auto& [column, head, yes, no] : cases) {
    const auto path =
        folder_.write("pairs.csv", "question1,question2," + std::string(column) + "\na,b,1\nc,d,0\n");
    Dataset data = load_own_split(path, "test", {});
    adopt_labels(data, head);
    EXPECT_THAT(ids_of(data.validation), ElementsAre(yes, no)) << head[0];
    EXPECT_THAT(data.warnings, IsEmpty()) << head[0];
  }
  folder_.write("pairs.jsonl",
                "{\"question1\":\"a\",\"question2\":\"b\",\"is_duplicate\":true}\n"
                "{\"question1\":\"a\",\"question2\":\"c\",\"is_duplicate\":false}\n");
  Dataset data = load_own_split(folder_ / "pairs.jsonl", "test", {});
  adopt_labels(data, {"duplicate", "not_duplicate"});
  EXPECT_THAT(ids_of(data.validation), ElementsAre(0, 1));
}

TEST_F(LabelRule, ARepeatedHeaderIsNoRow) {
  folder_.write("train.csv", "sentence,label\nx,a\nsentence,label\ny,b\nlabel,a\n");
  folder_.write("dev.csv", "sentence,label\nz,a\n");
  Dataset data = load_own_files({folder_ / "train.csv", folder_ / "dev.csv", {}, {}});
  settle_labels(data);
  EXPECT_THAT(data.label_names, ElementsAre("a", "b"));
  EXPECT_EQ(data.train.rows.size(), 3u) << "\"label\" alone may be a text";
  EXPECT_EQ(data.train.repeated_headers, 1);
  EXPECT_THAT(data.warnings, ElementsAre(HasSubstr("train.csv: 1 row is the line of names again")));
  EXPECT_THAT(describe(data.train, data.label_names), HasSubstr("1 repeated header skipped"));
  for (const std::string again :
       {"Sentence,Label\n", "sentence,label \n", "\uFEFFsentence,label\n", "\uFEFF\"Sentence\",\"label\"\n",
        "\u00A0SENTENCE , label\n", "\uFEFFsep=,\nsentence,label\n", "sep=,\nSentence,label\n"}) {
    folder_.write("dev.csv", "sep=,\nsentence,label\nz,a\n" + again + "y,b\n");
    Dataset one = load_own_split(folder_ / "dev.csv", "test", {});
    adopt_labels(one, {"a", "b"});
    EXPECT_THAT(ids_of(one.validation), ElementsAre(0, 1)) << again;
    EXPECT_THAT(one.warnings, ElementsAre(HasSubstr("dev.csv: 1 row is the line of names again"))) << again;
  }
}

TEST_F(LabelRule, ScoresAndIdsAreTold) {
  struct Case {
    Names data;
    const char* warning;  // "": none
  };
  Names ids, scores, classes, cents;
  for (int i = 0; i < 30; ++i) {
    ids.push_back("id" + std::to_string(i));
    scores.push_back("0." + std::to_string(10 + i));
    classes.push_back(i % 2 == 0 ? "0.0" : "1.0");
    cents.push_back(std::to_string(i));
  }
  const Case cases[] = {{scores, "these look like scores"},
                        {cents, "these look like scores"},
                        {{"0.53", "0.1", "0.9"}, "these look like scores"},
                        {ids, "nearly every training row is a class of its own"},
                        {classes, ""},
                        {{"1", "2", "3", "1", "2", "3"}, ""},
                        {{"a", "b", "null", "b"}, "\"null\" (1 training rows) is a class here"},
                        {{"a", "b", "\\N", "b"}, "is a class here"},
                        {{"a", "b", "NaT", "b"}, "\"NaT\" (1 training rows) is a class here"},
                        {{"a", "b", "N.A.", "b"}, "is a class here"},
                        {{"a", "b", ".", "b"}, "is a class here"},
                        {{"a", "b", "missing", "b"}, "is a class here"},
                        {{"a", "b", "unlabeled", "b"}, "is a class here"},
                        {{"a", "b", "#N/A", "b"}, "is a class here"},
                        {{"a", "b", "c"}, ""}};
  for (const auto& [labels, warning] : cases) {
    Dataset data = load(labels, {labels[0]});
    settle_labels(data);
    if (*warning == '\0') {
      EXPECT_THAT(data.warnings, IsEmpty()) << labels[0];
    } else {
      EXPECT_THAT(data.warnings, ElementsAre(HasSubstr(warning))) << labels[0];
    }
  }
  Dataset data = load(scores, {"0.10", "zero"});
  settle_labels(data);
  EXPECT_THAT(data.warnings, testing::Contains(HasSubstr("such as 0.39;"))) << "a number of training rows";
}

TEST_F(LabelRule, LabelsWithoutTrainingRowsAreTold) {
  Dataset data = load({"a", "b", "a"}, {"a", "c", "c", "A", "1"});
  settle_labels(data);
  EXPECT_THAT(data.label_names, ElementsAre("a", "b", "c"));
  EXPECT_EQ(ids_of(data.validation), (std::vector<int>{0, 2, 2, 0, 1})) << "1 is the second training label";
  EXPECT_THAT(untrained_labels(data, data.train.label_counts),
              ElementsAre("labels: no training row has this label: \"c\" (2 validation rows)"));
  const auto before = data.train.label_counts;
  keep_rows(data.train, {0, 2});
  EXPECT_THAT(untrained_labels(data, before),
              ElementsAre(HasSubstr("\"b\" (the sample left out its 1 rows) (1 validation rows), \"c\"")));
  EXPECT_THAT(failure_of([&] {
                auto one = load({"a", "a"}, {"a"});
                settle_labels(one);
              }).message,
              HasSubstr("only the label \"a\""));
  EXPECT_THAT(failure_of([&] {
                auto one = load({"1", "-1"}, {"1"});
                settle_labels(one);
              }).message,
              HasSubstr("-1 mean no label: write a class as a word"));
}

TEST_F(LabelRule, RowsInBothSplitsAreTold) {
  folder_.write("train.csv", "sentence,label\nx ,a\ny,b\nz,b\n");
  folder_.write("dev.csv", "sentence,label\nx,a\nw,b\n");
  folder_.write("test.csv", "sentence,label\nv,a\n");
  const Dataset data = load_own_files({folder_ / "train.csv", folder_ / "dev.csv", folder_ / "test.csv", {}});
  EXPECT_THAT(shared_rows(data),
              ElementsAre(HasSubstr("1 of the 2 validation rows stand in the training split")));
}

TEST_F(LabelRule, AHundredThousandLabelsAreSettled) {
  Names labels;
  for (int i = 0; i < 100'000; ++i) labels.push_back("l" + std::to_string(i));
  Names twice = labels;
  twice.insert(twice.end(), labels.begin(), labels.end());
  Dataset data = load(twice, {"l5"});
  Dataset kept = data;
  settle_labels(data);
  EXPECT_EQ(data.label_names.size(), labels.size());
  EXPECT_LT(describe(data.train, data.label_names).size(), 100u);
  adopt_labels(kept, labels);
  EXPECT_EQ(kept.validation.rows[0].label, 5);
}

}  // namespace
}  // namespace hone
