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
    EXPECT_EQ(failure.settings, Error::Settings{"new_head"});
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
                load({"a", "b"}, {"-1", ""});
              }).message,
              HasSubstr("dev.csv: no rows left for the split validation (2 have no label)"));
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
