#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <hone/data/sets/dataset.h>
#include "data/sets/record_file.h"

namespace hone {

// The form of custom data files.
struct OwnFormat {
  std::optional<RecordFormat> format = std::nullopt;  // none: by the extension, else by its beginning
  // One, or two for pairs; empty: `sentence`, or `question1` and `question2`.
  std::vector<std::string> text_columns = {};
  std::optional<std::string> label_column = std::nullopt;  // none: `label` or `is_duplicate`
  EncodingErrors encoding_errors = EncodingErrors::strict;
  TextEncoding encoding = TextEncoding::automatic;
  std::optional<char> delimiter = std::nullopt;  // none: a line "sep=;", else as the header shows
};

// The spellings of labels as they stand in files, each with the place where it stands first. Their ids are in
// the order of the first rows.
class LabelSpellings {
 public:
  // The id of a spelling, which gets a new one the first time. DataError beyond 100,000, the most that a
  // model's config may have, naming the column.
  int id_of(const std::string& text, const std::string& column, const std::filesystem::path& file,
            int64_t line);
  // Makes these the labels of a data set (data/sets/label_rule.h makes them a classifier's).
  void move_to(Dataset& data);
  size_t size() const { return names_.size(); }

 private:
  std::unordered_map<std::string, int> ids_;
  std::vector<std::string> names_, origins_;
};

// Loads one file of custom data as a split named `name`, whose labels are ids of `labels`, and adds to the
// data's notes the columns that were chosen, with what was guessed about the file, and to its warnings how
// many repeated headers were left out. Texts that may stand for no label (empty, nan, -1) are spellings like
// others here: the rules of data/sets/label_rule.h leave their rows out, unless the classifier has such a
// label. Rows of format quora with fields missing are dropped and counted, as those of GLUE's QQP. Throws
// DataError, naming file and line, for absent columns, rows with another number of fields, no rows; and for a
// file without a column of labels unless `may_lack_labels`.
Split load_own_file(const std::filesystem::path& path, const std::string& name, const OwnFormat& format,
                    LabelSpellings& labels, Dataset& data, bool may_lack_labels = false);

// The files of a whole data set, whose labels are the spellings in them. A test file may lack labels.
// DataError when some have pairs and others single texts, and when one pipe is to give two splits.
struct OwnFiles {
  std::filesystem::path train, validation;
  std::optional<std::filesystem::path> test;
  OwnFormat format;
};
Dataset load_own_files(const OwnFiles& files);
// One file alone, as the validation split of a data set, named `name`.
Dataset load_own_split(const std::filesystem::path& path, const std::string& name, const OwnFormat& format);

}  // namespace hone
