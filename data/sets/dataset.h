#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <hone/data/files/encoding_errors.h>

namespace hone {

struct Example {
  std::string a, b;  // b only for pairs
  int label = -1;    // -1: none

  bool operator==(const Example&) const = default;
};

// The rows of one part of a data set in file order, and counts of what was found while reading them.
struct Split {
  std::string name;                 // "train", "validation", "test"
  std::filesystem::path file = {};  // of one's own; empty for known data sets
  std::vector<Example> rows;
  bool pairs = false;
  bool labelled = true;               // false: the file has no label column and every label is -1
  std::vector<int64_t> label_counts;  // rows of each label
  int64_t dropped = 0;                // rows with too few fields or an empty label (QQP), not in `rows`
  int64_t extra_fields = 0;           // rows (QQP) whose further fields were ignored
  int64_t blank_lines = 0;            // skipped
  int64_t replaced = 0;               // malformed UTF-8 sequences that became U+FFFD
  int64_t empty_texts = 0;            // texts of nothing but blanks, kept
  int64_t unlabelled = 0;             // rows without a label (empty, nan or -1), not in `rows`
  int64_t repeated_headers = 0;       // rows that hold the columns' names, not in `rows`
};
// "train: 8544 rows, 4244 negative, 4300 positive", and each other count that is not 0; of more than a dozen
// labels only how many there are.
std::string describe(const Split& split, const std::vector<std::string>& label_names);

// Keeps the rows of these indices alone, in this order, and counts labels and empty texts anew.
void keep_rows(Split& split, const std::vector<int64_t>& rows);

struct Dataset {
  Split train, validation;
  std::optional<Split> test;  // as found: may be unlabelled
  std::vector<std::string> label_names;
  std::vector<std::string> notes;     // one line each, for the log: skipped parts and the reasons
  std::vector<std::string> warnings;  // one line each: what is likely to be wrong with the data
  // The id of the label that precision, recall and F1 are of, when there are two and no other is chosen.
  int positive_label = 1;
  // Files of one's own: where each label stands first, "train.csv: line 2". Empty for known data sets, whose
  // files hold numbers or scores.
  std::vector<std::string> label_origins;
  std::string label_column;  // their column's name in the first of these files
};

enum class DatasetKind { sst, glue_sst2, qqp };
const char* name_of(DatasetKind kind);  // "sst", "glue-sst2", "qqp"

// Loads a data set from its own folder, or from a parent that holds it as sst/, glue/SST-2/ or glue/QQP/.
// Throws DataError, naming file and line, when files are missing or malformed, training or validation rows
// have no labels, or no rows are left.
//   sst        the Stanford Sentiment Treebank (Socher et al., 2013): {train,validation,test}.tsv, else the
//              official files of stanfordSentimentTreebank/; label 1 when the score is above 0.5
//   glue_sst2  GLUE SST-2 (Wang et al., 2018): {train,dev,test}.tsv
//   qqp        GLUE QQP: {train,dev,test}.tsv
Dataset load_dataset(DatasetKind kind, const std::filesystem::path& data_dir,
                     EncodingErrors errors = EncodingErrors::strict);

// $HONE_DATA, then $XDG_CACHE_HOME/hone/data, then ~/.cache/hone/data. DataError when none of them is set.
std::filesystem::path default_data_dir();

}  // namespace hone
