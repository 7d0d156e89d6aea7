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

// A split as the model gets it.
struct TaskSplit {
  std::string name, description;  // "validation"; "validation: 1101 rows, ..., 2 truncated"
  std::vector<EncodedRow> rows;
  std::vector<std::string> texts;  // of each row, for people; of a pair "a / b"; not kept of the train split
  int64_t dropped = 0, extra_fields = 0, blank_lines = 0, replaced = 0, empty_texts = 0, truncated = 0;
};

// A data set, where it is from and what it is called.
struct NamedDataset {
  Dataset dataset;
  std::string name, source;
};
// The data set that settings ask for, or their own files, cut to as many rows.
NamedDataset load_data(const Settings& settings);

// The same, tokenized.
struct TaskData {
  std::string name, source;  // "sst", "own files"; the folder or the training file
  bool pairs = false;
  TaskSplit train, validation;
  std::optional<TaskSplit> test;
  std::vector<std::string> notes;
};

// Tokenizes a split, whose labels have the classifier's ids.
TaskSplit encode_split(const Split& split, const TextClassifier& classifier);

// Tokenizes all splits; a test split without labels is left out with a note.
TaskData prepare(const NamedDataset& named, const TextClassifier& classifier);

// `data_dir`, or the default folder.
std::filesystem::path data_folder(const std::optional<std::filesystem::path>& data_dir);

// {"rows":..,"truncated":.., and what was skipped} into the open object, under the split's name.
void write_counts(JsonWriter& json, const TaskSplit& split);

}  // namespace hone
