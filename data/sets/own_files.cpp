#include "data/sets/own_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unordered_map>
#include <utility>

#include <hone/core/error.h>
#include "core/quote.h"
#include "data/files/parse_number.h"
#include "data/sets/split_builder.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostLabels = 100'000;  // the limit of a model's config (nn/models/config_labels.cpp)

struct Chosen {
  std::vector<size_t> texts;
  std::optional<size_t> label;
};

std::vector<std::string> usual_texts(const RecordFile& file) {
  if (file.has("sentence")) return {"sentence"};
  if (file.has("question1") && file.has("question2")) return {"question1", "question2"};
  throw DataError(fmt::format("{}: no column \"sentence\" and no \"question1\" and \"question2\" among {}; "
                              "name the texts with text_columns",
                              file.path.string(), some_of(file.names)),
                  {"text_columns"});
}

std::optional<std::string> usual_label(const RecordFile& file, bool may_lack) {
  for (const char* name : {"label", "is_duplicate"}) {
    if (file.has(name)) return name;
  }
  if (may_lack) return std::nullopt;
  throw DataError(fmt::format("{}: no column \"label\" or \"is_duplicate\" among {}; name the labels with "
                              "label_column",
                              file.path.string(), some_of(file.names)),
                  {"label_column"});
}

// True when no row of JSON lines has a text in this column.
bool lacks(const RecordFile& file, size_t column) {
  return std::ranges::all_of(file.rows, [&](const Record& row) {
    return std::ranges::any_of(row.not_texts, [&](const auto& one) { return one.first == column; });
  });
}

Chosen choose(const RecordFile& file, const OwnFormat& format, bool may_lack_labels, std::string& columns) {
  const auto texts = format.text_columns.empty() ? usual_texts(file) : format.text_columns;
  auto label = format.label_column;
  if (!label || (may_lack_labels && !file.has(*label))) label = usual_label(file, may_lack_labels);
  Chosen chosen;
  for (const std::string& text : texts) chosen.texts.push_back(file.column(text));
  if (label && may_lack_labels && lacks(file, file.column(*label))) label.reset();
  if (label) chosen.label = file.column(*label);
  columns = fmt::format("text from \"{}\", {}", fmt::join(texts, "\" and \""),
                        label ? fmt::format("label from \"{}\"", *label) : "no labels");
  return chosen;
}

// Orders labels: numbers by value, before other texts in the order of their bytes.
bool label_before(const std::string& a, const std::string& b) {
  const auto x = parse_number<int64_t>(a), y = parse_number<int64_t>(b);
  if (x && y && *x != *y) return *x < *y;
  if (x.has_value() != y.has_value()) return x.has_value();
  return a < b;
}

// The reason why a row cannot be used; "" for a sound one.
std::string problem_of(const Record& row, const RecordFile& file, const Chosen& chosen) {
  if (row.fields.size() != file.names.size()) {
    return fmt::format("{} fields, the header has {}", row.fields.size(), file.names.size());
  }
  for (const auto& [column, found] : row.not_texts) {
    if (column != chosen.label && std::ranges::count(chosen.texts, column) == 0) continue;
    return fmt::format("member {} is {}, expected a text or a number", shown(file.names[column]), found);
  }
  return chosen.label && row.fields[*chosen.label].empty() ? "the label is empty" : "";
}

// The sound rows of a file. Other rows are counted when `drops` allows it, else they are a DataError.
std::vector<const Record*> sound_rows(const RecordFile& file, const Chosen& chosen, bool drops,
                                      int64_t& dropped) {
  std::vector<const Record*> rows;
  LineProblems problems(file.path);
  for (const Record& row : file.rows) {
    const auto problem = problem_of(row, file, chosen);
    if (problem.empty()) {
      rows.push_back(&row);
    } else if (drops) {
      ++dropped;
    } else {
      problems.add(row.line, problem);
    }
  }
  problems.throw_if_any();
  return rows;
}

