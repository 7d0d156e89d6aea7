#include "data/safetensors.h"

#include <gmock/gmock.h>
#include <rapidcheck.h>
#include <sys/stat.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "data/float16.h"
#include "tests/data/temporary_folder.h"

namespace hone {
namespace {

using test::failure_of;
using test::slurp;
using test::TemporaryFolder;
using testing::HasSubstr;

std::string length_bytes(uint64_t length) {
  return std::string(reinterpret_cast<const char*>(&length), sizeof length);
}
std::string file_of(const std::string& header, const std::string& buffer = "") {
  return length_bytes(header.size()) + header + buffer;
}
std::string zeros(size_t count) { return std::string(count, '\0'); }

// A header of one entry called "t".
std::string entry(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"t":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
}
const std::string kValid = entry("F32", "[1]", "[0,4]");

// Header with several F32 entries given as name, shape, offsets.
struct Entry {
  std::string name, shape, offsets;
};
std::string entries(const std::vector<Entry>& list) {
  std::string text = "{";
  for (const auto& e : list) {
    text += (text.size() > 1 ? "," : "") + ("\"" + e.name) + R"(":{"dtype":"F32","shape":)" + e.shape +
            R"(,"data_offsets":)" + e.offsets + "}";
  }
  return text + "}";
}

class Safetensors : public testing::Test {
 protected:
  SafetensorsFile open(const std::string& bytes) {
    return SafetensorsFile::open(folder_.write("f.safetensors", bytes));
  }
  void accepts(const std::string& bytes) { EXPECT_NO_THROW(open(bytes)) << bytes; }
  void refuses(const std::string& bytes, const std::string& message) {
    const auto failure = failure_of([&] { open(bytes); });
    EXPECT_THAT(failure.message, HasSubstr(message)) << bytes.substr(0, 300);
    EXPECT_THAT(failure.message, HasSubstr("f.safetensors: "));
    EXPECT_EQ(failure.exit_code, 4);
  }
  TemporaryFolder folder_;
};

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

template <class T>
std::string bytes_of(std::initializer_list<T> values) {
  return std::string(reinterpret_cast<const char*>(values.begin()), values.size() * sizeof(T));
}

TEST_F(Safetensors, ReadsUnalignedTensorsOfEveryUsableDtype) {
  const std::string header =
      R"({"u":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"f":{"dtype":"F32","shape":[2],"data_offsets":[1,9]},)"
      R"("d":{"dtype":"F64","shape":[1,2],"data_offsets":[9,25]},"h":{"dtype":"F16","shape":[3],"data_offsets":[25,31]},)"
      R"("b":{"dtype":"BF16","shape":[2],"data_offsets":[31,35]},"i":{"dtype":"I32","shape":[1],"data_offsets":[35,39]},)"
      R"("l":{"dtype":"I64","shape":[1],"data_offsets":[39,47]}})";
  const auto file = open(file_of(header, "x" + bytes_of({1.5f, -2.f}) + bytes_of({0.1, 3.0}) +
                                             bytes_of<uint16_t>({0x3C00, 0xC100, 0x0001}) +
                                             bytes_of<uint16_t>({0x3F80, 0xC020}) + bytes_of<int32_t>({-7}) +
                                             bytes_of<int64_t>({int64_t{1} << 40})));
  const auto f32 = [&](const char* name) {
    std::vector<float> out(file.find(name)->elements());
    file.read_f32(*file.find(name), out);
    return out;
  };
  EXPECT_EQ(f32("f"), (std::vector<float>{1.5f, -2.f}));
  EXPECT_EQ(f32("d"), (std::vector<float>{0.1f, 3.f}));
  EXPECT_EQ(f32("h"), (std::vector<float>{1.f, -2.5f, 0x1p-24f}));
  EXPECT_EQ(f32("b"), (std::vector<float>{1.f, -2.5f}));
  std::vector<double> d(2);
  file.read_f64(*file.find("d"), d);
  EXPECT_EQ(d, (std::vector<double>{0.1, 3.0}));
  std::vector<int64_t> i(1);
  file.read_i64(*file.find("i"), i);
  EXPECT_EQ(i[0], -7);
  file.read_i64(*file.find("l"), i);
  EXPECT_EQ(i[0], int64_t{1} << 40);

  std::vector<float> one(1);
  for (const char* name : {"i", "u"}) {
    const auto failure = failure_of([&] { file.read_f32(*file.find(name), one); });
    EXPECT_THAT(failure.message, HasSubstr("expected F32, F16, BF16 or F64"));
    EXPECT_THAT(failure.message, HasSubstr("tensor \"" + std::string(name) + "\" has dtype"));
    EXPECT_EQ(failure.exit_code, 4);
  }
  EXPECT_THAT(failure_of([&] { file.read_f32(*file.find("f"), one); }).message,
              HasSubstr("has 2 elements, asked for 1"));
}

TEST_F(Safetensors, ReadsTensorsLargerThanAChunk) {
  constexpr size_t kCount = 300'001;  // 2.4 MB of F64
  std::vector<double> values(kCount);
  for (size_t i = 0; i < kCount; ++i) values[i] = static_cast<double>(i) * 0.5;
  const std::vector<TensorData> tensors{{"d", "F64", {kCount}, values.data(), kCount * 8}};
  write_safetensors(folder_ / "f", tensors, {});
  const auto file = SafetensorsFile::open(folder_ / "f");
  std::vector<float> floats(kCount);
  file.read_f32(*file.find("d"), floats);
  for (size_t i = 0; i < kCount; ++i) ASSERT_EQ(floats[i], static_cast<float>(values[i])) << i;
}

TEST_F(Safetensors, AFileThatShrinksIsAnError) {
  const auto file = open(file_of(kValid, zeros(4)));
  std::filesystem::resize_file(file.path(), 20);
  std::vector<float> out(1);
  const auto failure = failure_of([&] { file.read_f32(*file.find("t"), out); });
  EXPECT_THAT(failure.message, HasSubstr("ends at byte"));
  EXPECT_EQ(failure.exit_code, 4);
}

TEST_F(Safetensors, MissingFilesAndFifosAreModelErrors) {
  EXPECT_EQ(failure_of([&] { SafetensorsFile::open(folder_ / "none"); }).exit_code, 4);
  ASSERT_EQ(::mkfifo((folder_ / "fifo").c_str(), 0600), 0);
  EXPECT_EQ(failure_of([&] { SafetensorsFile::open(folder_ / "fifo"); }).exit_code, 4);
}

TEST(Float16, EveryBitPatternConvertsExactly) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const int exponent = static_cast<int>(bits >> 10 & 31), mantissa = static_cast<int>(bits & 0x3FF);
    const double sign = bits & 0x8000 ? -1 : 1;
    const float value = float_from_f16(static_cast<uint16_t>(bits));
    EXPECT_EQ(std::signbit(value), sign < 0);
    if (exponent == 31) {
      EXPECT_TRUE(mantissa != 0 ? std::isnan(value) : std::isinf(value)) << bits;
    } else {
      const double fraction = mantissa / 1024.0 + (exponent > 0 ? 1 : 0);
      EXPECT_EQ(value, sign * std::ldexp(fraction, std::max(exponent, 1) - 15)) << bits;
    }
  }
}

