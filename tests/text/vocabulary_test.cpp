#include <hone/text/vocabulary.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <hone/core/error.h>
#include "tests/text/bert_vocabulary.h"

namespace hone {
namespace {

using test::small_vocabulary;

std::string refusal(std::vector<std::string> tokens) {
  try {
    Vocabulary vocabulary(std::move(tokens));
  } catch (const ModelError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Vocabulary, FindsTokensAndTheirIds) {
  const auto vocabulary = small_vocabulary({"a", "##b", "", "caf\u00e9"});
  EXPECT_EQ(vocabulary.size(), 9);
  EXPECT_EQ(vocabulary.find("a"), 5);
  EXPECT_EQ(vocabulary.find("##b"), 6);
  EXPECT_EQ(vocabulary.find("caf\u00e9"), 8);
  EXPECT_EQ(vocabulary.find("b"), std::nullopt);
  EXPECT_EQ(vocabulary.token(5), "a");
  EXPECT_EQ(vocabulary.id(SpecialToken::mask), 4);
}

TEST(Vocabulary, TheLongestPieceWins) {
  const auto vocabulary = small_vocabulary({"un", "una", "##ff", "##f", "##able", "#", "##"});
  EXPECT_EQ(vocabulary.longest_piece("unaffable", false).id, 6);
  EXPECT_EQ(vocabulary.longest_piece("unaffable", false).length, 3u);
  EXPECT_EQ(vocabulary.longest_piece("ffable", true).id, 7);
  EXPECT_EQ(vocabulary.longest_piece("able", true).length, 4u);
  EXPECT_EQ(vocabulary.longest_piece("able", false).id, -1);
  EXPECT_EQ(vocabulary.longest_piece("xun", true).id, -1);
  EXPECT_EQ(vocabulary.longest_piece("", true).id, -1);
}

TEST(Vocabulary, ARepeatedTokenHasItsLastId) {
  const auto vocabulary = small_vocabulary({"a", "b", "a", "", ""});
  EXPECT_EQ(vocabulary.find("a"), 7);
  EXPECT_EQ(vocabulary.duplicates(), 1);
}

TEST(Vocabulary, EveryTokenOfBertIsFound) {
  HONE_NEED_REAL_DATA(test::kBertVocabulary);
  const auto tokenizer = test::bert_tokenizer();
  const auto& vocabulary = tokenizer.vocabulary();
  ASSERT_EQ(vocabulary.size(), 30522);
  for (int32_t id = 0; id < 30522; ++id) ASSERT_EQ(vocabulary.find(vocabulary.token(id)), id);
  EXPECT_EQ(vocabulary.id(SpecialToken::pad), 0);
  EXPECT_EQ(vocabulary.id(SpecialToken::unk), 100);
  EXPECT_EQ(vocabulary.id(SpecialToken::cls), 101);
  EXPECT_EQ(vocabulary.id(SpecialToken::sep), 102);
  EXPECT_EQ(vocabulary.id(SpecialToken::mask), 103);
}

// Tokens whose hashes all begin with six zero bits: anyone can search for such tokens.
TEST(Vocabulary, TokensMadeToShareAHashAreRefused) {
  std::vector<std::string> tokens(kSpecialTokens.begin(), kSpecialTokens.end());
  for (int i = 0; tokens.size() < 3000; ++i) {
    const std::string token = std::to_string(i);
    uint64_t hash = 0xCBF29CE484222325;
    for (const char c : token) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3;
    if (hash * 0x9E3779B97F4A7C15 >> 58 == 0) tokens.push_back(token);
  }
  EXPECT_THAT(refusal(tokens), testing::HasSubstr("too many tokens have one hash"));
}

TEST(Vocabulary, RefusesWhatIsUnusable) {
  EXPECT_THAT(refusal({}), testing::HasSubstr("[PAD] is missing"));
  EXPECT_THAT(refusal({"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[mask]"}),
              testing::HasSubstr("[MASK] is missing"));
  EXPECT_THAT(refusal({"[PAD]", "\xff"}), testing::HasSubstr("token 1 is not valid UTF-8"));
}

}  // namespace
}  // namespace hone
