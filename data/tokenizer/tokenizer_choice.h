#pragma once

#include <optional>
#include <string>
#include <vector>

#include <hone/text/tokenizer.h>
#include "data/tokenizer/tokenizer_settings.h"

namespace hone {

// The files that decide on lower-casing, accents and ideographs, as transformers 4 and 5 do (internal to
// load_tokenizer). With a tokenizer_class of BERT's kind, or none, a setting that tokenizer_config.json does
// not give has the class's default, whatever tokenizer.json says. With any other class
// (PreTrainedTokenizerFast, TokenizersBackend) tokenizer.json alone decides.
bool is_bert_class(const std::optional<std::string>& tokenizer_class);

// The program that a class has texts divided into words by, which hone lacks; "" for most.
std::string other_splitter(const std::optional<std::string>& tokenizer_class);

// The settings that hold. Adds a line for each one that the file which does not decide gives otherwise.
TokenizerOptions choose_options(const TokenizerSettings& config, const TokenizerSettings* json,
                                std::vector<std::string>& warnings);

// True when the second text of a pair has a token type of its own: model_input_names says it, else the class
// (DistilBERT's, DPR's reader's and RetriBERT's have none).
bool choose_token_types(const TokenizerSettings& config);

}  // namespace hone
