#pragma once

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "data/safetensors/safetensors.h"
#include "tests/data/temporary_folder.h"

namespace hone::test {

inline std::string length_bytes(uint64_t length) {
  return std::string(reinterpret_cast<const char*>(&length), sizeof length);
}
inline std::string file_of(const std::string& header, const std::string& buffer = "") {
  return length_bytes(header.size()) + header + buffer;
}
inline std::string zeros(size_t count) { return std::string(count, '\0'); }

// The JSON of a header with one entry called "t".
inline std::string entry(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"t":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
}
inline const std::string kValid = entry("F32", "[1]", "[0,4]");

// The JSON of a header with several F32 entries, given as name, shape, offsets.
struct Entry {
  std::string name, shape, offsets;
};
inline std::string entries(const std::vector<Entry>& list) {
  std::string text = "{";
  for (const auto& e : list) {
    text += (text.size() > 1 ? "," : "") + ("\"" + e.name) + R"(":{"dtype":"F32","shape":)" + e.shape +
            R"(,"data_offsets":)" + e.offsets + "}";
  }
  return text + "}";
}

// A test that opens files made of given bytes.
class Safetensors : public testing::Test {
 protected:
  SafetensorsFile open(const std::string& bytes) {
    return SafetensorsFile::open(folder_.write("f.safetensors", bytes));
  }
  void accepts(const std::string& bytes) { EXPECT_NO_THROW(open(bytes)) << bytes; }
  void refuses(const std::string& bytes, const std::string& message) {
    const auto failure = failure_of([&] { open(bytes); });
    EXPECT_THAT(failure.message, testing::HasSubstr(message)) << bytes.substr(0, 300);
    EXPECT_THAT(failure.message, testing::HasSubstr("f.safetensors: "));
    EXPECT_EQ(failure.kind, ErrorKind::model);
  }
  TemporaryFolder folder_;
};

}  // namespace hone::test
