// Equality with the Python tokenizer (tools/make_golden_tokenizer.py wrote tests/golden/tokenizer_*).
#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "core/utf8.h"
#include "tests/support/paths.h"
#include "tests/support/process.h"
#include "tests/text/bert_vocabulary.h"

namespace hone {
namespace {

using test::joined;

std::ifstream golden(const std::string& name) {
  return std::ifstream(hone::test::source_dir() + "/tests/golden/" + name);
}

std::vector<std::string> split(const std::string& line, char separator) {
  std::vector<std::string> fields(1);
  for (const char character : line) {
    if (character == separator) {
      fields.emplace_back();
    } else {
      fields.back() += character;
    }
  }
  return fields;
}

std::string from_hexadecimal(const std::string& text) {
  std::string bytes;
  for (size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

// The rows of a GLUE-like file by column name, without the loaders under test elsewhere.
std::vector<std::map<std::string, std::string>> rows_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  const auto header = split(line, '\t');
  std::vector<std::map<std::string, std::string>> rows;
  while (std::getline(file, line)) {
    const auto fields = split(line, '\t');
    auto& row = rows.emplace_back();
    for (size_t i = 0; i < header.size() && i < fields.size(); ++i) row[header[i]] = fields[i];
  }
  return rows;
}

// The lines that tools/make_golden_tokenizer.py hashed.
std::string id_lines(const Tokenizer& tokenizer, const std::filesystem::path& path, int64_t max_length) {
  std::string lines;
  for (const auto& row : rows_of(path)) {
    if (row.contains("sentence")) {
      lines += joined(tokenizer.encode(row.at("sentence"), max_length).ids) + "\n";
    } else {
      const auto pair = tokenizer.encode_pair(row.at("question1"), row.at("question2"), max_length);
      lines += joined(pair.ids) + " | " + joined(pair.types) + "\n";
    }
  }
  return lines;
}

TEST(Reference, AllRealTextsHaveTheReferencesIds) {
  HONE_NEED_REAL_DATA(test::kBertVocabulary);
  HONE_NEED_REAL_DATA("sst/train.tsv");
  HONE_NEED_REAL_DATA("glue/SST-2/train.tsv");
  HONE_NEED_REAL_DATA("glue/QQP/train.tsv");
  const auto uncased = test::bert_tokenizer(), cased = test::bert_tokenizer({.lower_case = false});
  auto file = golden("tokenizer_hashes.txt");
  int sets = 0;
  for (std::string line; std::getline(file, line); ++sets) {
    const auto fields = split(line, '\t');  // "uncased-128 glue/QQP/dev.tsv", rows, hash
    const auto name = split(fields.at(0), ' ');
    const auto variant = split(name.at(0), '-');
    const int64_t max_length = variant.size() > 1 ? std::stoi(variant[1]) : 0;
    const auto lines =
        id_lines(variant[0] == "cased" ? cased : uncased, test::real_data() / name.at(1), max_length);
    EXPECT_EQ(std::to_string(std::count(lines.begin(), lines.end(), '\n')), fields.at(1)) << fields[0];
    EXPECT_EQ(test::sha256(lines), fields.at(2)) << fields[0];
  }
  EXPECT_EQ(sets, 12);
}

TEST(Reference, NastyTextsHaveTheReferencesIdsInEverySetting) {
  HONE_NEED_REAL_DATA(test::kBertVocabulary);
  const std::vector<TokenizerOptions> settings{{},
                                               {.lower_case = false},
                                               {.lower_case = true, .strip_accents = false},
                                               {.lower_case = false, .strip_accents = true},
                                               {.lower_case = true, .tokenize_chinese_chars = false}};
  std::vector<Tokenizer> tokenizers;
  for (const auto& setting : settings) tokenizers.push_back(test::bert_tokenizer(setting));
  auto file = golden("tokenizer_unicode.txt");
  int texts = 0;
  for (std::string line; std::getline(file, line); ++texts) {
    const auto fields = split(line, '\t');
    for (size_t i = 0; i < tokenizers.size(); ++i) {
      ASSERT_EQ(joined(tokenizers[i].tokenize(from_hexadecimal(fields.at(0)))), fields.at(i + 1))
          << fields[0] << " in setting " << i;
    }
  }
  EXPECT_GT(texts, 500);
}

// Every scalar value between `A` and `b`, as the Python class encodes it.
TEST(Reference, TheFullRangeOfUnicodeHasTheReferencesHash) {
  HONE_NEED_REAL_DATA(test::kBertVocabulary);
  const auto tokenizer = test::bert_tokenizer();
  std::string lines;
  for (char32_t code = 0; code <= 0x10FFFF; ++code) {
    if (code >= 0xD800 && code <= 0xDFFF) continue;
    std::string text = "A";
    append_utf8(text, code);
    lines += joined(tokenizer.tokenize(text + "b")) + "\n";
  }
  EXPECT_EQ(test::sha256(lines), "f55b9d3d3cbc6c3567cb8fe1b4e7e8c9d403493ee0b3d5ad189e56c32fc6d3ca");
}

}  // namespace
}  // namespace hone
