#include "apps/cli/own_data.h"

#include <hone/core/error.h>

namespace hone {
namespace {

constexpr Choices<std::optional<RecordFormat>, 5> kFormats{{{"auto", std::nullopt},
                                                            {"tsv", RecordFormat::tsv},
                                                            {"csv", RecordFormat::csv},
                                                            {"jsonl", RecordFormat::jsonl},
                                                            {"quora", RecordFormat::quora}}};

}  // namespace

std::vector<Option> own_data_options(OwnDataSettings& s) {
  return {
      {.name = "train-file",
       .help = "rows of one's own instead of a data set: .tsv, .csv or .jsonl",
       .target = &s.train_file},
      {.name = "validation-file", .help = "the same for the validation split", .target = &s.validation_file},
      {.name = "test-file",
       .help = "the same for the test split, which may be missing",
       .target = &s.test_file},
      choice_option("format", s.format, kFormats,
                    "of these files; auto: by their extensions; quora: quoted fields separated by TAB"),
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
  if (!s.text_columns.empty()) refuse("text-column");
  if (s.label_column) refuse("label-column");
}

OwnFormat own_format(const OwnDataSettings& s, EncodingErrors errors) {
  return {s.format, s.text_columns, s.label_column, errors};
}

}  // namespace hone
