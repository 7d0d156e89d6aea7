#pragma once

#include <filesystem>
#include <string>

#include <hone/data/sets/dataset.h>

namespace hone {

// Starts a split with `labels` labels (internal to the loaders).
Split new_split(const std::string& name, bool pairs, size_t labels = 2);

// Appends a row and counts its label and its empty texts.
void add_row(Split& split, Example row);

// Throws DataError when the split has no rows.
void require_rows(const Split& split, const std::filesystem::path& file);

}  // namespace hone