TEST_F(Safetensors, WritesTheReferenceBytes) {
  const int32_t i32 = 0;
  const int8_t i8 = 0;
  const float f32[4] = {};
  write_safetensors(folder_ / "a", {{"w2", "I8", {1}, &i8, 1}, {"weight", "I32", {1}, &i32, 4}}, {});
  EXPECT_EQ(slurp(folder_ / "a"), length_bytes(0x70) +
                                      R"({"weight":{"dtype":"I32","shape":[1],"data_offsets":[0,4]},)" +
                                      R"("w2":{"dtype":"I8","shape":[1],"data_offsets":[4,5]}})" + zeros(5));
  write_safetensors(folder_ / "b", {{"test", "F32", {2, 2}, f32, 16}}, {{"format", "pt"}, {"a", "b"}});
  EXPECT_EQ(slurp(folder_ / "b"), length_bytes(0x68) + R"({"__metadata__":{"a":"b","format":"pt"},)" +
                                      R"("test":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}})" +
                                      "     " + zeros(16));
  write_safetensors(folder_ / "c", {}, {});
  EXPECT_EQ(slurp(folder_ / "c"), length_bytes(8) + "{}      ");
}

TEST_F(Safetensors, WritesNamesAsTheReferenceDoes) {
  const int8_t zero[2] = {};
  write_safetensors(folder_ / "f", {{"\xC3\xA9/\"\n\x01", "I8", {1}, zero, 1}, {"Z", "I8", {1}, zero + 1, 1}},
                    {});
  EXPECT_THAT(slurp(folder_ / "f"),
              HasSubstr("{\"Z\":{\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[0,1]},"
                        "\"\xC3\xA9/\\\"\\n\\u0001\":{"));
  EXPECT_NE(SafetensorsFile::open(folder_ / "f").find("\xC3\xA9/\"\n\x01"), nullptr);
}

