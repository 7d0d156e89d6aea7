#pragma once

#include <span>
#include <string>
#include <vector>

#include <hone/data/sets/dataset.h>
#include <hone/train/rows.h>

namespace hone {

// Converts labelled rows to a split, whose labels are ids among `labels`. Throws DataError, naming the row,
// for a label that is none of them.
Split split_of(std::span<const LabelledText> rows, const std::vector<std::string>& labels);
Split split_of(std::span<const LabelledPair> rows, const std::vector<std::string>& labels);

}  // namespace hone
