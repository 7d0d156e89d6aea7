#pragma once

#include <filesystem>

#include <hone/data/sets/dataset.h>

namespace hone {

// GLUE's SST-2 and QQP from the set's own folder; see load_dataset. Columns are found by name, quoting is
// off. SST-2 rows must have all their fields; QQP rows with too few or an empty label are dropped and
// counted.
Dataset load_glue_sst2(const std::filesystem::path& folder, EncodingErrors errors = EncodingErrors::strict);
Dataset load_glue_qqp(const std::filesystem::path& folder, EncodingErrors errors = EncodingErrors::strict);

}  // namespace hone
