#include "data/files/text_source.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <csignal>
#include <thread>

#include "tests/data/temporary_folder.h"
#include "tests/data/zip_bytes.h"

namespace hone {
namespace {

using test::failure_of;
using test::TemporaryFolder;
using testing::HasSubstr;
using namespace std::string_literals;

// A gzip stream (RFC 1952) of stored blocks.
std::string gzipped(const std::string& content) {
  return "\x1F\x8B\x08\0\0\0\0\0\0\x03"s + test::deflated(content) + test::le(test::crc_of(content)) +
         test::le(static_cast<uint32_t>(content.size()));
}

class TextSources : public testing::Test {
 protected:
  TextSources() { std::signal(SIGPIPE, SIG_IGN); }  // of writers to pipes that are not read to their end
  TextSource read(const std::string& name, const std::string& bytes, uint64_t most = 1 << 20) {
    return read_text_source(folder_.write(name, bytes), most);
  }
  std::string refusal(const std::string& name, const std::string& bytes, uint64_t most = 1 << 20) {
    const auto failure = failure_of([&] { read(name, bytes, most); });
    EXPECT_EQ(failure.kind, ErrorKind::data);
    return failure.message;
  }
  TemporaryFolder folder_;
};

TEST_F(TextSources, GzipIsUnpackedByItsFirstBytes) {
  const std::string text(300000, 'x');
  EXPECT_EQ(read("x.csv.gz", gzipped(text)).bytes, text);
  EXPECT_EQ(read("x.csv.gz", gzipped(text)).note, "");
  EXPECT_EQ(read("x.gz", gzipped("a") + gzipped("") + gzipped("b") + "\0\0"s).bytes, "ab");
  EXPECT_EQ(read("x.csv", gzipped("a")).bytes, "a");
  EXPECT_THAT(read("x.csv", gzipped("a")).note, HasSubstr("unpacked as gzip"));
  EXPECT_EQ(read("x.csv.gz", "plain").bytes, "plain");
  EXPECT_THAT(read("x.csv.gz", "plain").note, HasSubstr("in spite of its name"));
}

TEST_F(TextSources, BadGzipIsRefused) {
  const std::string good = gzipped("some text");
  for (size_t size = 2; size < good.size(); ++size)
    EXPECT_THAT(refusal("x.gz", good.substr(0, size)), HasSubstr("x.gz: a gzip file that is cut off"));
  std::string wrong = good;
  wrong[wrong.size() - 8] ^= 1;
  EXPECT_THAT(refusal("x.gz", wrong), HasSubstr("a damaged gzip file"));
  EXPECT_THAT(refusal("x.gz", good + "rest"), HasSubstr("with other bytes behind it"));
  EXPECT_THAT(refusal("x.gz", gzipped(std::string(101, 'x')), 100), HasSubstr("has "));
}

TEST_F(TextSources, WhatGzipHoldsIsBounded) {
  const std::string packed =  // 100,000 times "a", by Python's gzip
      "\037\213\010\000\000\000\000\000\002\003\355\301\061\001\000\000\000\302\240\254\353\137"
      "\302\032\036\100\001\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
      "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
      "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
      "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
      "\000\000\000\000\000\000\000\000\000\000\000\000\000\257\006\207\372\342\033\240\206\001"
      "\000"s;
  EXPECT_EQ(read("x.gz", packed, 100000).bytes, std::string(100000, 'a'));
  EXPECT_THAT(refusal("x.gz", packed, 99999), HasSubstr("holds more than 99999 bytes when unpacked"));
}

TEST_F(TextSources, APipeIsReadOnceToItsEnd) {
  const auto path = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_TRUE(is_read_once(path));
  EXPECT_FALSE(is_read_once(folder_.write("file", "")));
  EXPECT_FALSE(is_read_once(folder_ / "none"));
  EXPECT_TRUE(is_same_file(path, path));
  EXPECT_FALSE(is_same_file(path, folder_ / "file"));
  EXPECT_FALSE(is_same_file(folder_ / "none", folder_ / "none"));
  std::string text;
  for (int i = 0; i < 100000; ++i) text += std::to_string(i) + "\n";
  for (const std::string& bytes : {text, gzipped(text)}) {
    std::thread writer([&] { std::ofstream(path, std::ios::binary) << bytes; });
    EXPECT_EQ(read_text_source(path, 1 << 20).bytes, text);
    writer.join();
  }
  std::thread writer([&] { std::ofstream(path, std::ios::binary) << text; });
  EXPECT_THAT(failure_of([&] { read_text_source(path, 1000); }).message, HasSubstr("more than 1000 bytes"));
  writer.join();
}

TEST_F(TextSources, OtherKindsAreNamedWithAWayOut) {
  const std::pair<std::string, const char*> cases[] = {
      {"PK\3\4zip", "a zip archive or an Excel workbook; unpack it (unzip), or save the sheet as CSV"},
      {"PAR1data", "a Parquet file; write it as CSV"},
      {"BZh9", "a bzip2 file; unpack it with bunzip2"},
      {"\xFD"
       "7zXZ\0"s,
       "an xz file; unpack it with unxz"},
      {"\x28\xB5\x2F\xFDx", "a zstd file; unpack it with zstd -d"},
      {"\xD0\xCF\x11\xE0", "an Excel workbook; save the sheet as CSV"},
      {"<!DOCTYPE html>", "a web page, not the file"},
      {"version https://git-lfs.github.com/spec/v1\n", "get it with git lfs pull"},
      {std::string(257, '\0') + "ustar", "a tar archive; unpack it with tar -xf"},
      {gzipped(std::string(257, '\0') + "ustar"), "a tar archive; unpack it with tar -xf"},
  };
  for (const auto& [bytes, message] : cases) EXPECT_THAT(refusal("x.csv", bytes), HasSubstr(message));
  EXPECT_EQ(failure_of([&] { read_text_source(folder_ / "none", 9); }).kind, ErrorKind::data);
  EXPECT_EQ(failure_of([&] { read_text_source(folder_.path(), 9); }).kind, ErrorKind::data);
}

}  // namespace
}  // namespace hone
