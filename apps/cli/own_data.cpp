#include "apps/cli/own_data.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include <hone/core/error.h>
#include "core/quote.h"

namespace hone {
namespace {

constexpr Choices<std::optional<RecordFormat>, 6> kFormats{{{"auto", std::nullopt},
                                                            {"tsv", RecordFormat::tsv},
                                                            {"csv", RecordFormat::csv},
                                                            {"jsonl", RecordFormat::jsonl},
                                                            {"json", RecordFormat::jsonl},
                                                            {"quora", RecordFormat::quora}}};

constexpr Choices<TextEncoding, 6> kEncodings{{{"auto", TextEncoding::automatic},
                                               {"utf-8", TextEncoding::utf8},
                                               {"utf-8-sig", TextEncoding::utf8},
                                               {"cp1252", TextEncoding::cp1252},
                                               {"latin-1", TextEncoding::latin1},
                                               {"utf-16", TextEncoding::utf16}}};

// A delimiter that a command line cannot show well, and the words for it; the first is shown.
struct DelimiterWord {
  std::string_view word;
  char delimiter;
};
constexpr DelimiterWord kDelimiterWords[] = {{"tab", '\t'}, {"\\t", '\t'}, {"space", ' '}};

std::string delimiter_word(std::optional<char> delimiter) {
  if (!delimiter) return "auto";
  for (const auto& [word, character] : kDelimiterWords) {
    if (character == *delimiter) return std::string(word);
  }
  return {*delimiter};
}

// Sets a delimiter from its word; returns an error message, "" on success.
std::string set_delimiter(std::optional<char>& delimiter, const std::string& text) {
  const auto known = std::ranges::find(kDelimiterWords, text, &DelimiterWord::word);
  if (known != std::end(kDelimiterWords)) {
    delimiter = known->delimiter;
  } else if (text == "auto") {
    delimiter.reset();
  } else if (text.size() == 1 && (text == "\t" || (text[0] > ' ' && text[0] < 0x7F)) && text != "\"") {
    delimiter = text[0];
  } else {
    return shown(text) + " is neither one character, as ; or |, nor tab, space or auto";
  }
  return "";
}

}  // namespace

std::vector<Option> own_data_options(OwnDataSettings& s) {
  return {
      {.name = "train-file",
       .help = "rows of one's own instead of a data set: .tsv, .csv, .jsonl or .json, also .gz, or a pipe",
       .target = &s.train_file},
      {.name = "validation-file", .help = "the same for the validation split", .target = &s.validation_file},
      {.name = "test-file",
       .help = "the same for the test split, which may be missing",
       .target = &s.test_file},
      choice_option("format", s.format, kFormats,
                    "of these files; auto: by their extensions, else by how they begin; quora: quoted fields "
                    "separated by TAB"),
      {.name = "delimiter",
       .help = "the character between fields, or tab; auto: as the header shows, among , ; TAB and |",
       .target = TextTarget{[&] { return delimiter_word(s.delimiter); },
                            [&](const std::string& text) { return set_delimiter(s.delimiter, text); }}},
      choice_option("encoding", s.encoding, kEncodings,
                    "of these files; auto: by their byte order mark, else UTF-8"),
      {.name = "text-column",
       .help = "the column of the text; twice for pairs (default: sentence, or question1 and question2)",
       .target = &s.text_columns,
       .most_values = 2},
      {.name = "label-column",
       .help = "the column of the label (default: label or is_duplicate)",
       .target = &s.label_column},
  };
}

void check_own_data(const OwnDataSettings& s) {
  if (s.given()) return;
  const auto refuse = [](const char* option) {
    throw UsageError(std::string("--") + option +
                     " is for files of one's own; name them with --train-file, "
                     "--validation-file or --test-file");
  };
  if (s.format) refuse("format");
  if (s.delimiter) refuse("delimiter");
  if (s.encoding != TextEncoding::automatic) refuse("encoding");
  if (!s.text_columns.empty()) refuse("text-column");
  if (s.label_column) refuse("label-column");
}

OwnFormat own_format(const OwnDataSettings& s, EncodingErrors errors) {
  return {s.format, s.text_columns, s.label_column, errors, s.encoding, s.delimiter};
}

}  // namespace hone