TEST_F(Safetensors, SortsByDtypeThenName) {
  const char* order[] = {"U64",     "I64",     "F64", "C64", "F32",         "U32",         "I32",
                         "BF16",    "F16",     "U16", "I16", "F8_E5M2FNUZ", "F8_E4M3FNUZ", "F8_E8M0",
                         "F8_E4M3", "F8_E5M2", "I8",  "U8",  "F4",          "BOOL"};
  std::vector<TensorData> tensors;
  std::vector<std::byte> memory(20 * 16);
  for (size_t i = 20; i-- > 0;) {
    const uint64_t bytes = static_cast<uint64_t>(bits_of_dtype(order[i])) * 2 / 8;
    tensors.push_back({"n" + std::to_string(i), order[i], {2}, &memory[i * 16], bytes});
  }
  write_safetensors(folder_ / "f", tensors, {});
  const auto file = SafetensorsFile::open(folder_ / "f");
  for (size_t i = 0; i < 20; ++i) EXPECT_EQ(file.tensors()[i].dtype, order[i]);
}

TEST_F(Safetensors, RefusesToWriteWhatAReaderWouldMisread) {
  const float data[4] = {};
  const auto refusal = [&](std::vector<TensorData> tensors) {
    return failure_of([&] {
             write_safetensors(folder_ / "f", std::move(tensors), {{"format", "pt"}});
           })
        .message;
  };
  EXPECT_THAT(refusal({{"__metadata__", "F32", {1}, data, 4}}), HasSubstr("reserved"));
  EXPECT_THAT(refusal({{"a", "F32", {1}, data, 4}, {"a", "F32", {1}, data + 1, 4}}),
              HasSubstr("duplicate tensor \"a\""));
  EXPECT_THAT(refusal({{"a", "F32", {2}, data, 8}, {"b", "F32", {2}, data + 1, 8}}),
              HasSubstr("share memory"));
  EXPECT_THAT(refusal({{"a", "F32", {2}, data, 4}}), HasSubstr("takes 8 bytes, got 4"));
  EXPECT_THAT(refusal({{"a", "f32", {1}, data, 4}}), HasSubstr("unknown dtype"));
  EXPECT_THAT(refusal({{"\xFF", "F32", {1}, data, 4}}), HasSubstr("not valid UTF-8"));
  EXPECT_THAT(refusal({{std::string(100'000'000, 'a'), "F32", {1}, data, 4}}),
              HasSubstr("at most 100000000"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "f"));
}

// A small sound file, of which the properties below damage copies.
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
    EXPECT_EQ(failure_of([&] { SafetensorsFile::open(path); }).exit_code, 4) << length;
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
