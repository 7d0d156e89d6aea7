#include "data/files/zip.h"

#include <gmock/gmock.h>

#include <rapidcheck.h>

#include "tests/data/temporary_folder.h"
#include "tests/data/zip_bytes.h"

namespace hone {
namespace {

using test::failure_of;
using test::zip_bytes;
using test::ZipEnd;
using test::ZipEntry;
using testing::HasSubstr;
using namespace std::string_literals;

constexpr uint64_t kMany = 1 << 30;

class Zip : public testing::Test {
 protected:
  ZipFile open(const std::string& bytes) { return ZipFile::open(folder_.write("a.zip", bytes)); }
  // Expects that opening, or else reading all members, fails.
  void refuses(const std::string& bytes, const std::string& message) {
    const auto failure = failure_of([&] { read_all(bytes); });
    EXPECT_THAT(failure.message, HasSubstr(message));
    EXPECT_THAT(failure.message, HasSubstr("a.zip: "));
    EXPECT_EQ(failure.kind, ErrorKind::data);
  }
  void refuses_member(const ZipEntry& entry, const std::string& message) {
    refuses(zip_bytes({entry}), message);
  }
  void read_all(const std::string& bytes) {
    const ZipFile zip = open(bytes);
    for (const ZipMember& member : zip.members()) {
      (void)zip.read(member, kMany);
      if (!member.deflated) zip.check_stored(member);
    }
  }
  test::TemporaryFolder folder_;
};

TEST_F(Zip, ReadsStoredAndDeflatedMembers) {
  const std::string large(700'000, 'x');
  const auto zip = open(zip_bytes({{.name = "b/stored", .content = "hello"},
                                   {.name = "a/deflated", .content = large + "end", .method = 8},
                                   {.name = "folder/"},
                                   {.name = "torch", .content = "12345", .torch_header = true}},
                                  {.comment = "a comment"}));
  ASSERT_EQ(zip.members().size(), 4u);
  EXPECT_EQ(zip.members()[0].name, "a/deflated");
  EXPECT_TRUE(zip.find("folder/")->is_folder());
  EXPECT_EQ(zip.read(*zip.find("b/stored"), 5), "hello");
  EXPECT_EQ(zip.read(*zip.find("a/deflated"), kMany), large + "end");
  EXPECT_EQ(zip.read(*zip.find("torch"), kMany), "12345");
  EXPECT_EQ(zip.read(*zip.find("folder/"), kMany), "");
  EXPECT_EQ(zip.find("stored"), nullptr);
  std::array<std::byte, 2> part;
  zip.read_stored(*zip.find("torch"), 2, part);
  EXPECT_EQ(part, (std::array{std::byte{'3'}, std::byte{'4'}}));
}

TEST_F(Zip, AnEmptyArchiveHasNoMembers) { EXPECT_TRUE(open(zip_bytes({})).members().empty()); }

TEST_F(Zip, BytesThatInflateInSeveralPiecesAreRead) {
  std::string noise(900'000, '\0');
  uint32_t state = 1;
  for (char& c : noise) c = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  const auto zip = open(zip_bytes({{.name = "a", .content = noise, .method = 8}}));
  EXPECT_EQ(zip.read(*zip.find("a"), kMany), noise);
}

TEST_F(Zip, AZip64EndRecordNextToACompleteClassicOneIsNormal) {
  const std::string zip64 = "PK\6\6" + std::string(52, '\0') + "PK\6\7" + std::string(16, '\0');
  EXPECT_EQ(open(zip_bytes({{.name = "a", .content = "x"}}, {.before = zip64})).members().size(), 1u);
}

TEST_F(Zip, RefusesTrueZip64) {
  for (const ZipEnd& end : {ZipEnd{.entries = uint16_t{0xFFFF}}, ZipEnd{.size = 0xFFFFFFFF},
                            ZipEnd{.begin = 0xFFFFFFFF}, ZipEnd{.disk = uint16_t{0xFFFF}}}) {
    refuses(zip_bytes({{.name = "a"}}, end), "the archive needs zip64");
  }
  refuses_member({.name = "a", .compressed_size = 0xFFFFFFFF}, "member \"a\" needs zip64");
  refuses_member({.name = "a", .size = 0xFFFFFFFF}, "member \"a\" needs zip64");
  refuses_member({.name = "a", .header = 0xFFFFFFFF}, "member \"a\" needs zip64");
}

TEST_F(Zip, RefusesNamesThatLeadElsewhere) {
  for (const std::string& name :
       {"../a"s, "a/../b"s, "a/.."s, ".."s, "/a"s, "a\\b"s, "C:/a"s, "c:a"s, "a\0b"s, ""s}) {
    refuses(zip_bytes({{.name = name, .content = "x"}}), "not a plain relative name");
  }
  EXPECT_NO_THROW(read_all(zip_bytes({{.name = "a..b/.../.c"}})));
}

TEST_F(Zip, RefusesDuplicateNames) {
  refuses(zip_bytes({{.name = "a", .content = "1"}, {.name = "b"}, {.name = "a", .content = "2"}}),
          "member \"a\": duplicate");
}

TEST_F(Zip, RefusesEncryptionAndOtherMethods) {
  for (const int flag : {1, 1 << 6, 1 << 13})
    refuses_member({.name = "a", .content = "x", .flags = static_cast<uint16_t>(flag)},
                   "member \"a\": encrypted");
  for (const int method : {1, 6, 9, 12, 14, 93, 99}) {
    refuses_member({.name = "a", .content = "x", .method = static_cast<uint16_t>(method)},
                   "compression method " + std::to_string(method) + " is not supported");
  }
}

TEST_F(Zip, ChecksTheCrc) {
  refuses_member({.name = "a", .content = "hello", .crc = 1},
                 "member \"a\": damaged: its CRC does not match");
  refuses_member({.name = "a", .content = "hello", .method = 8, .crc = 1}, "damaged: its CRC does not match");
  const auto zip = open(zip_bytes({{.name = "a", .content = "hello", .crc = 1}}));
  EXPECT_THAT(failure_of([&] { zip.check_stored(*zip.find("a")); }).message, HasSubstr("CRC"));
}

TEST_F(Zip, ChecksTheSizesOfDeflatedMembers) {
  const std::string packed = test::deflated("hello");
  refuses_member({.name = "a", .content = "hello", .method = 8, .size = 4},
                 "holds more than the 4 bytes that it claims");
  refuses_member({.name = "a", .content = "hello", .method = 8, .size = 6},
                 "its sizes are not those that it claims");
  refuses_member({.name = "a", .content = "hello", .method = 8, .packed = packed + "x"},
                 "its sizes are not those");
  refuses_member({.name = "a", .content = "hello", .method = 8, .packed = packed.substr(0, 3)},
                 "are cut off");
  refuses_member({.name = "a", .content = "hello", .method = 8, .packed = ""}, "are cut off");
  refuses_member({.name = "a", .content = "hello", .method = 8, .packed = "\xff\xff\xff"}, "are not legal");
  refuses_member({.name = "a", .content = "hello", .size = 6}, "stored with 5 bytes for a content of 6");
  const auto zip = open(zip_bytes({{.name = "a", .content = "hello"}}));
  EXPECT_THAT(failure_of([&] { (void)zip.read(*zip.find("a"), 4); }).message,
              HasSubstr("at most 4 are expected"));
}

TEST_F(Zip, RefusesBombs) {
  refuses_member({.name = "a", .content = "hello", .method = 8, .size = 0x7FFFFFFF},
                 "cannot hold the 2147483647");
  std::vector<ZipEntry> many;
  const std::string packed = std::string(1100, 'x');
  for (int i = 0; i < 2100; ++i) {
    many.push_back(
        {.name = std::to_string(i), .content = "", .method = 8, .packed = packed, .size = 1 << 20});
  }
  refuses(zip_bytes(many), "(2 GiB) are read");
}

TEST_F(Zip, RefusesMembersThatOverlap) {
  const ZipEntry first{.name = "a", .content = std::string(100, 'x')};
  ZipEntry second = first;
  second.header = 0;
  refuses(zip_bytes({first, second}), "overlaps");
  second.name = second.local_name = "b";
  refuses(zip_bytes({first, second}), "does not agree with the directory");
}

TEST_F(Zip, TheLocalHeaderMustAgree) {
  refuses_member({.name = "a", .content = "x", .local_name = "b"}, "does not agree");
  refuses_member({.name = "a", .content = "x", .local_name = "ab"}, "does not agree");
  refuses_member({.name = "a", .content = "x", .local_method = uint16_t{8}}, "does not agree");
  refuses_member({.name = "a", .content = "x", .header = 5}, "does not agree");
  refuses_member({.name = "a", .content = "x", .header = 1000}, "lies outside the archive");
  refuses_member({.name = "a", .content = "x", .compressed_size = 1000, .size = 1000},
                 "do not lie before the directory");
  std::string bytes = zip_bytes({{.name = "a", .content = "x"}});
  bytes[14] ^= 1;  // the local CRC
  refuses(bytes, "does not agree");
}

TEST_F(Zip, TheEndRecordMustFit) {
  const std::vector<ZipEntry> one = {{.name = "a", .content = "x"}};
  refuses("", "no end record");
  refuses("PK\3\4", "no end record");
  refuses(zip_bytes(one) + "x", "no end record");
  refuses(zip_bytes(one, {.entries = uint16_t{2}}), "the directory is damaged");
  refuses(zip_bytes(one, {.entries = uint16_t{0}}), "the directory is longer than its entries");
  refuses(zip_bytes(one, {.disk = uint16_t{1}}), "archives in several parts");
  refuses(zip_bytes(one, {.size = 1 << 20}), "does not lie before the end record");
  refuses(zip_bytes(one, {.begin = 0xFFFFFFFE}), "does not lie before the end record");
  refuses(zip_bytes(one, {.begin = 0}), "the directory is damaged at byte 0");
  refuses(zip_bytes(one, {.size = 46}), "the directory is cut off");
  EXPECT_EQ(failure_of([&] { ZipFile::open(folder_ / "none"); }).kind, ErrorKind::data);
}

TEST_F(Zip, DamageNeverDoesMoreThanFail) {
  const std::string valid = zip_bytes({{.name = "root/a", .content = "hello", .torch_header = true},
                                       {.name = "root/b", .content = std::string(300, 'y'), .method = 8}});
  EXPECT_TRUE(rc::check("bytes changed, inserted, removed; cut anywhere", [&] {
    std::string bytes =
        valid.substr(0, *rc::gen::weightedOneOf<size_t>({{4, rc::gen::just(valid.size())},
                                                         {1, rc::gen::inRange<size_t>(0, valid.size())}}));
    for (int i = *rc::gen::inRange(0, 5); i > 0 && !bytes.empty(); --i) {
      const auto at = *rc::gen::inRange<size_t>(0, bytes.size());
      const auto byte = *rc::gen::arbitrary<char>();
      switch (*rc::gen::inRange(0, 3)) {
        case 0:
          bytes[at] = byte;
          break;
        case 1:
          bytes.insert(at, 1, byte);
          break;
        default:
          bytes.erase(at, 1);
      }
    }
    try {
      read_all(bytes);
    } catch (const DataError&) {
    }
  }));
}

}  // namespace
}  // namespace hone
