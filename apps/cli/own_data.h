#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "apps/cli/option.h"
#include "data/sets/own_files.h"

namespace hone {

// What the options for data files of one's own say.
struct OwnDataSettings {
  std::optional<std::filesystem::path> train_file, validation_file, test_file;
  std::string format = "auto";
  std::vector<std::string> text_columns;
  std::optional<std::string> label_column;

  bool given() const { return train_file || validation_file || test_file; }
};

// Their options; the targets are the members.
std::vector<Option> own_data_options(OwnDataSettings& settings);

// Throws UsageError for a format or columns without a file.
void check_own_data(const OwnDataSettings& settings);

EncodingErrors encoding_errors(const std::string& name);  // strict or replace
OwnFormat own_format(const OwnDataSettings& settings, EncodingErrors errors);

}  // namespace hone
