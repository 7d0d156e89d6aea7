#include "data/files/sha256.h"

#include "data/files/sha256_blocks.h"

#include "tests/data/temporary_folder.h"

namespace hone {
namespace {

using test::failure_of;
using test::TemporaryFolder;

// The examples of FIPS 180-4 and the NIST's long message.
TEST(Sha256, GivesThePublishedDigests) {
  EXPECT_EQ(Sha256().hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256().add("abc").hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Sha256().add("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq").hex(),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(Sha256().add(std::string(1'000'000, 'a')).hex(),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

// Tests lengths around the block and around the padding, in parts of each size. The reference, over all the
// digests together, is sha256sum's: for i in $(seq 0 130); do head -c $i /dev/zero | tr '\0' x | sha256sum |
// head -c 64; done | sha256sum
TEST(Sha256, DoesNotDependOnThePartsItGets) {
  Sha256 all;
  for (size_t length = 0; length <= 130; ++length) {
    const std::string text(length, 'x');
    const std::string whole = Sha256().add(text).hex();
    all.add(whole);
    for (const size_t part : {1, 7, 63, 64, 65}) {
      Sha256 sha;
      for (size_t at = 0; at < length; at += part) sha.add(std::string_view(text).substr(at, part));
      EXPECT_EQ(sha.hex(), whole) << length << " bytes by " << part;
    }
  }
  EXPECT_EQ(all.hex(), "87aca1c44bc7ba8897768170211f0a02063de70801131ff86c7edb9ce32c6a50");
}

TEST(Sha256, TheProcessorsInstructionsDoTheSame) {
  std::vector<unsigned char> bytes(64 * 7);
  uint32_t x = 1;
  for (auto& byte : bytes) byte = static_cast<unsigned char>((x = 1664525 * x + 1013904223) >> 24);
  std::array<uint32_t, 8> plain{1, 2, 3, 4, 5, 6, 7, 0xFFFFFFFF}, by_instructions = plain;
  sha256_blocks_plain(plain, bytes.data(), 7);
  if (!sha256_blocks_by_instructions(by_instructions, bytes.data(), 7))
    GTEST_SKIP() << "this processor has none";
  EXPECT_EQ(by_instructions, plain);
}

TEST(FileDigest, IsThatOfTheBytes) {
  const TemporaryFolder folder;
  for (const size_t size : {size_t{0}, size_t{3}, (size_t{1} << 20) + 5}) {
    const std::string text(size, 'q');
    const FileDigest digest = digest_of_file(folder.write("f", text));
    EXPECT_EQ(digest.size, size);
    EXPECT_EQ(digest.sha256, Sha256().add(text).hex());
  }
  EXPECT_NE(failure_of([&] { digest_of_file(folder / "none"); }).message.find("No such file"),
            std::string::npos);
}

}  // namespace
}  // namespace hone
