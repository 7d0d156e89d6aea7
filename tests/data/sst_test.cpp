#include "data/sets/sst.h"

#include <gmock/gmock.h>

#include <unordered_set>

#include "data/files/text_file.h"
#include "tests/data/temporary_folder.h"
#include "tests/support/real_data.h"

namespace hone {
namespace {

using test::failure_of;
using test::TemporaryFolder;
using testing::HasSubstr;

// A treebank of three sentences, one a split, with files to be spoilt one at a time.
struct Treebank {
  std::string sentences =
      "sentence_index\tsentence\n1\tGood -LRB- caf\xC3\x83\xC2\xA9 -RRB-\n2\tBad\n3\tSo so\n";
  std::string splits = "sentence_index,splitset_label\n1,1\n2,2\n3,3\n";
  std::string dictionary = "Good ( caf\u00e9 )|10\nBad|11\nSo so|12\na|b|13\n";
  std::string scores = "phrase ids|sentiment values\n10|0.9\n11|0.1\n12|0.5\n13|1\n";

  void write(const TemporaryFolder& folder) const {
    folder.write("stanfordSentimentTreebank/datasetSentences.txt", sentences);
    folder.write("stanfordSentimentTreebank/datasetSplit.txt", splits);
    folder.write("stanfordSentimentTreebank/dictionary.txt", dictionary);
    folder.write("stanfordSentimentTreebank/sentiment_labels.txt", scores);
  }
  test::Failure failure() const {
    const TemporaryFolder folder;
    write(folder);
    return failure_of([&] { load_sst(folder.path()); });
  }
};

void expect_refused(const Treebank& bank, const std::string& message) {
  const auto failure = bank.failure();
  EXPECT_EQ(failure.kind, ErrorKind::data);
  EXPECT_THAT(failure.message, HasSubstr(message));
}

test::Failure tsv_failure(const std::string& train) {
  const TemporaryFolder folder;
  folder.write("train.tsv", train);
  folder.write("validation.tsv", "sentence\tlabel\na\t1\n");
  return failure_of([&] { load_sst(folder.path()); });
}

TEST(Sst, TheRealFilesHaveTheirCounts) {
  HONE_NEED_REAL_DATA("sst/train.tsv");
  const auto data = load_sst(test::real_data() / "sst");
  EXPECT_EQ(describe(data.train, data.label_names), "train: 8544 rows, 4244 negative, 4300 positive");
  EXPECT_EQ(describe(data.validation, data.label_names), "validation: 1101 rows, 558 negative, 543 positive");
  EXPECT_EQ(describe(*data.test, data.label_names), "test: 2210 rows, 1143 negative, 1067 positive");
  EXPECT_TRUE(data.notes.empty());
}

TEST(Sst, TheOfficialFilesGiveTheSameRows) {
  HONE_NEED_REAL_DATA("sst/stanfordSentimentTreebank/dictionary.txt");
  const auto tsv = load_sst(test::real_data() / "sst");
  const auto official = load_sst(test::real_data() / "sst" / "stanfordSentimentTreebank");
  EXPECT_TRUE(tsv.train.rows == official.train.rows);
  EXPECT_TRUE(tsv.validation.rows == official.validation.rows);
  EXPECT_TRUE(tsv.test->rows == official.test->rows);
}

TEST(Sst, EachRepairIsNeeded) {
  HONE_NEED_REAL_DATA("sst/stanfordSentimentTreebank/dictionary.txt");
  const auto folder = test::real_data() / "sst" / "stanfordSentimentTreebank";
  const TextFile dictionary(folder / "dictionary.txt"), sentences(folder / "datasetSentences.txt");
  std::unordered_set<std::string_view> phrases;
  for (const auto& line : dictionary.lines()) phrases.insert(line.text.substr(0, line.text.rfind('|')));
  int none = 0, bytes = 0, brackets = 0, both = 0;
  for (size_t i = 1; i < sentences.lines().size(); ++i) {
    const auto line = sentences.lines()[i].text;
    const std::string raw(line.substr(line.find('\t') + 1));
    none += !phrases.contains(raw);
    bytes += !phrases.contains(repair_sst_bytes(raw));
    brackets += !phrases.contains(repair_sst_brackets(raw));
    both += !phrases.contains(repair_sst_brackets(repair_sst_bytes(raw)));
  }
  EXPECT_EQ(none, 573);
  EXPECT_EQ(bytes, 479);
  EXPECT_EQ(brackets, 104);
  EXPECT_EQ(both, 0);
}

TEST(Sst, ASmallTreebankIsJoined) {
  const TemporaryFolder folder;
  Treebank().write(folder);
  const auto data = load_sst(folder.path());
  EXPECT_EQ(data.train.rows.at(0).a, "Good ( caf\u00e9 )");
  EXPECT_EQ(data.train.rows.at(0).label, 1);
  EXPECT_EQ(data.test->rows.at(0).label, 0);
  EXPECT_EQ(data.validation.rows.at(0).label, 0) << "exactly 0.5 is negative";
}

TEST(Sst, ADamagedTreebankIsRefused) {
  expect_refused({.sentences = "1\tx\n"}, "datasetSentences.txt: line 1: wrong header");
  expect_refused({.sentences = "sentence_index\tsentence\n2\tBad\n2\tBad\n"},
                 "line 3: sentence 2 occurs a second time");
  expect_refused({.sentences = ""}, "datasetSentences.txt: line 1: wrong header");
  expect_refused({.sentences = "sentence_index\tsentence\n1 Good\n"},
                 "line 2: \"1 Good\", expected an integer");
  expect_refused({.sentences = "sentence_index\tsentence\n1\tUnknown\n"},
                 "line 2: not found in dictionary.txt");
  expect_refused({.sentences = "sentence_index\tsentence\n9\tBad\n"},
                 "line 2: sentence 9 is not in datasetSplit");
  expect_refused({.sentences = "sentence_index\tsentence\n1\tBad\n"},
                 "datasetSentences.txt: 2 of the 3 sentences of datasetSplit.txt are missing");
  expect_refused(
      {.sentences = "sentence_index\tsentence\n1\tBad\n", .splits = "sentence_index,splitset_label\n1,1\n"},
      "no rows left for the split test");
  expect_refused({.splits = "sentence_index,splitset_label\n1,4\n"}, "datasetSplit.txt: line 2: \"1,4\"");
  expect_refused({.splits = "sentence_index,splitset_label\n1,1\n1,2\n"}, "line 3: 1 occurs a second time");
  expect_refused({.dictionary = "Bad\n"}, "dictionary.txt: line 1: \"Bad\"");
  expect_refused({.dictionary = "Bad|1x\n"}, "dictionary.txt: line 1: \"Bad|1x\"");
  expect_refused({.dictionary = "Bad|1\nBad|2\n"}, "dictionary.txt: line 2: the phrase \"Bad\" has id 2");
  expect_refused({.scores = "phrase ids|sentiment values\n10|1.5\n"}, "sentiment_labels.txt: line 2");
  expect_refused({.scores = "phrase ids|sentiment values\n10|nan\n"}, "sentiment_labels.txt: line 2");
  expect_refused({.scores = "phrase ids|sentiment values\n11|0\n12|0\n"},
                 "line 2: phrase 10 is not in sentiment");
}

TEST(Sst, AMissingOfficialFileIsNamed) {
  const TemporaryFolder folder;
  Treebank().write(folder);
  std::filesystem::remove(folder / "stanfordSentimentTreebank/dictionary.txt");
  const auto failure = failure_of([&] { load_sst(folder.path()); });
  EXPECT_EQ(failure.kind, ErrorKind::data);
  EXPECT_THAT(failure.message, HasSubstr("dictionary.txt"));
}

TEST(Sst, ADamagedTsvIsRefused) {
  const auto expect = [](const std::string& train, const std::string& message) {
    const auto failure = tsv_failure(train);
    EXPECT_EQ(failure.kind, ErrorKind::data);
    EXPECT_THAT(failure.message, HasSubstr(message));
  };
  expect("", "train.tsv: empty");
  expect("text\tlabel\na\t1\n", "wrong header: no column \"sentence\"");
  expect("sentence\tlabel\tsentence\na\t1\tb\n", "column \"sentence\" occurs more than once");
  expect("sentence\na\n", "wrong header: no column \"label\"");
  expect("sentence\tlabel\n", "no rows left for the split train");
  expect("sentence\tlabel\na\n", "line 2: 1 fields, the header has 2");
  expect("sentence\tlabel\na\t1\t2\n", "line 2: 3 fields");
  for (const char* label : {"x", "1.5", "-0.1", "inf", "0,5", "0.5x", " 1"}) {
    expect("sentence\tlabel\na\t" + std::string(label) + "\n",
           "line 2: label is \"" + std::string(label) + "\"");
  }
  for (const char* none : {"", "nan", "-1"})
    expect("sentence\tlabel\na\t" + std::string(none) + "\n",
           "no rows left for the split train (1 have no label)");
}

TEST(Sst, AMissingTestSplitIsNoted) {
  const TemporaryFolder folder;
  folder.write("train.tsv", "sentence\tlabel\r\na\t0.50\r\n \t1e-1\r\n");
  folder.write("validation.tsv", "label\tsentence\n0.51\ta");
  const auto data = load_sst(folder.path());
  EXPECT_FALSE(data.test);
  ASSERT_EQ(data.notes.size(), 1u);
  EXPECT_THAT(data.notes[0], HasSubstr("test.tsv is missing"));
  EXPECT_EQ(data.train.empty_texts, 1);
  EXPECT_EQ(data.validation.rows.at(0).label, 1);
  folder.write("test.tsv", "sentence\na\n");
  EXPECT_FALSE(load_sst(folder.path()).test->labelled);
}

}  // namespace
}  // namespace hone
