// Every block of code in the documents stands word for word in the file that the line before it names.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/paths.h"
#include "tests/support/process.h"

namespace hone::test {
namespace {

const std::filesystem::path kSource = hone::test::source_dir();

std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file) << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

struct Block {
  std::string file, code;
};

// The first text in backticks on a line.
std::string in_backticks(const std::string& line) {
  const size_t begin = line.find('`'), end = line.find('`', begin + 1);
  return end == std::string::npos ? "" : line.substr(begin + 1, end - begin - 1);
}

std::vector<Block> blocks_of(const std::string& document) {
  std::istringstream lines(document);
  std::vector<Block> blocks;
  std::string name;
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("```")) {
      inside = !inside && line == "```cpp";
      if (inside) blocks.push_back({name, ""});
    } else if (inside) {
      blocks.back().code += line + "\n";
    } else if (!in_backticks(line).empty()) {
      name = in_backticks(line);
    }
  }
  return blocks;
}

std::filesystem::path path_of(const std::string& name) {
  const auto example = kSource / "docs" / "rms_norm" / name;
  return std::filesystem::exists(example) ? example : kSource / name;
}

// The first group of every match.
std::set<std::string> matches(const std::string& text, const std::regex& pattern) {
  std::set<std::string> out;
  for (std::sregex_iterator at(text.begin(), text.end(), pattern), end; at != end; ++at)
    out.insert(at->str(1));
  return out;
}

void expect_quotes(const char* document, size_t least) {
  const auto blocks = blocks_of(contents(kSource / document));
  EXPECT_GE(blocks.size(), least);
  for (const Block& block : blocks) {
    EXPECT_FALSE(block.code.empty()) << document << ": an empty block after " << block.file;
    EXPECT_NE(contents(path_of(block.file)).find(block.code), std::string::npos)
        << document << ": " << block.file << " does not hold\n"
        << block.code;
  }
}

TEST(Documents, QuoteTheFilesAsTheyAre) {
  expect_quotes("docs/adding_an_op.md", 6);
  expect_quotes("docs/cuda.md", 4);
  expect_quotes("docs/from_scratch.md", 10);
  expect_quotes("docs/using_the_library.md", 4);
}

TEST(Documents, ShowTheNewOpWhole) {
  const std::string document = contents(kSource / "docs/adding_an_op.md");
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(kSource / "docs/rms_norm")) {
    if (!entry.is_regular_file()) continue;
    ++files;
    EXPECT_NE(document.find(contents(entry.path())), std::string::npos) << entry.path();
  }
  EXPECT_EQ(files, 6);
}

// The README's program is examples/classify, which is built against an installed hone and run.
TEST(Documents, TheReadmesProgramClassifies) {
  const auto blocks = blocks_of(contents(kSource / "README.md"));
  ASSERT_FALSE(blocks.empty());
  EXPECT_EQ(blocks[0].code, contents(kSource / "examples/classify/main.cpp"));
}

// The document names each header that hone.h includes, an op's perhaps not, and no other.
TEST(Documents, ListThePublicHeaders) {
  const std::string document = contents(kSource / "docs/using_the_library.md");
  const std::regex include("#include <hone/([^>]+)>"), named("`([a-z0-9_/]+\\.h)`");
  const std::string all = contents(kSource / "hone.h"),
                    table = document.substr(document.find("## The headers"));
  const std::set<std::string> headers = matches(all, include);
  EXPECT_GE(headers.size(), 30u);
  std::set<std::string> listed = matches(table, named);
  listed.erase("hone.h");
  for (const std::string& header : headers) {
    if (header.starts_with("autograd/ops/")) continue;
    EXPECT_TRUE(listed.contains(header)) << header;
  }
  for (const std::string& header : listed) EXPECT_TRUE(headers.contains(header)) << header;
}

TEST(Documents, TheScalarExampleSaysWhatTheyQuote) {
  const ProcessResult result = run_process(program("scalar_autograd"));
  EXPECT_EQ(result.exit_code, 0);
  const std::string document = contents(kSource / "docs/from_scratch.md");
  EXPECT_FALSE(result.out.empty());
  EXPECT_NE(document.find(result.out), std::string::npos) << result.out;
}

}  // namespace
}  // namespace hone::test
