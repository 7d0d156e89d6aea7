#include "data/tokenizer/tokenizer_json.h"

#include <fmt/core.h>

#include <utility>

#include <hone/core/error.h>
#include "core/quote.h"

namespace hone {
namespace {

// Parses the parts of one file; `file` begins every message.
class Reader {
 public:
  Reader(const Json& json, const std::string& file) : json_(json), file_(file) {}

  TokenizerJson read() {
    TokenizerJson result;
    result.tokens = tokens();
    result.settings = normalizer();
    part("pre_tokenizer", "BertPreTokenizer");
    post_processor(result.settings.claimed);
    added_tokens(result.settings);
    return result;
  }

 private:
  [[noreturn]] void refuse(const std::string& key, const std::string& found,
                           const std::string& expected) const {
    throw ModelError(fmt::format("{}: {} is {}, only {} is supported", file_, key, found, expected));
  }

  void require_type(const std::string& key, const Json& part, const char* type) const {
    part.as_object(file_ + ": " + key);
    if (const auto found = part.get_string("type", ""); found != type)
      refuse(key + ".type", shown(found), type);
  }

  const Json& part(const std::string& key, const char* type) const {
    const Json& value = json_.at(key);
    if (value.is_null()) refuse(key, "null", type);
    require_type(key, value, type);
    return value;
  }

  void require_string(const Json& part, const char* key, const char* expected) const {
    const auto found = part.get_string(key, expected);
    if (found != expected) refuse(std::string("model.") + key, shown(found), shown(expected));
  }

  std::vector<std::string> tokens() const {
    const Json& model = json_.at("model");
    model.as_object(file_ + ": model");
    if (model.find("type") != nullptr) require_type("model", model, "WordPiece");  // old files leave it out
    require_string(model, "unk_token", "[UNK]");
    require_string(model, "continuing_subword_prefix", "##");
    const int64_t longest = model.get_int("max_input_chars_per_word", 100);
    if (longest != 100) refuse("model.max_input_chars_per_word", std::to_string(longest), "100");
    return tokens_by_id(model.at("vocab").as_object(file_ + ": model.vocab"));
  }

  std::vector<std::string> tokens_by_id(const Json::Members& vocabulary) const {
    // A token that vocab.txt repeats leaves its earlier ids free, so ids may have gaps, but no arbitrary
    // ones.
    const auto limit = static_cast<int64_t>(2 * vocabulary.size() + 1024);
    std::vector<std::string> tokens;
    std::vector<bool> taken;
    for (const auto& [token, value] : vocabulary) {
      const int64_t id = value.as_int(file_ + ": model.vocab: " + shown(token));
      if (id < 0 || id >= limit) {
        throw ModelError(fmt::format("{}: model.vocab: {} has id {}, with {} tokens expected 0 to {}", file_,
                                     shown(token), id, vocabulary.size(), limit - 1));
      }
      const auto index = static_cast<size_t>(id);
      if (index >= tokens.size()) tokens.resize(index + 1), taken.resize(index + 1);
      if (taken[index]) {
        throw ModelError(fmt::format("{}: model.vocab: {} and {} have the same id {}", file_,
                                     shown(tokens[index]), shown(token), id));
      }
      taken[index] = true;
      tokens[index] = token;
    }
    return tokens;
  }

  TokenizerSettings normalizer() const {
    const Json& normalizer = part("normalizer", "BertNormalizer");
    if (!normalizer.get_bool("clean_text", true)) refuse("normalizer.clean_text", "false", "true");
    TokenizerSettings settings;
    settings.lower_case = normalizer.get_bool("lowercase", true);
    settings.tokenize_chinese_chars = normalizer.get_bool("handle_chinese_chars", true);
    const Json* strip = normalizer.find("strip_accents");
    settings.strip_accents.emplace();
    if (strip != nullptr && !strip->is_null()) {
      settings.strip_accents = strip->as_bool(file_ + ": normalizer.strip_accents");
    }
    return settings;
  }

  // Requires the templates `[CLS] A [SEP]` and `[CLS] A [SEP] B [SEP]`, in any of the ways to write them.
  void post_processor(std::vector<ClaimedToken>& claimed) const {
    const Json& processor = json_.at("post_processor");
    const auto type = processor.is_object() ? processor.get_string("type", "") : processor.type_name();
    if (type == "BertProcessing") {
      claim_pair(processor, "sep", "[SEP]", claimed);
      claim_pair(processor, "cls", "[CLS]", claimed);
    } else if (type == "TemplateProcessing") {
      require_template(processor, "single", "[CLS]:0 A:0 [SEP]:0");
      require_template(processor, "pair", "[CLS]:0 A:0 [SEP]:0 B:1 [SEP]:1");
      claim_template_tokens(processor, claimed);
    } else {
      refuse("post_processor", shown(type), "TemplateProcessing or BertProcessing");
    }
  }

  // ["[SEP]", 102]
  void claim_pair(const Json& processor, const char* key, const char* token,
                  std::vector<ClaimedToken>& claimed) const {
    const auto where = file_ + ": post_processor." + key;
    const auto& pair = processor.at(key).as_array(where);
    if (pair.size() != 2 || pair[0].as_string(where) != token) {
      throw ModelError(fmt::format("{}: expected [\"{}\", id]", where, token));
    }
    claimed.push_back({token, pair[1].as_int(where), where});
  }

  void require_template(const Json& processor, const char* key, const std::string& expected) const {
    const auto where = file_ + ": post_processor." + key;
    std::string found;
    for (const auto& item : processor.at(key).as_array(where)) {
      for (const auto& [kind, value] : item.as_object(where)) {
        value.as_object(where);
        found += fmt::format("{}{}:{}", found.empty() ? "" : " ", value.get_string("id", ""),
                             value.get_int("type_id", 0));
      }
    }
    if (found != expected) refuse(std::string("post_processor.") + key, shown(found), shown(expected));
  }

  void claim_template_tokens(const Json& processor, std::vector<ClaimedToken>& claimed) const {
    const auto where = file_ + ": post_processor.special_tokens";
    const Json& tokens = processor.at("special_tokens");
    for (const char* token : {"[CLS]", "[SEP]"}) {
      const Json& entry = tokens.at(token);
      entry.as_object(where);
      const auto& ids = entry.at("ids").as_array(where);
      if (ids.size() != 1) throw ModelError(fmt::format("{}: {} must have one id", where, token));
      claimed.push_back({token, ids[0].as_int(where), where});
    }
  }

  void added_tokens(TokenizerSettings& settings) const {
    const Json* added = json_.find("added_tokens");
    if (added == nullptr || added->is_null()) return;
    const auto where = file_ + ": added_tokens";
    for (const auto& entry : added->as_array(where)) {
      auto token = checked_added_token(entry, where, settings.normalized);
      settings.claimed.push_back({std::move(token), entry.at("id").as_int(where), where});
    }
  }

  const Json& json_;
  const std::string& file_;
};

}  // namespace

TokenizerJson parse_tokenizer_json(std::string_view bytes, const std::string& file) {
  const Json json = parse_json(bytes, file);
  json.as_object(file);
  return Reader(json, file).read();
}

}  // namespace hone
