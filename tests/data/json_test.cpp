#include "data/json/json.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "core/quote.h"
#include "data/json/json_writer.h"
#include "data/json/key_set.h"
#include "tests/data/temporary_folder.h"

namespace hone {
namespace {

using test::failure_of;
using testing::HasSubstr;

TEST(Json, ReadsEveryTypeInDocumentOrder) {
  const Json json =
      parse_json(R"({"b": [1, -2, 0.5, true, null, "x\u0041\ud83d\ude00"], "a": {"inner": 7}})", "f");
  ASSERT_EQ(json.as_object("").size(), 2u);
  EXPECT_EQ(json.as_object("")[0].first, "b");
  const auto& array = json.at("b").as_array("");
  EXPECT_EQ(array[0].as_int(""), 1);
  EXPECT_EQ(array[1].as_int(""), -2);
  EXPECT_EQ(array[2].as_number(""), 0.5);
  EXPECT_TRUE(array[3].as_bool(""));
  EXPECT_TRUE(array[4].is_null());
  EXPECT_EQ(array[5].as_string(""), "xA\xF0\x9F\x98\x80");
  EXPECT_EQ(json.at("a").get_int("inner", 0), 7);
  EXPECT_EQ(json.find("c"), nullptr);
}

TEST(Json, KeepsIntegersOf64BitsExactlyAndLargerOnesAsNumbers) {
  const Json json = parse_json(
      "[18446744073709551615, -9223372036854775808, 9223372036854775807,"
      " 1000000000000000019884624838656]",
      "f");
  const auto& array = json.as_array("");
  EXPECT_TRUE(array[0].is_integer());
  EXPECT_THAT(failure_of([&] { array[0].as_int("f"); }).message,
              HasSubstr("18446744073709551615 is too large"));
  EXPECT_EQ(array[1].as_int(""), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(array[2].as_int(""), std::numeric_limits<int64_t>::max());
  EXPECT_FALSE(array[3].is_integer());
  EXPECT_EQ(array[3].as_number(""), 1e30);
}

TEST(Json, RefusesWhatIsNotStrictJson) {
  const std::pair<std::string, const char*> cases[] = {
      {"", "invalid JSON"},
      {"  ", "invalid JSON"},
      {"{", "invalid JSON"},
      {"{} {}", "invalid JSON"},
      {"{}x", "invalid JSON"},
      {"[1,]", "invalid JSON"},
      {"{\"a\":1,}", "invalid JSON"},
      {"[1] // comment", "invalid JSON"},
      {"[01]", "invalid JSON"},
      {"[+1]", "invalid JSON"},
      {"[NaN]", "invalid JSON"},
      {"[1e999]", "invalid JSON"},
      {"['a']", "invalid JSON"},
      {"[\"a\nb\"]", "invalid JSON"},
      {"[\"\\ud800\"]", "invalid JSON"},
      {"\xEF\xBB\xBF{}", "byte order mark"},
      {std::string("{}\0", 3), "NUL byte at byte 2"},
      {std::string("{}\0{", 4), "NUL byte at byte 2"},
      {"[\"\xFF\"]", "invalid UTF-8 at byte 2"},
      {"[\"\xED\xA0\x80\"]", "invalid UTF-8 at byte 2"},
      {"[\"\xC0\x80\"]", "invalid UTF-8 at byte 2"},
      {"{\"a\":1,\"a\":1}", "duplicate key \"a\""},
      {"{\"a\":1,\"\\u0061\":1}", "duplicate key \"a\""},
      {"[{\"x\":{\"k\":1,\"k\":2}}]", "duplicate key \"k\""},
  };
  for (const auto& [text, message] : cases) {
    const auto failure = failure_of([&, &bytes = text] { parse_json(bytes, "f.json"); });
    EXPECT_THAT(failure.message, HasSubstr(message)) << text;
    EXPECT_THAT(failure.message, testing::StartsWith("f.json: ")) << text;
    EXPECT_EQ(failure.kind, ErrorKind::model);
  }
}

TEST(Json, EqualKeysInDifferentObjectsAreLegal) {
  EXPECT_EQ(parse_json(R"({"a": {"a": 1}, "b": {"a": 2}})", "f").at("b").get_int("a", 0), 2);
}

TEST(Json, LimitsTheDepthWithoutRecursion) {
  EXPECT_NO_THROW(parse_json("[[[1]]]", "f", 3));
  EXPECT_THAT(failure_of([] { parse_json("[[[[1]]]]", "f", 3); }).message, HasSubstr("deeper than 3"));
  const std::string deep(10'000'000, '[');
  EXPECT_THAT(failure_of([&] { parse_json(deep, "f"); }).message, HasSubstr("deeper than 64"));
}

TEST(Json, MessagesDoNotRepeatLongTexts) {
  const std::string text = "[\"" + std::string(1'000'000, 'x') + "\" 1]";
  EXPECT_LT(failure_of([&] { parse_json(text, "f"); }).message.size(), 200u);
  EXPECT_LT(failure_of([&] {
              parse_json("{\"" + std::string(5000, 'x') + "\":1,\"" + std::string(5000, 'x') + "\":1}", "f");
            }).message.size(),
            300u);
  const auto number = failure_of([] { parse_json("[1" + std::string(5000, '0') + "]", "f"); });
  EXPECT_LT(number.message.size(), 300u);
  EXPECT_THAT(number.message, HasSubstr("overflow"));
}

TEST(Json, TypeErrorsNameFileKeyAndBothTypes) {
  const Json json = parse_json(R"({"size": "big", "none": null, "real": 4.0})", "config.json");
  EXPECT_EQ(failure_of([&] { json.get_int("size", 0); }).message,
            "config.json: key \"size\": expected an integer, found a string");
  EXPECT_EQ(failure_of([&] { json.get_int("real", 0); }).message,
            "config.json: key \"real\": expected an integer, found a number");
  EXPECT_EQ(failure_of([&] { json.get_bool("none", true); }).message,
            "config.json: key \"none\": expected a boolean, found null");
  EXPECT_EQ(failure_of([&] { json.at("other"); }).message, "config.json: key \"other\" is missing");
  EXPECT_EQ(json.get_int("other", 5), 5);
  EXPECT_EQ(json.get_string("other", "x"), "x");
  EXPECT_EQ(json.get_number("real", 0), 4.0);
}

TEST(Json, ShownCutsBetweenCharactersAndEscapes) {
  EXPECT_EQ(shown(std::string("a\0\n", 3)), "\"a\\u0000\\n\"");
  std::string name(119, 'x');
  name += "\xF0\x9F\x98\x80tail";
  EXPECT_EQ(shown(name), "\"" + std::string(119, 'x') + "...\"");
}

TEST(JsonWriter, WritesOneLine) {
  JsonWriter json;
  json.begin_object()
      .field("event", "step")
      .field("step", 1)
      .field("loss", 0.1f)
      .field("x", 0.1)
      .field("flag", true);
  json.key("list").begin_array().value(uint64_t{18446744073709551615u}).value(-1).value(nullptr).end_array();
  json.key("empty").begin_object().end_object().key("none").begin_array().end_array().end_object();
  EXPECT_EQ(json.str(), R"({"event":"step","step":1,"loss":0.1,"x":0.1,"flag":true,)"
                        R"("list":[18446744073709551615,-1,null],"empty":{},"none":[]})");
}

TEST(JsonWriter, Indents) {
  JsonWriter json(JsonWriter::Style::indented);
  json.begin_object().key("a").begin_array().value(1).value(2).end_array().field("b", "c");
  json.key("empty").begin_array().end_array().end_object();
  EXPECT_EQ(json.str(), "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": \"c\",\n  \"empty\": []\n}");
}

TEST(JsonWriter, FloatsReadBackEqualAndLookLikeFloats) {
  for (const double value : {0.1, 1.0, -0.0, 1e-12, 1e300, 5e-324, 123456789.123456789, 1.0 / 3}) {
    const std::string text = JsonWriter().value(value).str();
    EXPECT_EQ(std::strtod(text.c_str(), nullptr), value) << text;
    EXPECT_NE(text.find_first_of(".e"), std::string::npos) << text;
  }
  EXPECT_EQ(JsonWriter().value(16777216.0f).str(), "16777216.0");
  EXPECT_EQ(JsonWriter().value(std::nan("")).str(), "null");
  EXPECT_EQ(JsonWriter().value(std::numeric_limits<float>::infinity()).str(), "null");
}

TEST(JsonWriter, EscapesWhatJsonDemandsAndNothingElse) {
  EXPECT_EQ(JsonWriter().value("\"\\/\n\t\r\b\f\x01\x1f\x7f\xC3\xA9").str(),
            "\"\\\"\\\\/\\n\\t\\r\\b\\f\\u0001\\u001f\x7f\xC3\xA9\"");
}

}  // namespace
// A hash by which all keys collide.
struct OneHash {
  size_t operator()(const std::string&) const { return 7; }
};

template <class Set>
void expect_each_key_once() {
  constexpr int kKeys = 1000;
  Set keys;
  for (int i = 0; i < kKeys; ++i) ASSERT_TRUE(keys.insert("key " + std::to_string(i))) << i;
  for (int i = 0; i < kKeys; ++i) ASSERT_FALSE(keys.insert("key " + std::to_string(i))) << i;
  EXPECT_TRUE(keys.insert(""));
  EXPECT_FALSE(keys.insert(""));
}

TEST(KeySetTest, FindsEveryRepeatedKey) { expect_each_key_once<KeySet<>>(); }

TEST(KeySetTest, FindsRepeatedKeysThatAllCollide) { expect_each_key_once<KeySet<OneHash>>(); }

}  // namespace hone
