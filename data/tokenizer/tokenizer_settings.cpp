#include "data/tokenizer/tokenizer_settings.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <hone/core/error.h>
#include "core/quote.h"
#include "data/files/files.h"
#include "data/files/parse_number.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMostBytes = uint64_t{16} << 20;
constexpr std::array kSpecialKeys{"pad_token", "unk_token", "cls_token", "sep_token", "mask_token"};

std::optional<Json> read_json(const fs::path& path) {
  if (!present(path)) return std::nullopt;
  const std::string name = path.string();
  Json json = parse_json(read_file_or<ModelError>(path, kMostBytes), name);
  json.as_object(name);
  return json;
}

// The member, if there is one that is not null.
const Json* given(const Json& json, std::string_view key) {
  const Json* value = json.find(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

bool is_special(std::string_view token) {
  return std::find(kSpecialTokens.begin(), kSpecialTokens.end(), token) != kSpecialTokens.end();
}

[[noreturn]] void refuse_added(const std::string& where, const std::string& token) {
  throw ModelError(fmt::format("{}: added token {}; only [PAD] [UNK] [CLS] [SEP] [MASK] are supported", where,
                               shown(token)));
}

std::optional<bool> given_bool(const Json& json, std::string_view key) {
  const Json* value = given(json, key);
  return value == nullptr ? std::nullopt : std::optional(value->as_bool(json.where(key)));
}

// "[CLS]" or {"content": "[CLS]", ...}
std::string token_text(const Json& value, const std::string& where, NormalizedTokens& normalized) {
  return value.is_object() ? checked_added_token(value, where, normalized) : value.as_string(where);
}

void read_special_names(const Json& json, NormalizedTokens& normalized) {
  for (size_t i = 0; i < kSpecialKeys.size(); ++i) {
    const Json* value = given(json, kSpecialKeys[i]);
    if (value == nullptr) continue;
    const auto text = token_text(*value, json.where(kSpecialKeys[i]), normalized);
    if (text != kSpecialTokens[i]) {
      throw ModelError(fmt::format("{} is {}, only {} is supported", json.where(kSpecialKeys[i]), shown(text),
                                   kSpecialTokens[i]));
    }
  }
}

// additional_special_tokens (transformers 4) and extra_special_tokens (5): a list or an object of tokens.
void check_no_more_tokens(const Json& json) {
  for (const char* key : {"additional_special_tokens", "extra_special_tokens"}) {
    const Json* value = given(json, key);
    if (value == nullptr) continue;
    const auto where = json.where(key);
    const auto check = [&](const Json& token) {
      NormalizedTokens ignored;
      if (const auto text = token_text(token, where, ignored); !is_special(text)) refuse_added(where, text);
    };
    if (value->is_object()) {
      for (const auto& [name, token] : value->as_object(where)) check(token);
    } else {
      for (const auto& token : value->as_array(where)) check(token);
    }
  }
}

void read_special_tokens(const Json& json, NormalizedTokens& normalized) {
  read_special_names(json, normalized);
  check_no_more_tokens(json);
}

void check_supported(const Json& json) {
  if (!given_bool(json, "do_basic_tokenize").value_or(true)) {
    throw ModelError(json.where("do_basic_tokenize") + " is false, only true is supported");
  }
  if (given_bool(json, "split_special_tokens").value_or(false)) {
    throw ModelError(json.where("split_special_tokens") + " is true, only false is supported");
  }
  const Json* never = given(json, "never_split");
  if (never != nullptr && !never->as_array(json.where("never_split")).empty()) {
    throw ModelError(json.where("never_split") + " is not empty, which is not supported");
  }
  if (const auto side = given(json, "truncation_side");
      side != nullptr && side->as_string(json.where("truncation_side")) != "right") {
    throw ModelError(json.where("truncation_side") + " must be \"right\"");
  }
}

// 0 for none. transformers writes int(1e30) for "no limit", so a number beyond int32 is one too. Before
// version 3 the key was max_len.
int64_t max_length_of(const Json& json) {
  const char* key = json.find("model_max_length") != nullptr ? "model_max_length" : "max_len";
  const Json* value = given(json, key);
  if (value == nullptr) return 0;
  const double length = value->as_number(json.where(key));
  if (length > std::numeric_limits<int32_t>::max()) return 0;
  if (length >= 1 && length == std::floor(length)) return static_cast<int64_t>(length);
  throw ModelError(fmt::format("{} is {}, expected a whole number of 1 or more", json.where(key), length));
}

std::optional<bool> uses_token_types(const Json& json) {
  const Json* names = given(json, "model_input_names");
  if (names == nullptr) return std::nullopt;
  const auto where = json.where("model_input_names");
  const auto& list = names->as_array(where);
  return std::any_of(list.begin(), list.end(),
                     [&](const Json& name) { return name.as_string(where) == "token_type_ids"; });
}

std::optional<std::string> class_of(const Json& json) {
  const Json* name = given(json, "tokenizer_class");
  return name == nullptr ? std::nullopt : std::optional(name->as_string(json.where("tokenizer_class")));
}

// The tokenizer_class of config.json, whose other reader says what is wrong with a damaged one.
std::optional<std::string> class_of_model(const fs::path& folder) {
  try {
    const auto json = read_json(folder / "config.json");
    return json ? class_of(*json) : std::nullopt;
  } catch (const ModelError&) {
    return std::nullopt;
  }
}

std::vector<ClaimedToken> added_tokens_decoder(const Json& json, NormalizedTokens& normalized) {
  std::vector<ClaimedToken> claimed;
  const Json* decoder = given(json, "added_tokens_decoder");
  if (decoder == nullptr) return claimed;
  const auto where = json.where("added_tokens_decoder");
  for (const auto& [key, entry] : decoder->as_object(where)) {
    const auto id = parse_number<int64_t>(key);
    if (!id) throw ModelError(fmt::format("{}: {} is not an id", where, shown(key)));
    claimed.push_back({checked_added_token(entry, where, normalized), *id, where});
  }
  return claimed;
}

}  // namespace

std::string checked_added_token(const Json& entry, const std::string& where, NormalizedTokens& normalized) {
  entry.as_object(where);
  const auto& text = entry.at("content").as_string(where);
  if (!is_special(text)) refuse_added(where, text);
  if (entry.get_bool("single_word", false)) {
    throw ModelError(
        fmt::format("{}: token {} has single_word true, only false is supported", where, shown(text)));
  }
  normalized[text] = given_bool(entry, "normalized").value_or(false);
  return text;
}

TokenizerSettings read_tokenizer_config(const fs::path& folder) {
  TokenizerSettings settings;
  if (const auto map = read_json(folder / "special_tokens_map.json"))
    read_special_tokens(*map, settings.named);
  const auto json = read_json(folder / "tokenizer_config.json");
  if (json) {
    check_supported(*json);
    read_special_tokens(*json, settings.named);
    settings.lower_case = given_bool(*json, "do_lower_case");
    settings.tokenize_chinese_chars = given_bool(*json, "tokenize_chinese_chars");
    for (const char* key : {"do_lower_case", "tokenize_chinese_chars"}) {
      if (json->find(key) == nullptr || given(*json, key) != nullptr) continue;
      settings.warnings.push_back(json->where(key) + " is null: taken as not given");
    }
    if (json->find("strip_accents") != nullptr) settings.strip_accents = given_bool(*json, "strip_accents");
    settings.model_max_length = max_length_of(*json);
    settings.uses_token_types = uses_token_types(*json);
    settings.claimed = added_tokens_decoder(*json, settings.normalized);
    settings.tokenizer_class = class_of(*json);
  }
  if (!settings.tokenizer_class) settings.tokenizer_class = class_of_model(folder);
  return settings;
}

std::vector<ClaimedToken> read_added_tokens(const fs::path& folder) {
  const fs::path path = folder / "added_tokens.json";
  std::vector<ClaimedToken> claimed;
  const auto json = read_json(path);
  if (!json) return claimed;
  for (const auto& [token, id] : json->as_object(path.string())) {
    if (!is_special(token)) refuse_added(path.string(), token);
    claimed.push_back({token, id.as_int(json->where(token)), path.string()});
  }
  return claimed;
}

void check_claims(const std::vector<ClaimedToken>& claims, const Vocabulary& vocabulary) {
  for (const auto& [token, id, where] : claims) {
    const auto found = vocabulary.find(token);
    if (found == id) continue;
    throw ModelError(fmt::format("{}: {} has id {}, in the vocabulary it is {}", where, token, id,
                                 found ? std::to_string(*found) : "missing"));
  }
}

}  // namespace hone
