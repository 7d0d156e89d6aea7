#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include <hone/data/sets/dataset.h>

namespace hone {

// Starts a split with `labels` labels (internal to the loaders).
Split new_split(const std::string& name, bool pairs, size_t labels = 2);

// Appends a row and counts its label and its empty texts.
void add_row(Split& split, Example row);

// True for the texts that stand for no label: none, -1, and NaN as Python writes it.
bool is_no_label(std::string_view text);

// Leaves out a labelled split's rows without a label (-1) and counts them; a split that has no others is one
// without labels where it may lack them.
void leave_out_unlabelled(Split& split, bool may_lack_labels);
// Adds a warning for each split of the data set in `folder` that rows were left out of.
void warn_of_unlabelled(Dataset& data, const std::filesystem::path& folder);

// Throws DataError when the split has no rows.
void require_rows(const Split& split, const std::filesystem::path& file);

}  // namespace hone
