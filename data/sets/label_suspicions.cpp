#include "data/sets/label_suspicions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string_view>
#include <unordered_set>

#include "core/quote.h"
#include "data/sets/label_index.h"
#include "data/sets/record_file.h"

namespace hone {
namespace {

// The labels of the training rows, by kind, with the last of each in the order of the labels.
struct Kinds {
  int64_t all = 0, numbers = 0, fractions = 0;
  std::string last, last_number;
};

Kinds kinds_of(const Dataset& data) {
  Kinds kinds;
  for (size_t i = 0; i < data.label_names.size(); ++i) {
    if (data.train.label_counts[i] == 0) continue;
    ++kinds.all;
    kinds.last = data.label_names[i];
    const auto number = label_number(kinds.last);
    if (!number) continue;
    ++kinds.numbers;
    kinds.fractions += *number != std::floor(*number);
    kinds.last_number = kinds.last;
  }
  return kinds;
}

// Words that usually stand for a missing value or label, as folded_label() has them, a line end behind each.
constexpr std::string_view kMissing =
    "\nnull\nnone\nna\nn/a\n#n/a\n#na\nn.a.\nn.a\nnat\n\\n\nnil\n<null>\n(null)\n<none>\n<nan>\n-nan"
    "\nundefined\n?\n-\n--\n---\n.\n..\n#value!\n#ref!\n#name?\n#div/0!\n#num!\n#null!\n1.#qnan\n1.#ind"
    "\n-1.#ind\nmissing\nblank\n(blank)\nempty\nunlabeled\nunlabelled\nno label\nno_label\nnot labeled"
    "\nnot labelled\nunannotated\nnot available\nnot applicable\n";

bool stands_for_nothing(const std::string& name) {
  const std::string folded = folded_label(name);
  return folded.find('\n') == std::string::npos &&
         kMissing.find("\n" + folded + "\n") != std::string_view::npos;
}

// The names of which the second usually has the higher id.
struct Opposites {
  const char *no, *yes;
};
constexpr Opposites kOpposites[] = {{"negative", "positive"},
                                    {"neg", "pos"},
                                    {"no", "yes"},
                                    {"false", "true"},
                                    {"not_duplicate", "duplicate"},
                                    {"non_duplicate", "duplicate"},
                                    {"not_paraphrase", "paraphrase"},
                                    {"not_equivalent", "equivalent"},
                                    {"unacceptable", "acceptable"}};

// True when each name holds digits, not all the same: "0-17", "18-34".
bool hold_numbers(const std::vector<std::string>& names) {
  const auto digits_of = [](const std::string& name) {
    std::string digits = name;
    std::erase_if(digits, [](char c) { return c < '0' || c > '9'; });
    return digits;
  };
  const std::string first = digits_of(names.front());
  return std::ranges::none_of(names, [&](const std::string& name) { return digits_of(name).empty(); }) &&
         std::ranges::any_of(names, [&](const std::string& name) { return digits_of(name) != first; });
}

// A hash of a row's texts without the blanks around them (those of SST-2's training rows end in one).
size_t hash_of(const Example& row) {
  constexpr size_t kOdd = 0x9E3779B97F4A7C15;
  const std::hash<std::string_view> hash;
  return hash(without_blanks(row.a)) * kOdd + hash(without_blanks(row.b));
}

}  // namespace

std::vector<std::string> label_suspicions(const Dataset& data) {
  std::vector<std::string> lines;
  const Kinds kinds = kinds_of(data);
  const auto rows = static_cast<int64_t>(data.train.rows.size());
  const bool many = 2 * kinds.all > rows;
  const bool scores = kinds.numbers == kinds.all && kinds.all > 2 &&
                      (kinds.fractions >= 10 || (many && (kinds.fractions > 0 || kinds.all >= 10)));
  if (scores) {
    lines.push_back(fmt::format(
        "labels: these look like scores: {} training rows have {} different numbers, such as {}; each is a "
        "class of its own here, so divide them into classes first",
        rows, kinds.all, kinds.last_number));
  } else if (kinds.all >= 10 && 5 * kinds.all >= 4 * rows) {
    lines.push_back(
        fmt::format("labels: nearly every training row is a class of its own ({} rows, {} labels, such as "
                    "{}): these look "
                    "like scores, texts or ids; is it the column of the labels?",
                    rows, kinds.all, shown(kinds.last)));
  }
  for (size_t i = 0; i < data.label_names.size(); ++i) {
    if (!stands_for_nothing(data.label_names[i])) continue;
    lines.push_back(fmt::format(
        "labels: {} ({} training rows) is a class here; if it means that there is no label, leave it empty",
        shown(data.label_names[i]), data.train.label_counts[i]));
  }
  return lines;
}

std::string doubtful_ids(const std::vector<std::string>& names) {
  const LabelIndex index(names);
  for (const auto& [no_name, yes_name] : kOpposites) {
    const auto no = index.find(no_name), yes = index.find(yes_name);
    if (!no || !yes || no->match == LabelMatch::number || yes->match == LabelMatch::number) continue;
    if (yes->id > no->id) continue;
    const auto name = [&](int id) { return shown(names[static_cast<size_t>(id)]); };
    return fmt::format(
        "labels: numbers are taken for the classifier's ids, {} for {} and {} for {}; if {} means {} in the "
        "data, write the names there instead of numbers",
        yes->id, name(yes->id), no->id, name(no->id), no->id, name(yes->id));
  }
  if (!index.takes_ids() || !hold_numbers(names)) return "";
  return fmt::format(
      "labels: numbers are taken for the classifier's ids, 0 for {}, though its names hold numbers, too; if "
      "the data means those, write the names there",
      shown(names.front()));
}

std::vector<std::string> untrained_labels(const Dataset& data, const std::vector<int64_t>& before) {
  constexpr int kShown = 8;
  std::string names, left_out;
  int count = 0;
  for (size_t i = 0; i < data.label_names.size(); ++i) {
    if (data.train.label_counts[i] > 0) continue;
    if (count++ >= kShown) continue;
    names += (names.empty() ? "" : ", ") + shown(data.label_names[i]);
    if (before[i] > 0) names += fmt::format(" (the sample left out its {} rows)", before[i]);
    const int64_t elsewhere = data.validation.label_counts[i];
    if (elsewhere > 0) names += fmt::format(" ({} validation rows)", elsewhere);
  }
  if (count == 0) return {};
  if (count > kShown) names += fmt::format(" and {} more", count - kShown);
  return {
      fmt::format("labels: no training row has {}: {}", count == 1 ? "this label" : "these labels", names)};
}

std::vector<std::string> labels_left_out(const Split& split, const std::vector<int64_t>& before,
                                         const std::vector<std::string>& names) {
  std::vector<std::string> missed;
  for (size_t i = 0; i < before.size(); ++i) {
    if (before[i] > 0 && split.label_counts[i] == 0) missed.push_back(names[i]);
  }
  if (missed.empty()) return {};
  return {fmt::format("labels: the sample of {} {} rows has none with {}", split.rows.size(), split.name,
                      some_of(missed))};
}

std::vector<std::string> shared_rows(const Dataset& data) {
  std::unordered_set<size_t> trained;
  for (const Example& row : data.train.rows) trained.insert(hash_of(row));
  std::vector<std::string> lines;
  const auto look = [&](const Split& split) {
    const auto shared =
        std::ranges::count_if(split.rows, [&](const Example& row) { return trained.contains(hash_of(row)); });
    if (shared == 0) return;
    lines.push_back(fmt::format("data: {} of the {} {} rows stand in the training split, too", shared,
                                split.rows.size(), split.name));
  };
  look(data.validation);
  if (data.test && data.test->labelled) look(*data.test);
  return lines;
}

}  // namespace hone
