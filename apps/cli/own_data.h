#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "apps/cli/choice.h"
#include "apps/cli/option.h"
#include "data/sets/own_files.h"

namespace hone {

inline constexpr Choices<EncodingErrors, 2> kEncodingErrors{
    {{"strict", EncodingErrors::strict}, {"replace", EncodingErrors::replace}}};

// The options for custom data: files of the user's instead of a known data set.
struct OwnDataSettings {
  std::optional<std::filesystem::path> train_file, validation_file, test_file;
  std::optional<RecordFormat> format;  // none: by the extension, else by the beginning
  std::optional<char> delimiter;       // none: as the header shows
  TextEncoding encoding = TextEncoding::automatic;
  std::vector<std::string> text_columns;
  std::optional<std::string> label_column;

  bool given() const { return train_file || validation_file || test_file; }
};

// The options for custom data as a table; their targets are the members of `settings`.
std::vector<Option> own_data_options(OwnDataSettings& settings);

// Throws UsageError for a format, delimiter, encoding or columns without a file.
void check_own_data(const OwnDataSettings& settings);

OwnFormat own_format(const OwnDataSettings& settings, EncodingErrors errors);

}  // namespace hone
