#include "data/sets/sst.h"

#include <fmt/core.h>

#include <hone/core/error.h>
#include "core/quote.h"
#include "data/files/files.h"
#include "data/files/parse_number.h"
#include "data/files/text_file.h"
#include "data/sets/split_builder.h"
#include "data/sets/sst_official.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string result;
  for (size_t begin = 0;;) {
    const size_t at = text.find(from, begin);
    result += text.substr(begin, at - begin);
    if (at == std::string_view::npos) return result;
    result += to;
    begin = at + from.size();
  }
}

Split read_split(const fs::path& path, const std::string& name, EncodingErrors errors) {
  const TsvFile file(path, errors);
  LineProblems problems(path);
  Split split = new_split(name, false);
  split.labelled = name != "test" || file.has("label");
  const size_t sentence = file.column("sentence"), label = split.labelled ? file.column("label") : sentence;
  split.blank_lines = file.blank_lines();
  split.replaced = file.replaced();
  file.for_each_row([&](int64_t line, const auto& fields) {
    if (fields.size() != file.columns().size()) {
      problems.add(line, fmt::format("{} fields, the header has {}", fields.size(), file.columns().size()));
      return;
    }
    if (split.labelled && is_no_label(fields[label])) {
      add_row(split, {std::string(fields[sentence]), "", -1});
      return;
    }
    const auto score = split.labelled ? parse_number<double>(fields[label]) : 0;
    if (!score || *score < 0 || *score > 1) {
      problems.add(line, "label is " + shown(fields[label]) + ", expected a number from 0 to 1");
      return;
    }
    add_row(split, {std::string(fields[sentence]), "", split.labelled ? sst_label(*score) : -1});
  });
  problems.throw_if_any();
  leave_out_unlabelled(split, name == "test");
  require_rows(split, path);
  return split;
}

Dataset load_tsv(const fs::path& folder, EncodingErrors errors) {
  Dataset data;
  data.train = read_split(folder / "train.tsv", "train", errors);
  data.validation = read_split(folder / "validation.tsv", "validation", errors);
  if (present(folder / "test.tsv")) {
    data.test = read_split(folder / "test.tsv", "test", errors);
  } else {
    data.notes.push_back((folder / "test.tsv").string() + " is missing: the test split is skipped");
  }
  warn_of_unlabelled(data, folder);
  return data;
}

}  // namespace

std::string repair_sst_bytes(std::string_view sentence) {
  return replaced(replaced(sentence, "\xC3\x83\xC2", "\xC3"), "\xC3\x82\xC2", "\xC2");
}

std::string repair_sst_brackets(std::string_view sentence) {
  return replaced(replaced(sentence, "-LRB-", "("), "-RRB-", ")");
}

Dataset load_sst(const fs::path& folder, EncodingErrors errors) {
  Dataset data;
  if (present(folder / "train.tsv")) {
    data = load_tsv(folder, errors);
  } else {
    const fs::path inner = folder / "stanfordSentimentTreebank";
    data = load_official_sst(fs::is_directory(inner) ? inner : folder, errors);
  }
  data.label_names = {"negative", "positive"};
  return data;
}

}  // namespace hone
