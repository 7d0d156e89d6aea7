#include "data/sets/glue.h"

#include <fmt/core.h>

#include <optional>

#include <hone/core/error.h>
#include "core/quote.h"
#include "data/files/files.h"
#include "data/files/text_file.h"
#include "data/sets/split_builder.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

struct Task {
  const char* text_a;
  const char* text_b;  // null: single sentences
  const char* label;
  bool drops_short_rows;
};
constexpr Task kSst2{"sentence", nullptr, "label", false};
constexpr Task kQqp{"question1", "question2", "is_duplicate", true};

// The columns of a file that a row's texts and label come from.
struct Columns {
  size_t count, a;
  std::optional<size_t> b, label;
};

Columns columns_of(const TsvFile& file, const Task& task, bool needs_labels) {
  Columns columns{file.columns().size(), file.column(task.text_a), std::nullopt, std::nullopt};
  if (task.text_b != nullptr) columns.b = file.column(task.text_b);
  if (needs_labels || file.has(task.label)) columns.label = file.column(task.label);
  return columns;
}

class RowReader {
 public:
  RowReader(const Task& task, const Columns& columns, Split& split, LineProblems& problems)
      : task_(task), columns_(columns), split_(split), problems_(problems) {}

  void read(int64_t line, const std::vector<std::string_view>& fields) {
    const bool empty = fields.size() >= columns_.count && columns_.label && fields[*columns_.label].empty();
    if (fields.size() < columns_.count || (empty && task_.drops_short_rows && split_.name != "test")) {
      return refuse_short(line, fields);
    }
    if (fields.size() > columns_.count) {
      if (!task_.drops_short_rows) return refuse_short(line, fields);
      ++split_.extra_fields;
    }
    const std::string_view label = columns_.label ? fields[*columns_.label] : "";
    const bool has_label = columns_.label && !is_no_label(label);
    if (has_label && label != "0" && label != "1") {
      problems_.add(line, "label is " + shown(label) + ", expected 0 or 1");
      return;
    }
    add_row(split_, {std::string(fields[columns_.a]), columns_.b ? std::string(fields[*columns_.b]) : "",
                     has_label ? label[0] - '0' : -1});
  }

 private:
  void refuse_short(int64_t line, const std::vector<std::string_view>& fields) {
    if (task_.drops_short_rows) {
      ++split_.dropped;
    } else {
      problems_.add(line, fmt::format("{} fields, the header has {}", fields.size(), columns_.count));
    }
  }

  const Task& task_;
  const Columns& columns_;
  Split& split_;
  LineProblems& problems_;
};

Split read_split(const fs::path& path, const std::string& name, const Task& task, EncodingErrors errors) {
  const TsvFile file(path, errors);
  const Columns columns = columns_of(file, task, name != "test");
  Split split = new_split(name, task.text_b != nullptr);
  split.labelled = columns.label.has_value();
  split.blank_lines = file.blank_lines();
  split.replaced = file.replaced();
  LineProblems problems(path);
  RowReader reader(task, columns, split, problems);
  file.for_each_row([&](int64_t line, const auto& fields) { reader.read(line, fields); });
  problems.throw_if_any();
  leave_out_unlabelled(split, name == "test");
  require_rows(split, path);
  return split;
}

Dataset load(const fs::path& folder, const Task& task, EncodingErrors errors) {
  Dataset data;
  data.train = read_split(folder / "train.tsv", "train", task, errors);
  data.validation = read_split(folder / "dev.tsv", "validation", task, errors);
  const fs::path test = folder / "test.tsv";
  if (present(test)) {
    data.test = read_split(test, "test", task, errors);
    if (!data.test->labelled)
      data.notes.push_back(test.string() + " has no labels: the test split is not scored");
  } else {
    data.notes.push_back(test.string() + " is missing: the test split is skipped");
  }
  warn_of_unlabelled(data, folder);
  return data;
}

}  // namespace

Dataset load_glue_sst2(const fs::path& folder, EncodingErrors errors) {
  Dataset data = load(folder, kSst2, errors);
  data.label_names = {"negative", "positive"};
  return data;
}

Dataset load_glue_qqp(const fs::path& folder, EncodingErrors errors) {
  Dataset data = load(folder, kQqp, errors);
  data.label_names = {"not_duplicate", "duplicate"};
  return data;
}

}  // namespace hone
