#include "data/tokenizer/tokenizer_files.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <string_view>
#include <unordered_set>
#include <utility>

#include <hone/core/error.h>
#include "core/quote.h"
#include "data/files/files.h"
#include "data/tokenizer/tokenizer_choice.h"
#include "data/tokenizer/tokenizer_json.h"
#include "data/tokenizer/tokenizer_settings.h"
#include "data/tokenizer/vocabulary_check.h"
#include "data/tokenizer/vocabulary_file.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMostBytes = uint64_t{64} << 20;

// Makes the vocabulary; the file's name begins the message of an error.
Vocabulary vocabulary_of(std::vector<std::string> tokens, const fs::path& file) {
  try {
    return Vocabulary(std::move(tokens));
  } catch (const ModelError& error) {
    throw ModelError(file.string() + ": " + error.what());
  }
}

constexpr std::string_view kMark = "\xEF\xBB\xBF";

bool is_special(std::string_view token) {
  return std::ranges::find(kSpecialTokens, token) != kSpecialTokens.end();
}

// Takes a byte order mark from a special token at the beginning, [PAD] as a rule, which no text has. It stays
// in front of any other token.
std::vector<std::string> without_mark(std::vector<std::string> tokens) {
  if (!tokens.empty() && tokens[0].starts_with(kMark) && is_special(tokens[0].substr(kMark.size())))
    tokens[0].erase(0, kMark.size());
  return tokens;
}

void warn_of_mark(LoadedTokenizer& loaded, const fs::path& file) {
  if (!loaded.vocabulary_bytes.starts_with(kMark)) return;
  const std::string& first = loaded.tokenizer.vocabulary().token(0);
  loaded.warnings.push_back(fmt::format(
      "{}: begins with a byte order mark, which {}", file.string(),
      is_special(first) ? "is left out: the first token is " + first : "belongs to the first token"));
}

// Transformers 5 takes blanks off such entries, earlier versions and hone do not.
void warn_of_blanks(LoadedTokenizer& loaded, const fs::path& file) {
  const auto& tokens = loaded.tokenizer.vocabulary().tokens();
  const auto has_blank = [](const std::string& token) {
    return !token.empty() && (std::isspace(static_cast<unsigned char>(token.front())) != 0 ||
                              std::isspace(static_cast<unsigned char>(token.back())) != 0);
  };
  const auto first = std::ranges::find_if(tokens, has_blank);
  if (first == tokens.end()) return;
  loaded.warnings.push_back(
      fmt::format("{}: {} entries begin or end with a blank, {} first, so none of these is ever found",
                  file.string(), std::ranges::count_if(tokens, has_blank), shown(*first)));
}

void warn_about_vocabulary(LoadedTokenizer& loaded, const fs::path& file, bool by_json) {
  warn_of_mark(loaded, file);
  warn_of_blanks(loaded, file);
  if (const auto count = loaded.tokenizer.vocabulary().duplicates(); count != 0) {
    loaded.warnings.push_back(
        fmt::format("{}: {} repeated tokens; each has the id of its last line", file.string(), count));
  }
  for (auto& line : misfits(loaded.tokenizer.vocabulary(), loaded.options, file.string(), by_json))
    loaded.warnings.push_back(std::move(line));
}

// Compares vocab.txt, already loaded, with the tokens of tokenizer.json.
void require_equal(const Vocabulary& vocabulary, const std::vector<std::string>& json,
                   const fs::path& folder) {
  const std::string* other = nullptr;  // a token that only one side has, or with another id
  for (size_t id = 0; id < json.size(); ++id) {
    if (!json[id].empty() && vocabulary.find(json[id]) != static_cast<int32_t>(id)) other = &json[id];
  }
  const std::unordered_set<std::string_view> known(json.begin(), json.end());
  for (const auto& token : vocabulary.tokens()) {
    if (!token.empty() && !known.contains(token)) other = &token;
  }
  if (other == nullptr) return;
  throw ModelError(
      fmt::format("{}: vocab.txt and tokenizer.json disagree on the token {}; use the two files of one model",
                  folder.string(), shown(*other)));
}

// The tokenizer's files of a model folder.
struct Sources {
  TokenizerSettings config;
  TokenizerJson json;  // empty without a tokenizer.json
  std::optional<std::string> json_bytes;
  std::string vocabulary_bytes;
  fs::path vocabulary_file;  // the source of the vocabulary
};

