#include <hone/data/sets/dataset.h>

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include <hone/core/error.h>
#include "data/files/environment.h"
#include "data/files/files.h"
#include "data/sets/glue.h"
#include "data/sets/split_builder.h"
#include "data/sets/sst.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

// The place of a set below a parent folder, the files that mark its own folder, and the address to get it
// from.
struct Place {
  fs::path below;
  std::vector<fs::path> marks;
  const char* url;
};

Place place_of(DatasetKind kind) {
  switch (kind) {
    case DatasetKind::sst:
      return {"sst",
              {"train.tsv", "stanfordSentimentTreebank", "datasetSentences.txt"},
              "https://nlp.stanford.edu/~socherr/stanfordSentimentTreebank.zip"};
    case DatasetKind::glue_sst2:
      return {"glue/SST-2", {"train.tsv"}, "https://dl.fbaipublicfiles.com/glue/data/SST-2.zip"};
    default:
      return {"glue/QQP", {"train.tsv"}, "https://dl.fbaipublicfiles.com/glue/data/QQP-clean.zip"};
  }
}

bool holds(const fs::path& folder, const Place& place) {
  return std::ranges::any_of(place.marks, [&](const fs::path& mark) { return present(folder / mark); });
}

fs::path find_folder(DatasetKind kind, const fs::path& data_dir) {
  const Place place = place_of(kind);
  for (const auto& folder : {data_dir, data_dir / place.below, data_dir / place.below.filename()}) {
    if (holds(folder, place)) return folder;
  }
  throw DataError(
      fmt::format("{}: no data set {} there: neither {} nor {} exists; get {} and unpack it there, or "
                  "name its folder with data_dir",
                  data_dir.string(), name_of(kind), (data_dir / place.marks.front()).string(),
                  (data_dir / place.below / place.marks.front()).string(), place.url),
      {"data_dir"});
}

// ", 4244 negative, 4300 positive".
std::string counts_text(const std::vector<int64_t>& counts, const std::vector<std::string>& names) {
  constexpr size_t kMostShown = 12;
  if (counts.size() > kMostShown) {
    return fmt::format(", {} of {} labels", std::ranges::count_if(counts, [](int64_t n) { return n > 0; }),
                       counts.size());
  }
  std::string text;
  for (size_t i = 0; i < counts.size(); ++i) text += fmt::format(", {} {}", counts[i], names.at(i));
  return text;
}

}  // namespace

const char* name_of(DatasetKind kind) {
  switch (kind) {
    case DatasetKind::sst:
      return "sst";
    case DatasetKind::glue_sst2:
      return "glue-sst2";
    default:
      return "qqp";
  }
}

std::string describe(const Split& split, const std::vector<std::string>& label_names) {
  std::string text = fmt::format("{}: {} rows", split.name, split.rows.size());
  text += split.labelled ? counts_text(split.label_counts, label_names) : ", unlabelled";
  if (split.unlabelled != 0) text += fmt::format(", {} without a label skipped", split.unlabelled);
  if (split.repeated_headers != 0)
    text += fmt::format(", {} repeated header{} skipped", split.repeated_headers,
                        split.repeated_headers == 1 ? "" : "s");
  if (split.dropped != 0) text += fmt::format(", {} dropped (too few fields or no label)", split.dropped);
  if (split.extra_fields != 0) text += fmt::format(", {} with fields too many, ignored", split.extra_fields);
  if (split.blank_lines != 0) text += fmt::format(", {} blank lines skipped", split.blank_lines);
  if (split.replaced != 0) text += fmt::format(", {} invalid UTF-8 sequences replaced", split.replaced);
  if (split.empty_texts != 0) text += fmt::format(", {} empty texts", split.empty_texts);
  return text;
}

Dataset load_dataset(DatasetKind kind, const fs::path& data_dir, EncodingErrors errors) {
  const fs::path folder = find_folder(kind, data_dir);
  switch (kind) {
    case DatasetKind::sst:
      return load_sst(folder, errors);
    case DatasetKind::glue_sst2:
      return load_glue_sst2(folder, errors);
    default:
      return load_glue_qqp(folder, errors);
  }
}

fs::path default_data_dir() {
  if (const auto chosen = environment("HONE_DATA")) return *chosen;
  if (const auto cache = environment("XDG_CACHE_HOME")) return fs::path(*cache) / "hone" / "data";
  if (const auto home = environment("HOME")) return fs::path(*home) / ".cache" / "hone" / "data";
  throw DataError("no data folder is known: give data_dir, or set HONE_DATA or HOME", {"data_dir"});
}

void keep_rows(Split& split, const std::vector<int64_t>& rows) {
  std::vector<Example> all = std::exchange(split.rows, {});
  std::ranges::fill(split.label_counts, 0);
  split.empty_texts = 0;
  for (const int64_t row : rows) add_row(split, std::move(all.at(static_cast<size_t>(row))));
}

}  // namespace hone
