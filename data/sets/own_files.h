#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <hone/data/sets/dataset.h>
#include "data/sets/record_file.h"

namespace hone {

// The form of custom data files.
struct OwnFormat {
  std::optional<RecordFormat> format = std::nullopt;  // none: by the extension
  // One, or two for pairs; empty: `sentence`, or `question1` and `question2`.
  std::vector<std::string> text_columns = {};
  std::optional<std::string> label_column = std::nullopt;  // none: `label` or `is_duplicate`
  EncodingErrors encoding_errors = EncodingErrors::strict;
};

// Loads one file of custom data as a split named `name`. Labels are texts. Where `label_names` is not empty,
// each label must be one of them or, where none of them is a number, a number that counts them from 0. An
// empty `label_names` becomes the labels that occur: numbers in their order, then other texts in the order of
// their bytes. Rows of format quora with fields missing are dropped and counted, as those of GLUE's QQP.
// `columns` becomes a text for the user about the chosen columns. Throws DataError, naming file and line, for
// absent columns, rows with another number of fields, unknown or empty labels, fewer than two labels or more
// than 100,000, no rows; and for a file without label column unless `may_lack_labels`.
Split load_own_file(const std::filesystem::path& path, const std::string& name, const OwnFormat& format,
                    std::vector<std::string>& label_names, std::string& columns,
                    bool may_lack_labels = false);

// The files of a whole data set; the training file's labels are the data set's. A test file may lack labels.
// DataError when some have pairs and others single texts.
struct OwnFiles {
  std::filesystem::path train, validation;
  std::optional<std::filesystem::path> test;
  OwnFormat format;
};
Dataset load_own_files(const OwnFiles& files);

}  // namespace hone