void require_source(const fs::path& folder, bool has_vocab, bool has_json, const TokenizerSettings& config) {
  if (!has_vocab && !has_json) {
    throw ModelError(folder.string() +
                     ": neither vocab.txt nor tokenizer.json is there; copy the model's into it");
  }
  if (const std::string splitter = other_splitter(config.tokenizer_class); !splitter.empty()) {
    throw ModelError(
        fmt::format("{}: tokenizer_class {} has texts divided into words by {}, which is not "
                    "supported",
                    (folder / "tokenizer_config.json").string(), shown(*config.tokenizer_class), splitter));
  }
  if (!is_bert_class(config.tokenizer_class) && !has_json) {
    throw ModelError(
        fmt::format("{}: tokenizer_class {} needs a tokenizer.json; BertTokenizer and "
                    "DistilBertTokenizer do not",
                    (folder / "tokenizer_config.json").string(), shown(*config.tokenizer_class)));
  }
}

Sources read_sources(const fs::path& folder) {
  const fs::path vocab = folder / "vocab.txt", json_file = folder / "tokenizer.json";
  const bool has_vocab = present(vocab), has_json = present(json_file);
  Sources sources;
  sources.config = read_tokenizer_config(folder);
  require_source(folder, has_vocab, has_json, sources.config);
  if (has_json) {
    sources.json_bytes = read_file_or<ModelError>(json_file, kMostBytes);
    sources.json = parse_tokenizer_json(*sources.json_bytes, json_file.string());
  }
  sources.vocabulary_file = has_vocab ? vocab : json_file;
  sources.vocabulary_bytes = has_vocab ? read_file_or<ModelError>(vocab, kMostBytes)
                                       : format_vocabulary(sources.json.tokens, json_file.string());
  return sources;
}

LoadedTokenizer assemble(const fs::path& file, std::string bytes, std::vector<std::string> tokens,
                         TokenizerOptions options) {
  return {.tokenizer = Tokenizer(vocabulary_of(std::move(tokens), file), options),
          .vocabulary_bytes = std::move(bytes),
          .tokenizer_json_bytes = std::nullopt,
          .options = options,
          .warnings = {}};
}

// The special tokens, as a saved model's files must state them, where any of the source's does more than name
// them.
std::vector<AddedToken> stated_tokens(const LoadedTokenizer& loaded, const Sources& sources) {
  const auto any = [](const NormalizedTokens& tokens) {
    return std::ranges::any_of(tokens, [](const auto& entry) { return entry.second; });
  };
  const TokenizerSettings &config = sources.config, &json = sources.json.settings;
  std::vector<AddedToken> stated;
  if (!any(config.normalized) && !any(config.named) && !any(json.normalized)) return stated;
  for (size_t i = 0; i < kSpecialTokens.size(); ++i) {
    stated.push_back({std::string(kSpecialTokens[i]),
                      loaded.tokenizer.vocabulary().id(static_cast<SpecialToken>(i)),
                      loaded.options.normalized[i]});
  }
  return stated;
}

}  // namespace

LoadedTokenizer load_tokenizer(const fs::path& folder) {
  Sources sources = read_sources(folder);
  auto tokens = without_mark(parse_vocabulary(sources.vocabulary_bytes));
  std::vector<std::string> warnings = sources.config.warnings;
  const TokenizerSettings* json = sources.json_bytes ? &sources.json.settings : nullptr;
  const auto options = choose_options(sources.config, json, warnings);
  auto loaded =
      assemble(sources.vocabulary_file, std::move(sources.vocabulary_bytes), std::move(tokens), options);
  if (sources.json_bytes) require_equal(loaded.tokenizer.vocabulary(), sources.json.tokens, folder);
  for (const auto& claims :
       {sources.config.claimed, sources.json.settings.claimed, read_added_tokens(folder)}) {
    check_claims(claims, loaded.tokenizer.vocabulary());
  }
  loaded.model_max_length = sources.config.model_max_length;
  loaded.uses_token_types = choose_token_types(sources.config);
  loaded.special_tokens = stated_tokens(loaded, sources);
  loaded.tokenizer_json_bytes = std::move(sources.json_bytes);
  loaded.warnings = std::move(warnings);
  warn_about_vocabulary(loaded, sources.vocabulary_file,
                        json != nullptr && !is_bert_class(sources.config.tokenizer_class));
  return loaded;
}

LoadedTokenizer load_vocabulary(const fs::path& vocab_txt, TokenizerOptions options) {
  auto bytes = read_file_or<ModelError>(vocab_txt, kMostBytes);
  auto tokens = without_mark(parse_vocabulary(bytes));
  auto loaded = assemble(vocab_txt, std::move(bytes), std::move(tokens), options);
  warn_about_vocabulary(loaded, vocab_txt, false);
  return loaded;
}

void check_vocabulary_size(const LoadedTokenizer& loaded, int64_t vocab_size) {
  const auto& vocabulary = loaded.tokenizer.vocabulary();
  if (vocabulary.size() <= vocab_size) return;
  throw ModelError(
      fmt::format("vocabulary: token {} has id {}, but config.json's vocab_size is {}; use the "
                  "vocab.txt that belongs to the model",
                  shown(vocabulary.token(static_cast<int32_t>(vocab_size))), vocab_size, vocab_size));
}

}  // namespace hone
