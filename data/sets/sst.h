#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include <hone/data/sets/dataset.h>

namespace hone {

// The Stanford Sentiment Treebank from `folder`: {train,validation,test}.tsv (header `sentence` TAB `label`,
// the label a score in [0, 1]) or, without train.tsv, the official files in `folder` or in its
// stanfordSentimentTreebank/. See load_dataset.
Dataset load_sst(const std::filesystem::path& folder, EncodingErrors errors = EncodingErrors::strict);

// The two repairs that a sentence of datasetSentences.txt needs before dictionary.txt has it: UTF-8 that was
// encoded twice, and the escaped brackets.
std::string repair_sst_bytes(std::string_view sentence);
std::string repair_sst_brackets(std::string_view sentence);

}  // namespace hone
