#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hone {

// The five tokens that have a meaning to BERT beyond their text.
enum class SpecialToken : uint8_t { pad, unk, cls, sep, mask };
inline constexpr std::array<std::string_view, 5> kSpecialTokens{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};

// A WordPiece vocabulary: token <-> id, and the longest piece at the start of a word.
class Vocabulary {
 public:
  // tokens[i] has id i. A token that occurs twice has its last id. Throws ModelError when a special token is
  // missing or a token is not UTF-8.
  explicit Vocabulary(std::vector<std::string> tokens);

  int64_t size() const { return static_cast<int64_t>(tokens_.size()); }
  const std::vector<std::string>& tokens() const { return tokens_; }
  const std::string& token(int32_t id) const { return tokens_.at(static_cast<size_t>(id)); }
  std::optional<int32_t> find(std::string_view token) const;
  int32_t id(SpecialToken token) const { return special_[static_cast<size_t>(token)]; }
  // The number of tokens (empty ones aside) that a later, equal one hides.
  int64_t duplicates() const { return duplicates_; }

  struct Piece {
    int32_t id = -1;    // -1: no token begins the text
    size_t length = 0;  // in bytes, without the continuation prefix
  };
  // The longest token that `word` begins with; inside a word only tokens with the prefix `##` count.
  // Only the first kLongestWord bytes are looked at.
  Piece longest_piece(std::string_view word, bool inside) const;

  static constexpr size_t kLongestWord = 400;  // 100 code points
  static constexpr std::string_view kContinuation = "##";

 private:
  struct Slot {
    uint32_t tag = 0;  // the hash's other bits
    int32_t id = -1;   // -1: empty
  };
  Slot* slot_of(uint64_t hash, std::string_view prefix, std::string_view text);
  const Slot* slot_of(uint64_t hash, std::string_view prefix, std::string_view text) const;
  void insert(int32_t id);

  std::vector<std::string> tokens_;
  std::vector<Slot> slots_;  // open addressing, a power of two, at most half full
  int shift_ = 0;
  size_t longest_first_ = 0, longest_inside_ = 0;  // in bytes, the latter without the prefix
  int64_t duplicates_ = 0;
  std::array<int32_t, 5> special_{};
};

}  // namespace hone
