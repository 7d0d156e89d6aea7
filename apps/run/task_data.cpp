#include "apps/run/task_data.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "data/sets/label_index.h"
#include "data/sets/label_rule.h"
#include "data/sets/label_suspicions.h"
#include "data/sets/record_file.h"
#include "train/packing.h"

namespace hone {
namespace {

std::vector<std::string> texts_of(const Split& split) {
  std::vector<std::string> texts;
  texts.reserve(split.rows.size());
  for (const Example& row : split.rows) texts.push_back(split.pairs ? row.a + " / " + row.b : row.a);
  return texts;
}

// Keeps a sample of so many rows, in the order of the file.
void sample(Split& split, std::optional<int64_t> rows, uint32_t seed) {
  constexpr int64_t kStream = int64_t{1} << 30;  // beyond the epochs, whose orders have streams of their own
  const auto all = static_cast<int64_t>(split.rows.size());
  if (!rows || *rows >= all) return;
  std::vector<int64_t> order = epoch_order(all, true, seed, kStream);
  order.resize(static_cast<size_t>(*rows));
  std::ranges::sort(order);
  keep_rows(split, order);
}

// A line when the steps of a run in file order end before rows whose labels have come to none.
std::vector<std::string> labels_out_of_reach(const Dataset& data, const Settings& s) {
  const auto all = static_cast<int64_t>(data.train.rows.size());
  const int64_t reached = std::min(all, s.max_steps.value_or(all) * s.batch_size * s.accumulate);
  if (s.shuffle || s.epochs == 0 || reached == 0 || reached == all) return {};
  std::vector<bool> seen(data.label_names.size());
  for (int64_t i = 0; i < reached; ++i)
    seen[static_cast<size_t>(data.train.rows[static_cast<size_t>(i)].label)] = true;
  std::vector<std::string> missed;
  for (size_t label = 0; label < seen.size(); ++label) {
    if (!seen[label] && data.train.label_counts[label] > 0) missed.push_back(data.label_names[label]);
  }
  if (missed.empty()) return {};
  return {fmt::format(
      "labels: the run ends after the first {} rows in file order, which have no {}; drop --no-shuffle",
      reached, some_of(missed))};
}

void append(std::vector<std::string>& lines, std::vector<std::string> more) {
  for (std::string& line : more) lines.push_back(std::move(line));
}

}  // namespace

TaskSplit encode_split(const Split& split, const TextClassifier& classifier) {
  TaskSplit out;
  out.name = split.name;
  out.rows = classifier.encode(split);
  out.dropped = split.dropped;
  out.extra_fields = split.extra_fields;
  out.blank_lines = split.blank_lines;
  out.replaced = split.replaced;
  out.empty_texts = split.empty_texts;
  out.unlabelled = split.unlabelled;
  out.repeated_headers = split.repeated_headers;
  out.truncated =
      std::ranges::count_if(out.rows, [](const EncodedRow& row) { return row.encoding.truncated; });
  out.description = describe(split, classifier.labels());
  if (out.truncated != 0) {
    out.description += fmt::format(", {} cut to {} tokens", out.truncated, classifier.max_length());
  }
  return out;
}

NamedDataset load_data(const Settings& s) {
  NamedDataset out;
  if (s.own.given()) {
    out = {load_own_files({*s.own.train_file, *s.own.validation_file, s.own.test_file,
                           own_format(s.own, s.encoding_errors)}),
           "own files", s.own.train_file->string()};
  } else {
    const auto folder = data_folder(s.data);
    out = {load_dataset(s.dataset, folder, s.encoding_errors), name_of(s.dataset), folder.string()};
  }
  return out;
}

void use_labels_of(TextClassifier& classifier, NamedDataset& named) {
  Dataset& data = named.dataset;
  if (!classifier.has_trained_head()) return settle_labels(data);
  const std::vector<std::string> own = data.label_names;
  adopt_labels(data, classifier.labels());
  if (!data.label_origins.empty() || !are_generic(classifier.labels()) ||
      own.size() != data.label_names.size())
    return;
  classifier.name_labels(own);  // a known data set's names are better than LABEL_0
  data.label_names = own;
}

void take_samples(NamedDataset& named, const Settings& s) {
  Dataset& data = named.dataset;
  const std::vector<int64_t> before = data.train.label_counts;
  const auto seed = static_cast<uint32_t>(s.seed);
  sample(data.train, s.max_train_samples, seed);
  if (s.overfit_batches > 0) sample(data.train, s.overfit_batches * s.batch_size, seed);
  for (Split* split : {&data.validation, data.test ? &*data.test : nullptr}) {
    if (split == nullptr) continue;
    const std::vector<int64_t> all = split->label_counts;
    sample(*split, s.max_eval_samples, 0);
    append(data.warnings, labels_left_out(*split, all, data.label_names));
  }
  append(data.warnings, untrained_labels(data, before));
  append(data.warnings, labels_out_of_reach(data, s));
  append(data.warnings, shared_rows(data));
}

TaskData prepare(const NamedDataset& named, const TextClassifier& classifier) {
  const Dataset& dataset = named.dataset;
  const auto encoded = [&](const Split& split) { return encode_split(split, classifier); };
  TaskData data{.name = named.name,
                .source = named.source,
                .pairs = dataset.train.pairs,
                .train = encoded(dataset.train),
                .validation = encoded(dataset.validation),
                .test = {},
                .notes = dataset.notes,
                .warnings = dataset.warnings,
                .positive_label = dataset.positive_label};
  data.validation.texts = texts_of(dataset.validation);
  if (!dataset.test) return data;
  if (dataset.test->labelled) {
    data.test = encoded(*dataset.test);
    data.test->texts = texts_of(*dataset.test);
  } else {
    data.notes.emplace_back("the test split has no labels and is skipped");
  }
  return data;
}

std::filesystem::path data_folder(const std::optional<std::filesystem::path>& data_dir) {
  return data_dir ? *data_dir : default_data_dir();
}

void write_counts(JsonWriter& json, const TaskSplit& split) {
  json.key(split.name).begin_object().field("rows", split.rows.size()).field("truncated", split.truncated);
  json.field("empty_texts", split.empty_texts).field("dropped", split.dropped);
  json.field("extra_fields", split.extra_fields)
      .field("blank_lines", split.blank_lines)
      .field("replaced", split.replaced)
      .field("unlabelled", split.unlabelled)
      .field("repeated_headers", split.repeated_headers)
      .end_object();
}

}  // namespace hone
