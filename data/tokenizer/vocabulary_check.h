#pragma once

#include <string>
#include <vector>

#include <hone/text/tokenizer.h>

namespace hone {

// Lines for a vocabulary that does not fit the settings: many of its entries cannot be found in any text,
// because texts are lower-cased, lose their accents or are cut at ideographs, or it has no capitals and texts
// keep theirs. `file` begins each line; with `by_json` the advice is for tokenizer.json, else for
// tokenizer_config.json.
std::vector<std::string> misfits(const Vocabulary& vocabulary, const TokenizerOptions& options,
                                 const std::string& file, bool by_json);

}  // namespace hone
