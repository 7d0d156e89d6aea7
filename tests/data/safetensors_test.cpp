#include "data/safetensors/safetensors.h"

#include <gmock/gmock.h>
#include <rapidcheck.h>

#include "tests/data/safetensors_bytes.h"

namespace hone {
namespace {

using namespace test;
using testing::HasSubstr;

TEST_F(Safetensors, RefusesABadLength) {
  refuses("", "header too small");
  refuses(zeros(7), "header too small");
  refuses(length_bytes(60), "invalid header length");
  refuses(length_bytes(3) + "{}", "invalid header length");
  refuses(length_bytes(100'000'000) + "{}", "invalid header length");
  refuses(length_bytes(0xffffff000000003c), "header too large");
  refuses(length_bytes(UINT64_MAX), "header too large");
  refuses(length_bytes(100'000'001), "header too large");
}

TEST_F(Safetensors, RefusesInvalidUtf8) {
  refuses(file_of("\xff"), "invalid UTF-8");
  refuses(file_of("{\"\xc3\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", zeros(4)),
          "invalid UTF-8");
  refuses(file_of("{\"\xed\xa0\x80\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", zeros(4)),
          "invalid UTF-8");
}

TEST_F(Safetensors, RefusesWhatIsNotOneJsonObject) {
  refuses(file_of(""), "invalid JSON");
  refuses(file_of("    "), "invalid JSON");
  refuses(file_of("{"), "invalid JSON");
  refuses(file_of("[]"), "must be an object, found an array");
  refuses(file_of("null"), "must be an object, found null");
  refuses(file_of("7"), "must be an object, found a number");
  refuses(file_of(kValid + std::string(1, '\0'), zeros(4)), "NUL byte");
  refuses(file_of(kValid + "x", zeros(4)), "invalid JSON");
  refuses(file_of("\xEF\xBB\xBF" + kValid, zeros(4)), "byte order mark");
  refuses(file_of(R"({"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},})", zeros(4)), "invalid JSON");
  refuses(file_of(R"({"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4],}})", zeros(4)), "invalid JSON");
  refuses(file_of("{/* comment */}"), "invalid JSON");
  refuses(file_of("{} // comment"), "invalid JSON");
}

TEST_F(Safetensors, RefusesNumbersThatAreNotUnsigned64BitIntegers) {
  for (const char* number :
       {"-1", "-0", "4.0", "4e0", "1e2", "04", "\"4\"", "18446744073709551616", "null", "[]"}) {
    refuses(file_of(entry("F32", "[" + std::string(number) + "]", "[0,4]"), zeros(4)), "invalid");
    refuses(file_of(entry("F32", "[1]", "[0," + std::string(number) + "]"), zeros(4)), "invalid");
    refuses(file_of(entry("F32", "[1]", "[" + std::string(number) + ",4]"), zeros(4)), "invalid");
  }
}

TEST_F(Safetensors, RefusesMalformedEntries) {
  refuses(file_of(entry("F32", "[1]", "[0]"), zeros(4)),
          "tensor \"t\": data_offsets must hold 2 numbers, found 1");
  refuses(file_of(entry("F32", "[1]", "[0,4,4]"), zeros(4)), "data_offsets must hold 2 numbers, found more");
  refuses(file_of(entry("F32", "[1]", "4"), zeros(4)), "data_offsets cannot be a number");
  refuses(file_of(entry("F32", "1", "[0,4]"), zeros(4)), "shape cannot be a number");
  for (const char* dtype : {"F33", "f32", "F8_E4M3FN", ""}) {
    refuses(file_of(entry(dtype, "[1]", "[0,4]"), zeros(4)),
            "tensor \"t\": unknown dtype \"" + std::string(dtype));
  }
  refuses(file_of(R"({"t":{"shape":[1],"data_offsets":[0,4]}})", zeros(4)), "tensor \"t\": dtype is missing");
  refuses(file_of(R"({"t":{"dtype":"F32","data_offsets":[0,4]}})", zeros(4)),
          "tensor \"t\": shape is missing");
  refuses(file_of(R"({"t":{"dtype":"F32","shape":[1]}})", zeros(4)), "tensor \"t\": data_offsets is missing");
  refuses(file_of(R"({"t":{"dtype":7,"shape":[1],"data_offsets":[0,4]}})", zeros(4)),
          "dtype cannot be a number");
  refuses(file_of(R"({"t":null})"), "the entry of \"t\" must be an object, found null");
  refuses(file_of(R"({"t":["F32",[1],[0,4]]})", zeros(4)),
          "the entry of \"t\" must be an object, found an array");
}

