#pragma once

#include <filesystem>

#include <hone/data/sets/dataset.h>

namespace hone {

// The treebank's official four files (internal to load_sst): datasetSentences.txt, datasetSplit.txt,
// dictionary.txt, sentiment_labels.txt.
Dataset load_official_sst(const std::filesystem::path& folder,
                          EncodingErrors errors = EncodingErrors::strict);

// 1 when a score is above 0.5, else 0: exactly 0.5 is negative.
inline int sst_label(double score) { return score > 0.5 ? 1 : 0; }

}  // namespace hone
