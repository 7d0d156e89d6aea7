#include "apps/run/task_data.h"

#include <fmt/core.h>

#include <algorithm>

namespace hone {
namespace {

std::vector<std::string> texts_of(const Split& split) {
  std::vector<std::string> texts;
  texts.reserve(split.rows.size());
  for (const Example& row : split.rows) texts.push_back(split.pairs ? row.a + " / " + row.b : row.a);
  return texts;
}

void keep_first_if(Split& split, std::optional<int64_t> rows) {
  if (rows) keep_first(split, static_cast<size_t>(*rows));
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
  keep_first_if(out.dataset.train, s.max_train_samples);
  if (s.overfit_batches > 0) keep_first_if(out.dataset.train, s.overfit_batches * s.batch_size);
  keep_first_if(out.dataset.validation, s.max_eval_samples);
  if (out.dataset.test) keep_first_if(*out.dataset.test, s.max_eval_samples);
  return out;
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
                .notes = dataset.notes};
  data.validation.texts = texts_of(dataset.validation);
  if (!dataset.test) return data;
  if (dataset.test->labelled) {
    data.test = encoded(*dataset.test);
    data.test->texts = texts_of(*dataset.test);
  } else {
    data.notes.push_back("the test split has no labels and is skipped");
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
      .end_object();
}

}  // namespace hone