TEST_F(Safetensors, RefusesMalformedMetadata) {
  for (const char* value : {"1", "{}", "null", "[]", "true"}) {
    refuses(file_of(R"({"__metadata__":{"k":)" + std::string(value) + "}}"),
            "metadata \"k\" must be a string");
  }
  refuses(file_of(R"({"__metadata__":{"k":)" + std::string(100'000, '[') + std::string(100'000, ']') + "}}"),
          "invalid");
  refuses(file_of(R"({"__metadata__":"text"})"), "must be an object, found a string");
  refuses(file_of(R"({"__metadata__":null})"), "must be an object, found null");
  refuses(file_of(R"({"__metadata__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", zeros(4)),
          "metadata \"shape\" must be a string");
}

TEST_F(Safetensors, RefusesRawControlCharactersAndLoneSurrogatesInNames) {
  refuses(file_of(entries({{std::string("a\0b", 3), "[1]", "[0,4]"}}), zeros(4)), "NUL byte");
  refuses(file_of(entries({{"a\nb", "[1]", "[0,4]"}}), zeros(4)), "invalid JSON");
  refuses(file_of(entries({{"\\ud800", "[1]", "[0,4]"}}), zeros(4)), "invalid JSON");
}

TEST_F(Safetensors, AcceptsEmptyFilesAndBlanks) {
  EXPECT_TRUE(open(file_of("{}")).tensors().empty());
  EXPECT_EQ(open(file_of(R"({"__metadata__":{"a":"b"}})")).metadata().at("a"), "b");
  for (const char* blank : {" ", "\n", "\t", "\r\n \t"}) {
    accepts(file_of(blank + kValid, zeros(4)));
    accepts(file_of(kValid + blank, zeros(4)));
  }
}

TEST_F(Safetensors, RefusesBytesThatNoTensorCovers) {
  refuses(file_of("{}", zeros(4)), "the tensors cover 0 bytes, the file holds 4");
  refuses(file_of(kValid, zeros(5)), "the tensors cover 4 bytes, the file holds 5");
  refuses(file_of(kValid, zeros(2)), "the tensors cover 4 bytes, the file holds 2");
}

TEST_F(Safetensors, AcceptsZeroSizesAndScalars) {
  accepts(file_of(entry("F32", "[2,0]", "[0,0]")));
  accepts(file_of(entries({{"a", "[0]", "[0,0]"}, {"b", "[0,3]", "[0,0]"}})));
  accepts(file_of(entries({{"a", "[1]", "[0,4]"}, {"b", "[0]", "[4,4]"}, {"c", "[1]", "[4,8]"}}), zeros(8)));
  const auto file = open(file_of(entry("F32", "[]", "[0,4]"), zeros(4)));
  EXPECT_EQ(file.tensors()[0].elements(), 1u);
  accepts(file_of(entry("F32", "[0,18446744073709551615]", "[0,0]")));
}

TEST_F(Safetensors, RefusesHolesAndOverlaps) {
  refuses(file_of(entry("F32", "[1]", "[4,8]"), zeros(8)), "tensor \"t\": invalid offset");
  refuses(file_of(entries({{"a", "[1]", "[0,4]"}, {"b", "[1]", "[8,12]"}}), zeros(12)),
          "tensor \"b\": invalid offset");
  refuses(file_of(entries({{"a", "[2]", "[0,8]"}, {"b", "[1]", "[4,8]"}}), zeros(8)),
          "tensor \"b\": invalid offset");
  refuses(file_of(entries({{"a", "[1]", "[4,0]"}}), zeros(4)), "invalid offset");
  std::vector<Entry> shared;
  for (int i = 0; i < 10; ++i) shared.push_back({"t" + std::to_string(i), "[1]", "[0,4]"});
  refuses(file_of(entries(shared), zeros(4)), "invalid offset");
}

TEST_F(Safetensors, RefusesSizesThatDoNotMatch) {
  refuses(file_of(entry("F32", "[2]", "[0,4]"), zeros(4)),
          "F32 of shape [2] takes 8 bytes, the offsets span 4");
  refuses(file_of(entry("F32", "[]", "[0,0]")), "F32 of shape [] takes 4 bytes, the offsets span 0");
  refuses(file_of(entry("F32", "[1]", "[0,9223372036854775808]"), zeros(4)),
          "the offsets span 9223372036854775808");
}

TEST_F(Safetensors, RefusesOverflow) {
  refuses(file_of(entry("F32", "[2,18446744073709551615]", "[0,4]"), zeros(4)), "overflow");
  refuses(file_of(entry("F64", "[2305843009213693952]", "[0,0]")), "overflow");
  refuses(file_of(entry("F32", "[18446744073709551615,18446744073709551615,0]", "[0,0]")), "overflow");
}

TEST_F(Safetensors, IgnoresOtherFieldsOfAnEntry) {
  accepts(file_of(
      R"({"t":{"dtype":"F32","extra":{"dtype":[1,{"x":-0.5}]},"more":null,"shape":[1],"data_offsets":[0,4]}})",
      zeros(4)));
  refuses(
      file_of(R"({"t":{"dtype":"F32","extra":[[[[[[[[]]]]]]]],"shape":[1],"data_offsets":[0,4]}})", zeros(4)),
      "nested deeper than 8");
}

TEST_F(Safetensors, RefusesDuplicatesEverywhere) {
  refuses(file_of(entries({{"a", "[1]", "[0,4]"}, {"a", "[1]", "[0,4]"}}), zeros(4)), "duplicate key \"a\"");
  refuses(file_of(entries({{"a", "[9]", "[7,8]"}, {"a", "[1]", "[0,4]"}}), zeros(4)), "duplicate key \"a\"");
  refuses(file_of(entries({{"a", "[1]", "[0,4]"}, {"a", "[1]", "[4,8]"}}), zeros(8)), "duplicate key \"a\"");
  refuses(file_of(R"({"__metadata__":{"k":"1","k":"2"}})"), "duplicate key \"k\"");
  refuses(file_of(R"({"__metadata__":{},"__metadata__":{}})"), "duplicate key \"__metadata__\"");
  refuses(file_of(R"({"t":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}})", zeros(4)),
          "duplicate key \"dtype\"");
  refuses(file_of(R"({"t":{"dtype":"F32","x":{"k":1,"k":1},"shape":[1],"data_offsets":[0,4]}})", zeros(4)),
          "duplicate key \"k\"");
}

TEST_F(Safetensors, AcceptsAnyNameAndEscapesItInMessages) {
  accepts(file_of(entries({{"", "[1]", "[0,4]"}}), zeros(4)));
  EXPECT_NE(open(file_of(entries({{"\\ud83d\\ude00", "[1]", "[0,4]"}}), zeros(4))).find("\xF0\x9F\x98\x80"),
            nullptr);
  EXPECT_NE(open(file_of(entries({{"a\\u0000b", "[1]", "[0,4]"}}), zeros(4))).find(std::string("a\0b", 3)),
            nullptr);
  refuses(file_of(entries({{"a\\u0000\\nb", "[2]", "[0,4]"}}), zeros(4)), "tensor \"a\\u0000\\nb\"");
}

TEST_F(Safetensors, ElementsOfLessThanAByteMustFillWholeBytes) {
  for (const char* dtype : {"F4", "F6_E2M3", "F6_E3M2"}) {
    refuses(file_of(entry(dtype, "[1]", "[0,1]"), zeros(1)), "misaligned");
  }
  accepts(file_of(entry("F4", "[2]", "[0,1]"), zeros(1)));
  accepts(file_of(entry("F6_E2M3", "[4]", "[0,3]"), zeros(3)));
  accepts(file_of(entry("F6_E3M2", "[4]", "[0,3]"), zeros(3)));
}

TEST_F(Safetensors, KnowsEveryDtype) {
  const std::pair<const char*, int> bytes[] = {
      {"BOOL", 1},    {"U8", 1},          {"I8", 1},          {"F8_E5M2", 1}, {"F8_E4M3", 1},
      {"F8_E8M0", 1}, {"F8_E4M3FNUZ", 1}, {"F8_E5M2FNUZ", 1}, {"I16", 2},     {"U16", 2},
      {"F16", 2},     {"BF16", 2},        {"I32", 4},         {"U32", 4},     {"F32", 4},
      {"I64", 8},     {"U64", 8},         {"F64", 8},         {"C64", 8}};
  for (const auto& [dtype, size] : bytes) {
    const std::string end = std::to_string(size);
    accepts(file_of(entry(dtype, "[1]", "[0," + end + "]"), zeros(static_cast<size_t>(size))));
  }
}

TEST_F(Safetensors, HundredThousandTensorsAreFine) {
  std::vector<Entry> many;
  for (int i = 0; i < 100'000; ++i) {
    many.push_back({"encoder.layer." + std::to_string(i) + ".weight", "[1]",
                    "[" + std::to_string(4 * i) + "," + std::to_string(4 * i + 4) + "]"});
  }
  const auto file = open(file_of(entries(many), zeros(400'000)));
  EXPECT_EQ(file.tensors().size(), 100'000u);
  ASSERT_NE(file.find("encoder.layer.77777.weight"), nullptr);
  EXPECT_EQ(file.find("encoder.layer.77777.weight")->begin, 4u * 77777);
  EXPECT_EQ(file.find("encoder.layer.100000.weight"), nullptr);
}

// A small sound file; the properties below damage copies of it.
std::string sample_file() {
  return file_of(R"({"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                 R"("b":{"dtype":"F16","shape":[1,2],"data_offsets":[8,12]}} )",
                 zeros(12));
}

// Whatever the bytes, opening either throws ModelError or gives tensors that can all be read.
void opens_or_refuses(const std::filesystem::path& path) {
  try {
    const auto file = SafetensorsFile::open(path);
    for (const TensorInfo& tensor : file.tensors()) {
      std::vector<std::byte> bytes(tensor.end - tensor.begin);
      file.read_bytes(tensor, bytes);
    }
  } catch (const ModelError&) {
  }
}

TEST_F(Safetensors, EveryTruncationIsRefused) {
  const std::string sample = sample_file();
  accepts(sample);
  for (size_t length = 0; length < sample.size(); ++length) {
    const auto path = folder_.write("f", std::string_view(sample).substr(0, length));
    EXPECT_EQ(failure_of([&] { SafetensorsFile::open(path); }).kind, ErrorKind::model) << length;
  }
}

TEST_F(Safetensors, RandomDamageNeverDoesHarm) {
  EXPECT_TRUE(rc::check("any bytes changed, inserted and removed", [&] {
    std::string bytes = sample_file();
    const int changes = *rc::gen::inRange(1, 6);
    for (int i = 0; i < changes && !bytes.empty(); ++i) {
      const auto at = *rc::gen::inRange<size_t>(0, bytes.size());
      const auto byte =
          *rc::gen::oneOf(rc::gen::arbitrary<char>(), rc::gen::elementOf(std::string("{}[]\",:019-. ")));
      switch (*rc::gen::inRange(0, 3)) {
        case 0:
          bytes[at] = byte;
          break;
        case 1:
          bytes.insert(at, 1, byte);
          break;
        default:
          bytes.erase(at, *rc::gen::inRange<size_t>(1, 9));
          break;
      }
    }
    // Half of the time the length is made to fit again, so that the JSON and the layout are reached.
    if (bytes.size() > 20 && *rc::gen::arbitrary<bool>())
      bytes.replace(0, 8, length_bytes(bytes.size() - 20));
    opens_or_refuses(folder_.write("f", bytes));
  }));
}

}  // namespace
}  // namespace hone
