#include <hone/text/vocabulary.h>

#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

#include <hone/core/error.h>
#include "core/utf8.h"

namespace hone {
namespace {

// The longest chain of the hash table that is accepted. The table is half empty, so that chains of more than
// a hundred tokens do not occur by chance.
constexpr size_t kMostSteps = 2000;

constexpr uint64_t kHashStart = 0xCBF29CE484222325;

// The hash FNV-1a, byte by byte, so that all prefixes of a word are hashed in one pass.
constexpr uint64_t extend_hash(uint64_t hash, char byte) {
  return (hash ^ static_cast<unsigned char>(byte)) * 0x100000001B3;
}

constexpr uint64_t hash_of(std::string_view text, uint64_t hash = kHashStart) {
  for (const char byte : text) hash = extend_hash(hash, byte);
  return hash;
}

constexpr uint64_t mixed(uint64_t hash) { return hash * 0x9E3779B97F4A7C15; }

void require_utf8(const std::string& token, size_t id) {
  for (size_t at = 0; at < token.size();) {
    if (decode_utf8(token, at) == kInvalidUtf8) {
      throw ModelError("vocabulary: token " + std::to_string(id) + " is not valid UTF-8 at byte " +
                       std::to_string(at) + " of it; use the vocab.txt that belongs to the model");
    }
  }
}

}  // namespace

Vocabulary::Vocabulary(std::vector<std::string> tokens) : tokens_(std::move(tokens)) {
  if (tokens_.size() > static_cast<size_t>(std::numeric_limits<int32_t>::max())) {
    throw ModelError("vocabulary: more tokens than ids");
  }
  const size_t slots = std::bit_ceil(std::max<size_t>(2 * tokens_.size(), 16));
  slots_.resize(slots);
  shift_ = 64 - std::countr_zero(slots);
  for (size_t id = 0; id < tokens_.size(); ++id) {
    require_utf8(tokens_[id], id);
    insert(static_cast<int32_t>(id));
  }
  for (size_t i = 0; i < kSpecialTokens.size(); ++i) {
    const auto found = find(kSpecialTokens[i]);
    if (!found) {
      throw ModelError("vocabulary: the special token " + std::string(kSpecialTokens[i]) +
                       " is missing among " + std::to_string(tokens_.size()) +
                       " tokens; use the vocab.txt that belongs to the model");
    }
    special_[i] = *found;
  }
}

const Vocabulary::Slot* Vocabulary::slot_of(uint64_t hash, std::string_view prefix,
                                            std::string_view text) const {
  const uint64_t spread = mixed(hash);
  const auto tag = static_cast<uint32_t>(spread);
  const size_t first = spread >> shift_;
  for (size_t steps = 0;; ++steps) {
    if (steps == kMostSteps)
      throw ModelError("vocabulary: too many tokens have one hash, as only a file made for that has");
    const Slot& slot = slots_[(first + steps) & (slots_.size() - 1)];
    if (slot.id < 0) return &slot;
    if (slot.tag != tag) continue;
    const std::string_view token = tokens_[static_cast<size_t>(slot.id)];
    if (token.size() == prefix.size() + text.size() && token.starts_with(prefix) && token.ends_with(text)) {
      return &slot;
    }
  }
}

Vocabulary::Slot* Vocabulary::slot_of(uint64_t hash, std::string_view prefix, std::string_view text) {
  return const_cast<Slot*>(std::as_const(*this).slot_of(hash, prefix, text));
}

void Vocabulary::insert(int32_t id) {
  const std::string_view token = tokens_[static_cast<size_t>(id)];
  const uint64_t hash = hash_of(token);
  Slot* slot = slot_of(hash, {}, token);
  if (slot->id >= 0 && !token.empty()) ++duplicates_;
  *slot = {static_cast<uint32_t>(mixed(hash)), id};
  longest_first_ = std::max(longest_first_, token.size());
  if (token.starts_with(kContinuation)) {
    longest_inside_ = std::max(longest_inside_, token.size() - kContinuation.size());
  }
}

std::optional<int32_t> Vocabulary::find(std::string_view token) const {
  const int32_t id = slot_of(hash_of(token), {}, token)->id;
  return id < 0 ? std::nullopt : std::optional(id);
}

Vocabulary::Piece Vocabulary::longest_piece(std::string_view word, bool inside) const {
  const std::string_view prefix = inside ? kContinuation : std::string_view{};
  const size_t longest = std::min({word.size(), inside ? longest_inside_ : longest_first_, kLongestWord});
  uint64_t hashes[kLongestWord];
  uint64_t hash = inside ? hash_of(kContinuation) : kHashStart;
  for (size_t i = 0; i < longest; ++i) hashes[i] = hash = extend_hash(hash, word[i]);
  for (size_t length = longest; length > 0; --length) {
    const int32_t id = slot_of(hashes[length - 1], prefix, word.substr(0, length))->id;
    if (id >= 0) return {id, length};
  }
  return {};
}

}  // namespace hone
