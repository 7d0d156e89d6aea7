#pragma once

#include <string>
#include <vector>

#include <hone/data/sets/dataset.h>

namespace hone {

// A line for each thing about the labels of files of one's own that is likely to be a mistake: numbers that
// look like scores, nearly as many labels as rows, names that usually stand for a missing value.
std::vector<std::string> label_suspicions(const Dataset& data);

// A line where numbers were taken for the ids of a classifier with these names and its names speak against
// it: "positive" has a lower id than "negative", "duplicate" than "not_duplicate", or each name holds
// numbers. None: "".
std::string doubtful_ids(const std::vector<std::string>& names);

// A line for each label that no training row has: `before` counts the training rows of each label before a
// sample was taken.
std::vector<std::string> untrained_labels(const Dataset& data, const std::vector<int64_t>& before);

// A line when a sample of a split, whose labels had these counts `before`, left out all rows of some labels.
std::vector<std::string> labels_left_out(const Split& split, const std::vector<int64_t>& before,
                                         const std::vector<std::string>& names);

// A line for each split that holds texts of the training split, too.
std::vector<std::string> shared_rows(const Dataset& data);

}  // namespace hone
