#include <hone/text/tokenizer.h>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <array>

#include <hone/core/error.h>
#include "tests/text/bert_vocabulary.h"

namespace hone {
namespace {

using test::joined;
using test::repeated;
using namespace std::string_literals;

struct Case {
  std::string text, ids;
};

class Bert : public testing::Test {
 protected:
  void SetUp() override { HONE_NEED_REAL_DATA(test::kBertVocabulary); }

  static void check(const std::vector<Case>& cases) {
    const auto tokenizer = test::bert_tokenizer();
    for (const auto& [text, ids] : cases) EXPECT_EQ(joined(tokenizer.tokenize(text)), ids) << text;
  }
};

TEST_F(Bert, LettersAndAccents) {
  check({{"Hello World", "7592 2088"},
         {"unaffable", "14477 20961 3468"},
         {"caf\u00e9", "7668"},
         {"CAFE\u0301", "7668"},
         {"\u0130stanbul", "9960"},
         {"I\u0307stanbul", "9960"},
         {"na\u00efve", "15743"},
         {"stra\u00dfe", "2358 27807"},
         {"\u039f\u0394\u039f\u03a3", "1169 29722 29730 29733"},
         {"\u03bf\u03b4\u03bf\u03c2", "1169 29722 15297"},
         {"\u30ac\u30d1", "1700 30244"},
         {"\uac00\ub098", "1455 30006 29992 30006"},
         {"\ufb01ne", "1984 2638"},
         {"hi\U0001f600there", "100"}});
}

TEST_F(Bert, Punctuation) {
  check({{"a_b", "1037 1035 1038"},
         {"a\u2014b", "1037 1517 1038"},
         {"a\u2026b", "1037 1529 1038"},
         {"don't", "2123 1005 1056"},
         {"it's $5.00!", "2009 1005 1055 1002 1019 1012 4002 999"},
         {"$+<=>", "1002 1009 1026 1027 1028"},
         {"\u20ac5", "1574 2629"},
         {"5\u00b0", "1019 7737"},
         {"##ing", "1001 1001 13749"},
         {"a##b", "1037 1001 1001 1038"},
         {"-LRB- x -RRB-", "1011 1048 15185 1011 1060 1011 25269 2497 1011"}});
}

TEST_F(Bert, SpecialTokens) {
  check({{"[CLS]", "101"},
         {"[cls]", "1031 18856 2015 1033"},
         {"hello[SEP]world", "7592 102 2088"},
         {"[MASK]ed", "103 3968"},
         {"[[MASK]]", "1031 103 1033"},
         {"[unused1]", "1031 15171 2487 1033"}});
}

TEST_F(Bert, LongWords) {
  const auto tokenizer = test::bert_tokenizer();
  EXPECT_EQ(tokenizer.tokenize(repeated("a", 100)).size(), 50u);
  EXPECT_EQ(joined(tokenizer.tokenize(repeated("a", 100))).substr(0, 11), "13360 11057");
  EXPECT_EQ(tokenizer.tokenize(repeated("e\u0301", 100)).size(), 50u);
  EXPECT_EQ(joined(tokenizer.tokenize(repeated("e\u0301", 100))).substr(0, 10), "25212 4402");
  check({{repeated("a", 101), "100"},
         {repeated("e\u0301", 101), "100"},
         {repeated("\u00e9", 1000), "100"},
         {repeated(".", 101), joined(std::vector<int32_t>(101, 1012))},
         {repeated("\u4e2d", 101), joined(std::vector<int32_t>(101, 1746))}});
}

TEST_F(Bert, WhatGivesNoTokens) {
  check({{"", ""}, {"  ", ""}, {"\n", ""}, {"\u200b", ""}, {"\u00ad", ""}, {"\uf0b7", ""}, {"\u0301", ""}});
}

TEST_F(Bert, RemovedCharactersJoinAndSpacesSeparate) {
  for (const std::string& removed :
       {"\0"s, "\ufffd"s, "\u0085"s, "\x1c"s, "\u00ad"s, "\u200b"s, "\u200d"s, "\ufeff"s, "\u180e"s,
        "\ue000"s, "\uf0b7"s, "\u0378"s, "\uffff"s, "\ufdd0"s, "\u07fd"s}) {
    check({{"a" + removed + "b", "11113"}});
  }
  for (const std::string& space :
       {"\u00a0"s, "\u3000"s, "\u1680"s, "\u2028"s, "\u2029"s, "\t"s, "\r"s, "\n"s}) {
    check({{"a" + space + "b", "1037 1038"}});
  }
}

TEST_F(Bert, UnicodeIsVersion14) {
  check({{"a\u1734b", "100"},
         {"a\u166db", "100"},
         {"x\U00011c41y", "1060 100 1061"},
         {"a\u4e2db", "1037 1746 1038"},
         {"a\U0002b820b", "1037 100 1038"},
         {"a\U0002b739b", "11113"}});  // an ideograph of 15.0: unassigned here
}

TEST_F(Bert, PairsAndTruncation) {
  const auto tokenizer = test::bert_tokenizer();
  const std::string a = "How can I make money?", b = "How do I earn money online?";
  const auto whole = tokenizer.encode_pair(a, b, 0);
  EXPECT_EQ(joined(whole.ids),
            "101 2129 2064 1045 2191 2769 1029 102 2129 2079 1045 7796 2769 3784 1029 102");
  EXPECT_EQ(joined(whole.types), "0 0 0 0 0 0 0 0 1 1 1 1 1 1 1 1");
  EXPECT_FALSE(whole.truncated);
  const auto cut = tokenizer.encode_pair(a, b, 10);
  EXPECT_EQ(joined(cut.ids), "101 2129 2064 1045 2191 102 2129 2079 1045 102");
  EXPECT_EQ(joined(cut.types), "0 0 0 0 0 0 1 1 1 1");
  EXPECT_TRUE(cut.truncated);
  EXPECT_EQ(joined(tokenizer.encode_pair("x", "", 0).ids), "101 1060 102 102");
  EXPECT_EQ(joined(tokenizer.encode_pair("", "x", 5).ids), "101 102 1060 102");
}

TEST_F(Bert, SinglesKeepTheirFirstTokens) {
  const auto tokenizer = test::bert_tokenizer();
  EXPECT_EQ(joined(tokenizer.encode("", 3).ids), "101 102");
  EXPECT_EQ(joined(tokenizer.encode("a b", 4).ids), "101 1037 1038 102");
  EXPECT_FALSE(tokenizer.encode("a b", 4).truncated);
  EXPECT_EQ(joined(tokenizer.encode("a b", 3).ids), "101 1037 102");
  EXPECT_TRUE(tokenizer.encode("a b", 3).truncated);
}

// The ids are those of the tokenizers library 0.22.2 and 0.23.3.
TEST(Tokenizer, SpecialTokensMayBeFoundInTheNormalisedText) {
  const auto vocabulary = test::small_vocabulary(
      {"a", "b", "##b", "[", "]", "cl", "##s", "sep", "c", "l", "s", "CL", "##S", "C", "SEP"});
  const std::vector<std::string> texts = {
      "[cls] [CLS]",         "a[Cls]b", "[[cLs]]",     "[C\u200bLS]",
      "[\u0107ls]",          "[c ls]",  "[sep] [SEP]", "[SE\u200bP] [cls][SEP]",
      "ab [SEP][\u4e2dcls]", "",        "[cls",        "[CLS]\u0301"};
  struct Expected {
    bool lower_case;
    std::array<bool, 5> normalized;
    std::vector<std::string> ids;
  };
  const std::array<bool, 5> all{true, true, true, true, true}, cls_alone{false, false, true, false, false};
  const Expected table[] = {
      {true,
       all,
       {"2 2", "5 2 6", "8 2 9", "2", "2", "8 13 14 11 9", "3 3", "3 2 3", "5 7 3 8 1 10 11 9", "", "8 10 11",
        "2"}},
      {true,
       cls_alone,
       {"2 2", "5 2 6", "8 2 9", "2", "2", "8 13 14 11 9", "8 12 9 3", "8 12 9 2 3", "5 7 3 8 1 10 11 9", "",
        "8 10 11", "2"}},
      {false,
       all,
       {"8 10 11 9 2", "5 8 1 9 6", "8 8 1 9 9", "2", "8 1 9", "8 13 14 11 9", "8 12 9 3", "3 8 10 11 9 3",
        "5 7 3 8 1 10 11 9", "", "8 10 11", "2 1"}},
      {false,
       cls_alone,
       {"8 10 11 9 2", "5 8 1 9 6", "8 8 1 9 9", "2", "8 1 9", "8 13 14 11 9", "8 12 9 3",
        "8 19 9 8 10 11 9 3", "5 7 3 8 1 10 11 9", "", "8 10 11", "2 1"}},
  };
  for (const auto& [lower_case, normalized, ids] : table) {
    const Tokenizer tokenizer(vocabulary, {.lower_case = lower_case, .normalized = normalized});
    for (size_t i = 0; i < texts.size(); ++i)
      EXPECT_EQ(joined(tokenizer.tokenize(texts[i])), ids[i]) << texts[i];
    EXPECT_THROW(tokenizer.tokenize("a [CLS] \xff"), DataError);
  }
}

TEST(Tokenizer, PairsAreCutLongestFirst) {
  const int64_t table[][5] = {{10, 10, 8, 3, 2},     {10, 11, 8, 3, 2},       {11, 10, 8, 3, 2},
                              {3, 10, 8, 3, 2},      {2, 20, 8, 2, 3},        {2, 20, 6, 2, 1},
                              {3, 10, 16, 3, 10},    {100, 100, 128, 63, 62}, {63, 70, 128, 63, 62},
                              {62, 70, 128, 62, 63}, {60, 80, 128, 60, 65}};
  for (const auto& [a, b, max_length, kept_a, kept_b] : table) {
    const auto kept = truncate_pair(a, b, max_length - 3);
    EXPECT_EQ(kept.a, kept_a) << a << ", " << b << ", " << max_length;
    EXPECT_EQ(kept.b, kept_b) << a << ", " << b << ", " << max_length;
  }
}

TEST(Tokenizer, RefusesALengthWithoutRoomForTokens) {
  const Tokenizer tokenizer(test::small_vocabulary({"a"}), {});
  EXPECT_THROW(tokenizer.encode("a", 2), UsageError);
  EXPECT_THROW(tokenizer.encode("a", -1), UsageError);
  EXPECT_THROW(tokenizer.encode_pair("a", "a", 4), UsageError);
  EXPECT_NO_THROW(tokenizer.encode("a", 3));
  EXPECT_NO_THROW(tokenizer.encode_pair("a", "a", 5));
}

TEST(Tokenizer, RefusesInvalidUtf8) {
  const Tokenizer tokenizer(test::small_vocabulary({"a"}), {});
  for (const char* text : {"a\xff", "\xc3", "a\xed\xa0\x80", "\xf4\x90\x80\x80 a"}) {
    EXPECT_THROW(tokenizer.tokenize(text), DataError);
  }
}

TEST(Tokenizer, AnyBytesAreTokenizedOrRefused) {
  const Tokenizer tokenizer(test::small_vocabulary({"a", "b", "##b", "##\xc3\xa9", "\xe4\xb8\xad", ".", "["}),
                            {});
  const auto piece = rc::gen::weightedOneOf<std::string>(
      {{30, rc::gen::element("a"s, "b"s, " "s, "["s, "\u00e9"s, "e\u0301"s, "\u4e2d"s, "\0"s, "\u226e"s)},
       {1, rc::gen::container<std::string>(rc::gen::arbitrary<char>())}});
  EXPECT_TRUE(rc::check("ids are in range or the text is refused", [&] {
    std::string text;
    for (const auto& part : *rc::gen::container<std::vector<std::string>>(piece)) text += part;
    try {
      for (const int32_t id : tokenizer.tokenize(text))
        RC_ASSERT(id >= 0 && id < tokenizer.vocabulary().size());
    } catch (const DataError&) {
      RC_TAG("refused");
    }
  }));
}

TEST(Tokenizer, SpacesBetweenTextsSeparateThem) {
  const Tokenizer tokenizer(test::small_vocabulary({"a", "b", "##b", "##a", "."}), {});
  const auto text = rc::gen::container<std::string>(rc::gen::element('a', 'b', '.', ' ', '\0', 'A'));
  EXPECT_TRUE(rc::check("tokens(x + blank + y) = tokens(x) + tokens(y)", [&] {
    const auto x = *text, y = *text;
    auto both = tokenizer.tokenize(x);
    tokenizer.tokenize_into(y, both);
    RC_ASSERT(tokenizer.tokenize(x + " " + y) == both);
  }));
}

}  // namespace
}  // namespace hone