std::vector<std::string> labels_of(const RecordFile& file, const std::vector<const Record*>& rows,
                                   size_t column) {
  std::set<std::string> found;
  for (const Record* row : rows) found.insert(row->fields[column]);
  std::vector<std::string> labels(found.begin(), found.end());
  std::ranges::sort(labels, label_before);
  const auto refuse = [&](const std::string& problem, const Error::Settings& settings = {}) {
    throw DataError(
        fmt::format("{}: column {} has {}", file.path.string(), shown(file.names[column]), problem),
        settings);
  };
  if (labels.size() < 2)
    refuse("only the label " + shown(labels[0]) + "; a classifier needs two labels or more");
  if (labels.size() > kMostLabels) {
    refuse(fmt::format("{} labels, {} are possible; name the column of the labels with label_column",
                       labels.size(), kMostLabels),
           {"label_column"});
  }
  return labels;
}

// Maps a label's text to its place among the names. Where no name is a number, a number counts the names from
// 0.
class LabelIndex {
 public:
  explicit LabelIndex(const std::vector<std::string>& names) : size_(static_cast<int64_t>(names.size())) {
    for (int i = 0; i < size_; ++i) places_.emplace(names[static_cast<size_t>(i)], i);
    counts_ = std::ranges::none_of(
        names, [](const std::string& name) { return parse_number<double>(name).has_value(); });
  }

  std::optional<int> find(const std::string& text) const {
    if (const auto found = places_.find(text); found != places_.end()) return found->second;
    const auto number = counts_ ? parse_number<int64_t>(text) : std::nullopt;
    if (!number || *number < 0 || *number >= size_) return std::nullopt;
    return static_cast<int>(*number);
  }

 private:
  std::unordered_map<std::string, int> places_;
  int64_t size_;
  bool counts_;
};

}  // namespace

Split load_own_file(const fs::path& path, const std::string& name, const OwnFormat& format,
                    std::vector<std::string>& label_names, std::string& columns, bool may_lack_labels) {
  const RecordFormat how = format.format ? *format.format : record_format(path);
  const RecordFile file = RecordFile::read(path, how, format.encoding_errors);
  const Chosen chosen = choose(file, format, may_lack_labels, columns);
  int64_t dropped = 0;
  const auto rows = sound_rows(file, chosen, how == RecordFormat::quora, dropped);
  if (label_names.empty() && chosen.label && !rows.empty())
    label_names = labels_of(file, rows, *chosen.label);
  Split split = new_split(name, chosen.texts.size() == 2, label_names.size());
  split.labelled = chosen.label.has_value();
  split.blank_lines = file.blank_lines;
  split.replaced = file.replaced;
  split.dropped = dropped;
  const LabelIndex labels(label_names);
  LineProblems problems(path);
  for (const Record* row : rows) {
    const auto label = chosen.label ? labels.find(row->fields[*chosen.label]) : -1;
    if (label) {
      add_row(split, {row->fields[chosen.texts[0]], split.pairs ? row->fields[chosen.texts[1]] : "", *label});
    } else {
      problems.add(row->line, fmt::format("label is {}, expected one of {}",
                                          shown(row->fields[*chosen.label]), some_of(label_names)));
    }
  }
  problems.throw_if_any();
  require_rows(split, path);
  return split;
}

Dataset load_own_files(const OwnFiles& files) {
  Dataset data;
  const auto load = [&](const fs::path& path, const std::string& name, bool may_lack_labels) {
    std::string columns;
    Split split = load_own_file(path, name, files.format, data.label_names, columns, may_lack_labels);
    if (name != "train" && split.pairs != data.train.pairs) {
      throw DataError(fmt::format("{}: {}, but {} has {}", path.string(),
                                  split.pairs ? "pairs of texts" : "single texts", files.train.string(),
                                  data.train.pairs ? "pairs" : "single ones"));
    }
    data.notes.push_back(fmt::format("{} {}: {}", name, path.string(), columns));
    return split;
  };
  data.train = load(files.train, "train", false);
  data.validation = load(files.validation, "validation", false);
  if (files.test) data.test = load(*files.test, "test", true);
  return data;
}

}  // namespace hone
