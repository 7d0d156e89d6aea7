#include "data/own_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "core/error.h"
#include "data/json_events.h"
#include "data/parse_number.h"
#include "data/split_builder.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

struct Chosen {
  std::vector<size_t> texts;
  std::optional<size_t> label;
};

RecordFormat chosen_format(const fs::path& path, const std::string& format) {
  if (format == "tsv") return RecordFormat::tsv;
  if (format == "csv") return RecordFormat::csv;
  if (format == "jsonl") return RecordFormat::jsonl;
  if (format == "quora") return RecordFormat::quora;
  return record_format(path);
}

std::vector<std::string> usual_texts(const RecordFile& file) {
  if (file.has("sentence")) return {"sentence"};
  if (file.has("question1") && file.has("question2")) return {"question1", "question2"};
  throw DataError(
      fmt::format("{}: no column \"sentence\" and no \"question1\" and \"question2\" among \"{}\"; "
                  "name the texts with --text-column",
                  file.path.string(), fmt::join(file.names, "\", \"")));
}

std::optional<std::string> usual_label(const RecordFile& file, bool may_lack) {
  for (const char* name : {"label", "is_duplicate"}) {
    if (file.has(name)) return name;
  }
  if (may_lack) return std::nullopt;
  throw DataError(
      fmt::format("{}: no column \"label\" or \"is_duplicate\" among \"{}\"; name the labels with "
                  "--label-column",
                  file.path.string(), fmt::join(file.names, "\", \"")));
}

Chosen choose(const RecordFile& file, const OwnFormat& format, bool may_lack_labels, std::string& columns) {
  const auto texts = format.text_columns.empty() ? usual_texts(file) : format.text_columns;
  auto label = format.label_column;
  if (!label || (may_lack_labels && !file.has(*label))) label = usual_label(file, may_lack_labels);
  Chosen chosen;
  for (const std::string& text : texts) chosen.texts.push_back(file.column(text));
  if (label) chosen.label = file.column(*label);
  columns = fmt::format("text from \"{}\", {}", fmt::join(texts, "\" and \""),
                        label ? fmt::format("label from \"{}\"", *label) : "no labels");
  return chosen;
}

// Numbers in their order, before other texts in the order of their bytes.
bool label_before(const std::string& a, const std::string& b) {
  const auto x = parse_number<int64_t>(a), y = parse_number<int64_t>(b);
  if (x && y && *x != *y) return *x < *y;
  if (x.has_value() != y.has_value()) return x.has_value();
  return a < b;
}

std::vector<std::string> labels_of(const RecordFile& file, size_t column) {
  std::set<std::string> found;
  for (const Record& row : file.rows) {
    if (row.fields.size() == file.names.size() && !row.fields[column].empty())
      found.insert(row.fields[column]);
  }
  std::vector<std::string> labels(found.begin(), found.end());
  std::ranges::sort(labels, label_before);
  if (labels.size() >= 2) return labels;
  throw DataError(fmt::format("{}: column {} has {}; a classifier needs two labels or more",
                              file.path.string(), shown(file.names[column]),
                              labels.empty() ? "no labels" : "only the label " + shown(labels[0])));
}

int label_index(const std::string& text, const std::vector<std::string>& names) {
  const auto found = std::ranges::find(names, text);
  if (found != names.end()) return static_cast<int>(found - names.begin());
  const auto number = parse_number<int64_t>(text);
  return number && *number >= 0 && static_cast<size_t>(*number) < names.size() ? static_cast<int>(*number)
                                                                               : -1;
}

// The first few names, for messages.
std::string some_of(const std::vector<std::string>& names) {
  constexpr size_t kShown = 8;
  const std::vector<std::string> first(names.begin(),
                                       names.begin() + static_cast<int64_t>(std::min(kShown, names.size())));
  return fmt::format("{}{}", fmt::join(first, ", "), names.size() > kShown ? ", ..." : "");
}

class RowAdder {
 public:
  RowAdder(const RecordFile& file, const Chosen& chosen, const std::vector<std::string>& labels, bool drops,
           Split& split)
      : file_(file), chosen_(chosen), labels_(labels), drops_(drops), split_(split) {}

  // What is wrong with the row, or nothing.
  std::string add(const Record& row) {
    const bool whole = row.fields.size() == file_.names.size();
    const bool labelled = whole && (!chosen_.label || !row.fields[*chosen_.label].empty());
    if (!labelled && drops_) {
      ++split_.dropped;
      return {};
    }
    if (!whole) return fmt::format("{} fields, the header has {}", row.fields.size(), file_.names.size());
    if (!labelled) return "the label is empty";
    const int label = chosen_.label ? label_index(row.fields[*chosen_.label], labels_) : -1;
    if (chosen_.label && label < 0) {
      return fmt::format("label is {}, expected one of {}", shown(row.fields[*chosen_.label]),
                         some_of(labels_));
    }
    add_row(split_, {row.fields[chosen_.texts[0]],
                     chosen_.texts.size() == 2 ? row.fields[chosen_.texts[1]] : "", label});
    return {};
  }

 private:
  const RecordFile& file_;
  const Chosen& chosen_;
  const std::vector<std::string>& labels_;
  bool drops_;
  Split& split_;
};

}  // namespace

Split load_own_file(const fs::path& path, const std::string& name, const OwnFormat& format,
                    std::vector<std::string>& label_names, std::string& columns, bool may_lack_labels) {
  const RecordFormat how = chosen_format(path, format.format);
  const RecordFile file = RecordFile::read(path, how, format.encoding_errors);
  const Chosen chosen = choose(file, format, may_lack_labels, columns);
  if (label_names.empty() && chosen.label) label_names = labels_of(file, *chosen.label);
  Split split = new_split(name, chosen.texts.size() == 2, label_names.size());
  split.labelled = chosen.label.has_value();
  split.blank_lines = file.blank_lines;
  split.replaced = file.replaced;
  LineProblems problems(path);
  RowAdder adder(file, chosen, label_names, how == RecordFormat::quora, split);
  for (const Record& row : file.rows) {
    if (const auto problem = adder.add(row); !problem.empty()) problems.add(row.line, problem);
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
    data.notes.push_back(fmt::format("{} {}: {}", name, path.string(), columns));
    return split;
  };
  data.train = load(files.train, "train", false);
  data.validation = load(files.validation, "validation", false);
  if (files.test) data.test = load(*files.test, "test", true);
  return data;
}

}  // namespace hone
