#include "data/sets/own_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include <hone/core/error.h>
#include "core/quote.h"
#include "data/files/text_source.h"
#include "data/sets/label_index.h"
#include "data/sets/split_builder.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostLabels = 100'000;  // the limit of a model's config (nn/models/config_labels.cpp)

struct Chosen {
  std::vector<size_t> texts;
  std::optional<size_t> label;
};

// The settings that a message about absent columns names.
Error::Settings settings_of(const std::string& columns, const RecordFile& file) {
  return file.advice.empty() ? Error::Settings{columns} : Error::Settings{columns, "delimiter"};
}

std::vector<std::string> usual_texts(const RecordFile& file) {
  if (file.has("sentence")) return {"sentence"};
  if (file.has("question1") && file.has("question2")) return {"question1", "question2"};
  throw DataError(fmt::format("{}: no column \"sentence\" and no \"question1\" and \"question2\" among {}, "
                              "which its first line names; name the texts with text_columns{}",
                              file.path.string(), some_of(file.names), file.advice),
                  settings_of("text_columns", file));
}

std::optional<std::string> usual_label(const RecordFile& file, bool may_lack) {
  for (const char* name : {"label", "is_duplicate"}) {
    if (file.has(name)) return name;
  }
  if (may_lack) return std::nullopt;
  throw DataError(fmt::format("{}: no column \"label\" or \"is_duplicate\" among {}; name the labels with "
                              "label_column{}",
                              file.path.string(), some_of(file.names), file.advice),
                  settings_of("label_column", file));
}

RecordForm record_form(const OwnFormat& format) {
  RecordForm form{.format = format.format,
                  .delimiter = format.delimiter,
                  .text = {format.encoding, format.encoding_errors, true},
                  .wanted = format.text_columns};
  if (form.wanted.empty()) form.wanted = {"sentence", "question1", "question2"};
  if (format.label_column) form.wanted.push_back(*format.label_column);
  if (!format.label_column) form.wanted.insert(form.wanted.end(), {"label", "is_duplicate"});
  return form;
}

// Throws DataError when two splits are to come from one pipe.
void check_pipes(const OwnFiles& files) {
  std::vector<fs::path> paths{files.train, files.validation};
  if (files.test) paths.push_back(*files.test);
  for (size_t i = 0; i < paths.size(); ++i) {
    for (size_t j = i + 1; j < paths.size() && is_read_once(paths[i]); ++j) {
      if (!is_same_file(paths[i], paths[j])) continue;
      throw DataError(paths[i].string() +
                      ": a pipe can be read once and cannot give two splits; save its rows in a file");
    }
  }
}

Chosen choose(const RecordFile& file, const OwnFormat& format, bool may_lack_labels, std::string& columns) {
  const auto texts = format.text_columns.empty() ? usual_texts(file) : format.text_columns;
  auto label = format.label_column;
  if (!label || (may_lack_labels && !file.has(*label))) label = usual_label(file, may_lack_labels);
  Chosen chosen;
  for (const std::string& text : texts) chosen.texts.push_back(file.column(text));
  if (label) chosen.label = file.column(*label);
  std::vector<std::string> found;
  for (const size_t column : chosen.texts) found.push_back(file.names[column]);
  if (chosen.label) label = file.names[*chosen.label];
  columns = fmt::format("text from \"{}\", {}", fmt::join(found, "\" and \""),
                        label ? fmt::format("label from \"{}\"", *label) : "no labels");
  for (const std::string& note : file.notes) columns += "; " + note;
  return chosen;
}

// A name of a column as find_column() compares it, without quotes around it, which stay behind a mark.
std::string folded_name(std::string_view name) {
  name = without_blanks(name);
  if (name.size() > 1 && name.starts_with('"') && name.ends_with('"')) name = name.substr(1, name.size() - 2);
  return folded_label(name);
}

// True for Excel's line "sep=;" as it stands behind the first line.
bool is_delimiter_line(const Record& row) {
  return row.fields.size() == 2 && folded_name(row.fields[0]) == "sep=" && row.fields[1].empty();
}

// The reason why a row cannot be used; "" for a sound one.
std::string problem_of(const Record& row, const RecordFile& file, const Chosen& chosen) {
  if (row.fields.size() != file.names.size()) {
    return fmt::format("{} fields, the header has {}", row.fields.size(), file.names.size());
  }
  for (const auto& [column, found] : row.not_texts) {
    const bool no_label = column == chosen.label && (found == "null" || found == "missing");
    if (no_label || (column != chosen.label && std::ranges::count(chosen.texts, column) == 0)) continue;
    return fmt::format("member {} is {}, expected a text or a number", shown(file.names[column]), found);
  }
  return "";
}

