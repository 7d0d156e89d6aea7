#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <hone/data/sets/dataset.h>
#include <hone/train/text_classifier.h>
#include "apps/cli/settings.h"
#include "data/json/json_writer.h"

namespace hone {

// A split's rows as token ids, ready for the model.
struct TaskSplit {
  std::string name, description;  // "validation"; "validation: 1101 rows, ..., 2 truncated"
  std::vector<EncodedRow> rows;
  std::vector<std::string> texts;  // each row for people, a pair as "a / b"; none for train
  int64_t dropped = 0, extra_fields = 0, blank_lines = 0, replaced = 0, empty_texts = 0, truncated = 0;
  int64_t unlabelled = 0, repeated_headers = 0;  // rows that were left out
};

// A data set with its name and source.
struct NamedDataset {
  Dataset dataset;
  std::string name, source;
};
// Loads the data set or the custom data that settings name.
NamedDataset load_data(const Settings& settings);

// Gives the data the labels of the head that a classifier keeps, or of a new one (data/sets/label_rule.h).
void use_labels_of(TextClassifier& classifier, NamedDataset& named);

// Cuts the splits to the settings' limits, by samples of their rows: of the training rows by the seed, of the
// others always the same. Adds warnings for labels without training rows and for rows in several splits.
void take_samples(NamedDataset& named, const Settings& settings);

// A data set, tokenized.
struct TaskData {
  std::string name, source;  // name: "sst" or "own files"; source: the folder or the training file
  bool pairs = false;
  TaskSplit train, validation;
  std::optional<TaskSplit> test;
  std::vector<std::string> notes, warnings;
  int positive_label = 1;  // of two labels, unless the settings choose one
};

// Tokenizes a split, whose labels have the classifier's ids.
TaskSplit encode_split(const Split& split, const TextClassifier& classifier);

// Tokenizes all splits; a test split without labels is left out with a note.
TaskData prepare(const NamedDataset& named, const TextClassifier& classifier);

// The folder of data sets: `data_dir`, or the default.
std::filesystem::path data_folder(const std::optional<std::filesystem::path>& data_dir);

// Writes a split's counts into the open JSON object, under its name: rows, truncated, and lines skipped.
void write_counts(JsonWriter& json, const TaskSplit& split);

}  // namespace hone
