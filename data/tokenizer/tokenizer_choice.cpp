#include "data/tokenizer/tokenizer_choice.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "core/quote.h"

namespace hone {
namespace {

// The classes of transformers that are BertTokenizer under another name, without "Fast".
constexpr std::array<std::string_view, 13> kBertClasses{"BertTokenizer",
                                                        "DistilBertTokenizer",
                                                        "ElectraTokenizer",
                                                        "MobileBertTokenizer",
                                                        "SqueezeBertTokenizer",
                                                        "ConvBertTokenizer",
                                                        "LayoutLMTokenizer",
                                                        "LxmertTokenizer",
                                                        "DPRContextEncoderTokenizer",
                                                        "DPRQuestionEncoderTokenizer",
                                                        "DPRReaderTokenizer",
                                                        "RetriBertTokenizer",
                                                        "RealmTokenizer"};
// Those of them that give the second text of a pair no token type of its own.
constexpr std::array<std::string_view, 3> kUntypedClasses{"DistilBertTokenizer", "DPRReaderTokenizer",
                                                          "RetriBertTokenizer"};
// The classes that divide texts into words in a way of their own before the vocabulary's pieces count.
constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kOtherSplitters{
    {{"BertJapaneseTokenizer", "MeCab"}, {"RoFormerTokenizer", "rjieba"}}};
// The classes that are no model's own: they take all from tokenizer.json, which needs no warning.
constexpr std::array<std::string_view, 3> kGeneralClasses{"PreTrainedTokenizer", "PreTrainedTokenizerFast",
                                                          "TokenizersBackend"};

std::string_view without_fast(std::string_view name) {
  if (name.ends_with("Fast")) name.remove_suffix(4);
  return name;
}

// One yes-or-no setting of both files.
struct Setting {
  const char *config_key, *json_key;
  std::optional<bool> config, json;  // as the files say
  bool by_default;
};

// Decides settings one by one.
class Choice {
 public:
  Choice(const TokenizerSettings& config, const TokenizerSettings* json, std::vector<std::string>& warnings)
      : by_class_(json == nullptr || is_bert_class(config.tokenizer_class)),
        class_(config.tokenizer_class.value_or("BertTokenizer")),
        has_json_(json != nullptr),
        warnings_(warnings) {}

  bool by_class() const { return by_class_; }

  bool operator()(const Setting& setting) const {
    const bool by_config = setting.config.value_or(setting.by_default);
    const bool by_json = setting.json.value_or(setting.by_default);
    if (by_class_ && has_json_ && by_json != by_config) {
      warnings_.push_back(fmt::format(
          "tokenizer.json has {} {}, but {} goes by tokenizer_config.json: {} {} holds{}", setting.json_key,
          by_json, class_, setting.config_key, by_config, setting.config ? "" : ", its default"));
    }
    if (!by_class_ && setting.config && by_json != by_config) {
      warnings_.push_back(
          fmt::format("tokenizer_config.json has {} {}, but {} goes by tokenizer.json alone: {} {} holds",
                      setting.config_key, by_config, class_, setting.json_key, by_json));
    }
    return by_class_ ? by_config : by_json;
  }

 private:
  bool by_class_;
  std::string class_;
  bool has_json_;
  std::vector<std::string>& warnings_;
};

// The first of the files that says it for a token, in the order in which they count.
bool is_normalized(const std::string& token, std::initializer_list<const NormalizedTokens*> files) {
  for (const NormalizedTokens* file : files) {
    if (const auto found = file->find(token); found != file->end()) return found->second;
  }
  return false;
}

void warn_of_other_class(const TokenizerSettings& config, std::vector<std::string>& warnings) {
  if (is_bert_class(config.tokenizer_class)) return;
  if (std::ranges::count(kGeneralClasses, *config.tokenizer_class) > 0) return;
  warnings.push_back(fmt::format("tokenizer_class {} is not BERT's: tokenizer.json alone is followed",
                                 shown(*config.tokenizer_class)));
}

}  // namespace

bool is_bert_class(const std::optional<std::string>& tokenizer_class) {
  return !tokenizer_class || std::ranges::count(kBertClasses, without_fast(*tokenizer_class)) > 0;
}

std::string other_splitter(const std::optional<std::string>& tokenizer_class) {
  for (const auto& [name, splitter] : kOtherSplitters) {
    if (tokenizer_class && without_fast(*tokenizer_class) == name) return std::string(splitter);
  }
  return "";
}

TokenizerOptions choose_options(const TokenizerSettings& config, const TokenizerSettings* json,
                                std::vector<std::string>& warnings) {
  static const TokenizerSettings kNone;
  const TokenizerSettings& other = json == nullptr ? kNone : *json;
  const Choice choose(config, json, warnings);
  TokenizerOptions options;
  options.lower_case = choose({"do_lower_case", "lowercase", config.lower_case, other.lower_case, true});
  const auto config_strips = config.strip_accents.value_or(std::nullopt);
  const auto json_strips = other.strip_accents.value_or(std::nullopt);
  choose({"strip_accents", "strip_accents", config_strips, json_strips, options.lower_case});
  options.strip_accents = choose.by_class() ? config_strips : json_strips;  // null stays null
  options.tokenize_chinese_chars =
      choose({"tokenize_chinese_chars", "handle_chinese_chars", config.tokenize_chinese_chars,
              other.tokenize_chinese_chars, true});
  for (size_t i = 0; i < kSpecialTokens.size(); ++i) {
    const std::string token(kSpecialTokens[i]);
    options.normalized[i] =
        choose.by_class() ? is_normalized(token, {&config.normalized, &other.normalized, &config.named})
                          : is_normalized(token, {&other.normalized, &config.normalized, &config.named});
  }
  warn_of_other_class(config, warnings);
  return options;
}

bool choose_token_types(const TokenizerSettings& config) {
  return config.uses_token_types.value_or(
      !config.tokenizer_class ||
      std::ranges::count(kUntypedClasses, without_fast(*config.tokenizer_class)) == 0);
}

}  // namespace hone