// The sound rows of a file. Other rows are counted when `drops` allows it, else they are a DataError.
std::vector<const Record*> sound_rows(const RecordFile& file, const Chosen& chosen, bool drops,
                                      int64_t& dropped) {
  std::vector<const Record*> rows;
  LineProblems problems(file.path);
  std::string advice;
  for (const Record& row : file.rows) {
    if (is_delimiter_line(row)) continue;
    const auto problem = problem_of(row, file, chosen);
    if (problem.empty()) {
      rows.push_back(&row);
    } else if (drops) {
      ++dropped;
    } else {
      problems.add(row.line, problem);
      advice = row.fields.size() == file.names.size() ? advice : file.row_advice;
    }
  }
  const bool names_format = advice.ends_with("format quora");
  problems.throw_if_any(advice, names_format ? Error::Settings{"format"} : Error::Settings{});
  return rows;
}

// True for a row that repeats the first line, as files that were put one behind the other have.
bool repeats_header(const Record& row, const RecordFile& file, const Chosen& chosen) {
  const auto same = [&](size_t column) {
    return folded_name(row.fields[column]) == folded_name(file.names[column]);
  };
  return chosen.label && same(*chosen.label) && std::ranges::all_of(chosen.texts, same);
}

// Adds a warning, once for a file that serves several splits.
void warn_of_headers(const Split& split, Dataset& data) {
  if (split.repeated_headers == 0) return;
  const std::string line =
      fmt::format("{}: {} row{} the line of names again and skipped", split.file.string(),
                  split.repeated_headers, split.repeated_headers == 1 ? " is" : "s are");
  if (std::ranges::count(data.warnings, line) == 0) data.warnings.push_back(line);
}

}  // namespace

int LabelSpellings::id_of(const std::string& text, const std::string& column, const fs::path& file,
                          int64_t line) {
  const auto [at, added] = ids_.emplace(text, static_cast<int>(names_.size()));
  if (!added) return at->second;
  if (names_.size() == kMostLabels) {
    throw DataError(
        fmt::format(
            "{}: line {}: column {} has more than {} labels, which are possible; name the column of the "
            "labels with label_column",
            file.string(), line, shown(column), kMostLabels),
        {"label_column"});
  }
  names_.push_back(text);
  origins_.push_back(fmt::format("{}: line {}", file.string(), line));
  return at->second;
}

void LabelSpellings::move_to(Dataset& data) {
  for (Split* split : {&data.train, &data.validation}) split->label_counts.resize(names_.size());
  if (data.test) data.test->label_counts.resize(names_.size());
  data.label_names = std::move(names_);
  data.label_origins = std::move(origins_);
}

Split load_own_file(const fs::path& path, const std::string& name, const OwnFormat& format,
                    LabelSpellings& labels, Dataset& data, bool may_lack_labels) {
  const RecordFile file = RecordFile::read(path, record_form(format));
  std::string columns;
  const Chosen chosen = choose(file, format, may_lack_labels, columns);
  Split split = new_split(name, chosen.texts.size() == 2, labels.size());
  split.file = path;
  split.blank_lines = file.blank_lines;
  split.replaced = file.replaced;
  split.labelled = chosen.label.has_value();
  if (chosen.label && data.label_column.empty()) data.label_column = file.names[*chosen.label];
  for (const Record* row : sound_rows(file, chosen, file.format == RecordFormat::quora, split.dropped)) {
    if (repeats_header(*row, file, chosen)) {
      ++split.repeated_headers;
      continue;
    }
    const int label =
        chosen.label ? labels.id_of(row->fields[*chosen.label], file.names[*chosen.label], path, row->line)
                     : -1;
    split.label_counts.resize(labels.size());
    add_row(split, {row->fields[chosen.texts[0]], split.pairs ? row->fields[chosen.texts[1]] : "", label});
  }
  require_rows(split, path);
  data.notes.push_back(fmt::format("{} {}: {}", name, path.string(), columns));
  warn_of_headers(split, data);
  return split;
}

Dataset load_own_files(const OwnFiles& files) {
  check_pipes(files);
  Dataset data;
  LabelSpellings labels;
  const auto load = [&](const fs::path& path, const std::string& name, bool may_lack_labels) {
    Split split = load_own_file(path, name, files.format, labels, data, may_lack_labels);
    if (name != "train" && split.pairs != data.train.pairs) {
      throw DataError(fmt::format("{}: {}, but {} has {}", path.string(),
                                  split.pairs ? "pairs of texts" : "single texts", files.train.string(),
                                  data.train.pairs ? "pairs" : "single ones"));
    }
    return split;
  };
  data.train = load(files.train, "train", false);
  data.validation = load(files.validation, "validation", false);
  if (files.test) data.test = load(*files.test, "test", true);
  labels.move_to(data);
  return data;
}

Dataset load_own_split(const fs::path& path, const std::string& name, const OwnFormat& format) {
  Dataset data;
  LabelSpellings labels;
  data.validation = load_own_file(path, name, format, labels, data);
  labels.move_to(data);
  return data;
}

}  // namespace hone
