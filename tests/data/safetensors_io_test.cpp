#include <gmock/gmock.h>
#include <sys/stat.h>

#include <cmath>

#include "data/safetensors/float16.h"
#include "data/safetensors/safetensors.h"
#include "data/safetensors/safetensors_writer.h"
#include "tests/data/safetensors_bytes.h"

namespace hone {
namespace {

using namespace test;
using testing::HasSubstr;
class SafetensorsData : public Safetensors {};

template <class T>
std::string bytes_of(std::initializer_list<T> values) {
  return std::string(reinterpret_cast<const char*>(values.begin()), values.size() * sizeof(T));
}

TEST_F(SafetensorsData, ReadsUnalignedTensorsOfEveryUsableDtype) {
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
    EXPECT_EQ(failure.kind, ErrorKind::model);
  }
  EXPECT_THAT(failure_of([&] { file.read_f32(*file.find("f"), one); }).message,
              HasSubstr("has 2 elements, asked for 1"));
}

TEST_F(SafetensorsData, ReadsTensorsLargerThanAChunk) {
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

TEST_F(SafetensorsData, AFileThatShrinksIsAnError) {
  const auto file = open(file_of(kValid, zeros(4)));
  std::filesystem::resize_file(file.path(), 20);
  std::vector<float> out(1);
  const auto failure = failure_of([&] { file.read_f32(*file.find("t"), out); });
  EXPECT_THAT(failure.message, HasSubstr("ends at byte"));
  EXPECT_EQ(failure.kind, ErrorKind::model);
}

TEST_F(SafetensorsData, MissingFilesAndFifosAreModelErrors) {
  EXPECT_EQ(failure_of([&] { SafetensorsFile::open(folder_ / "none"); }).kind, ErrorKind::model);
  ASSERT_EQ(::mkfifo((folder_ / "fifo").c_str(), 0600), 0);
  EXPECT_EQ(failure_of([&] { SafetensorsFile::open(folder_ / "fifo"); }).kind, ErrorKind::model);
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

TEST_F(SafetensorsData, WritesTheReferenceBytes) {
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

TEST_F(SafetensorsData, WritesNamesAsTheReferenceDoes) {
  const int8_t zero[2] = {};
  write_safetensors(folder_ / "f", {{"\xC3\xA9/\"\n\x01", "I8", {1}, zero, 1}, {"Z", "I8", {1}, zero + 1, 1}},
                    {});
  EXPECT_THAT(slurp(folder_ / "f"),
              HasSubstr("{\"Z\":{\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[0,1]},"
                        "\"\xC3\xA9/\\\"\\n\\u0001\":{"));
  EXPECT_NE(SafetensorsFile::open(folder_ / "f").find("\xC3\xA9/\"\n\x01"), nullptr);
}

TEST_F(SafetensorsData, SortsByDtypeThenName) {
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

TEST_F(SafetensorsData, RefusesToWriteWhatAReaderWouldMisread) {
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

}  // namespace
}  // namespace hone
