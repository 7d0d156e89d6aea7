#include "data/sets/label_rule.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <unordered_map>

#include <hone/core/error.h>
#include "core/quote.h"
#include "data/sets/label_index.h"
#include "data/sets/label_suspicions.h"
#include "data/sets/record_file.h"
#include "data/sets/split_builder.h"

namespace hone {
namespace {

// The splits of a Dataset or const Dataset.
template <class Data>
auto splits_of(Data& data) {
  std::vector<decltype(&data.train)> splits{&data.train, &data.validation};
  if (data.test) splits.push_back(&*data.test);
  return splits;
}

int64_t count_in(const Split& split, size_t label) {
  return label < split.label_counts.size() ? split.label_counts[label] : 0;
}

// The rows of each label in all splits.
std::vector<int64_t> counts_of(const Dataset& data) {
  std::vector<int64_t> counts(data.label_names.size());
  for (const Split* split : splits_of(data)) {
    for (size_t label = 0; label < counts.size(); ++label) counts[label] += count_in(*split, label);
  }
  return counts;
}

// "-1 (3 rows), empty (1 row)", for the labels that are none
std::string texts_of_none(const Split& split, const std::vector<int>& ids,
                          const std::vector<std::string>& names) {
  std::map<std::string, int64_t> texts;
  for (size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] < 0 && count_in(split, i) > 0)
      texts[std::string(without_blanks(names[i]))] += count_in(split, i);
  }
  std::string out;
  for (const auto& [text, rows] : texts) {
    out += fmt::format("{}{} ({} row{})", out.empty() ? "" : ", ", text.empty() ? "empty" : shown(text), rows,
                       rows == 1 ? "" : "s");
  }
  return out + (texts.contains("-1") ? "; if -1 is a class, write it as a word" : "");
}

// Leaves out the rows without a label, which have the label -1, with a warning, once for a file that serves
// several splits.
void leave_out(Dataset& data, Split& split, const std::string& texts) {
  const size_t all = split.rows.size();
  leave_out_unlabelled(split, data.test && &split == &*data.test);
  if (split.unlabelled == 0) return;
  require_rows(split, split.file);
  const std::string line = fmt::format("{}: {} of {} rows have no label and are skipped: {}",
                                       split.file.string(), split.unlabelled, all, texts);
  if (std::ranges::count(data.warnings, line) == 0) data.warnings.push_back(line);
}

// Renames the labels: the one with id i gets the id ids[i] among `names`, -1: none.
void relabel(Dataset& data, const std::vector<int>& ids, std::vector<std::string> names) {
  for (Split* split : splits_of(data)) {
    const std::string texts = texts_of_none(*split, ids, data.label_names);
    split->label_counts.assign(names.size(), 0);
    for (Example& row : split->rows) {
      if (row.label < 0) continue;
      row.label = ids[static_cast<size_t>(row.label)];
      if (row.label >= 0) ++split->label_counts[static_cast<size_t>(row.label)];
    }
    if (!texts.empty()) leave_out(data, *split, texts);
  }
  data.label_names = std::move(names);
}

// A list of what was taken for what: the first few, and how many there are.
class Taken {
 public:
  void add(const std::string& text, const std::string& label, int64_t rows) {
    if (count_++ < kShown)
      text_ += fmt::format("{}{} for {} ({} row{})", text_.empty() ? "" : ", ", shown(text), shown(label),
                           rows, rows == 1 ? "" : "s");
  }
  void tell(std::vector<std::string>& lines) const {
    if (count_ == 0) return;
    const std::string more = count_ > kShown ? fmt::format(" and {} more", count_ - kShown) : "";
    lines.push_back("labels: took " + text_ + more);
  }

 private:
  static constexpr int kShown = 8;
  std::string text_;
  int count_ = 0;
};

// True for a number that was taken for an id.
bool is_by_id(const LabelIndex::Found& found, const std::string& text, const LabelIndex& index) {
  return found.match == LabelMatch::number && index.takes_ids() && label_number(text);
}

// The labels of a new head, gathered from spellings.
class NewLabels {
 public:
  explicit NewLabels(const Dataset& data) : data_(data), counts_(counts_of(data)), chosen_(counts_.size()) {
    const auto is_label = [&](size_t i) { return !is_no_label(data_.label_names[i]); };
    gather([&](size_t i) { return count_in(data_.train, i) > 0 && is_label(i); });
    const std::vector<std::string> trained = names();
    const LabelIndex index(trained, {}, data.label_column);
    for (size_t i = 0; i < counts_.size(); ++i) {
      if (!chosen_[i].empty() || !is_label(i)) continue;
      const auto found = index.find(data_.label_names[i]);
      if (!found) continue;
      chosen_[i] = trained[static_cast<size_t>(found->id)];
      if (is_by_id(*found, data_.label_names[i], index)) doubt_ = doubtful_ids(trained);
    }
    gather([&](size_t i) { return chosen_[i].empty() && is_label(i); });
  }

  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const std::string& name : chosen_) {
      if (!name.empty()) names.push_back(name);
    }
    std::ranges::sort(names, label_before);
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
  }

  // The place of each spelling's label among names(); -1: it is none.
  std::vector<int> ids() const {
    std::unordered_map<std::string, int> places;
    for (const std::string& name : names()) places.emplace(name, static_cast<int>(places.size()));
    std::vector<int> ids;
    ids.reserve(chosen_.size());
    for (const std::string& name : chosen_) ids.push_back(name.empty() ? -1 : places.at(name));
    return ids;
  }

  // A record of what was taken for what.
  Taken taken() const {
    Taken taken;
    for (size_t i = 0; i < counts_.size(); ++i) {
      if (!chosen_[i].empty() && data_.label_names[i] != chosen_[i])
        taken.add(data_.label_names[i], chosen_[i], counts_[i]);
    }
    return taken;
  }

  // Says, or "", that numbers of validation or test rows were taken for ids, against the names.
  const std::string& doubt() const { return doubt_; }

 private:
  // Gives the spellings that `takes` accepts their names: one for all that are alike.
  template <class Takes>
  void gather(Takes takes) {
    std::unordered_map<std::string, std::vector<size_t>> alike;
    for (size_t i = 0; i < counts_.size(); ++i) {
      if (takes(i)) alike[folded_label(data_.label_names[i])].push_back(i);
    }
    for (const auto& [folded, spellings] : alike) {
      const std::string name = name_of(folded, spellings);
      for (const size_t i : spellings) chosen_[i] = name;
    }
  }

  // The most frequent spelling, without blanks around it; of numbers the usual one when there are several.
  std::string name_of(const std::string& folded, const std::vector<size_t>& spellings) const {
    size_t best = spellings.front();
    for (const size_t i : spellings) {
      const auto& a = data_.label_names[i];
      const auto& b = data_.label_names[best];
      if (counts_[i] != counts_[best] ? counts_[i] > counts_[best] : label_before(a, b)) best = i;
      if (a == folded && label_number(folded)) return a;
    }
    return std::string(without_blanks(data_.label_names[best]));
  }

  const Dataset& data_;
  std::vector<int64_t> counts_;
  std::vector<std::string> chosen_;  // each spelling's label; "": none
  std::string doubt_;
};

// True when a known data set, whose names are hone's, goes to these labels by number.
bool by_number(const Dataset& data, const std::vector<std::string>& names) {
  if (!data.label_origins.empty() || names.size() != data.label_names.size()) return false;
  const LabelIndex index(names);
  const auto is_name = [&](const char* text) {
    const auto found = index.find(text);
    return found && found->match != LabelMatch::number;
  };
  return (is_name("LABEL_0") && is_name("LABEL_1")) || (is_name("0") && is_name("1"));
}

// The id of each of the data's labels among `names`; -1: none of them.
std::vector<int> ids_by_rule(Dataset& data, const std::vector<std::string>& names,
                             const std::vector<int64_t>& counts) {
  std::vector<std::string> texts;
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > 0) texts.push_back(data.label_names[i]);
  }
  const LabelIndex index(names, texts, data.label_column);
  std::vector<int> ids;
  ids.reserve(counts.size());
  Taken taken;
  bool by_id = false;
  for (size_t i = 0; i < counts.size(); ++i) {
    const auto found = index.find(data.label_names[i]);
    ids.push_back(found ? found->id : -1);
    if (!found || found->match == LabelMatch::exact || counts[i] == 0) continue;
    taken.add(data.label_names[i], names[static_cast<size_t>(found->id)], counts[i]);
    by_id |= is_by_id(*found, data.label_names[i], index);
  }
  taken.tell(data.notes);
  const std::string doubt = by_id ? doubtful_ids(names) : "";
  if (!doubt.empty()) data.warnings.push_back(doubt);
  return ids;
}

[[noreturn]] void refuse(const Dataset& data, const std::vector<std::string>& names,
                         const std::vector<int64_t>& counts, const std::vector<size_t>& strange) {
  constexpr size_t kShown = 5;
  std::string problems;
  for (size_t k = 0; k < std::min(kShown, strange.size()); ++k) {
    const size_t i = strange[k];
    problems += fmt::format("{}{}label is {} ({} rows)", k == 0 ? "" : "; ",
                            data.label_origins.empty() ? "" : data.label_origins[i] + ": ",
                            shown(data.label_names[i]), counts[i]);
  }
  if (strange.size() > kShown) problems += fmt::format("; ... ({} such labels)", strange.size());
  const std::string message = fmt::format(
      "{}, expected one of {}, which the classifier has; the data has {}; give rows with the classifier's "
      "labels, or train a head for these by fine_tune with new_head",
      problems, some_of(names), some_of(data.label_names));
  if (data.label_origins.empty())
    throw ModelError("the classifier and the data set: " + message, {"fine_tune", "new_head"});
  throw DataError(message, {"fine_tune", "new_head"});
}

}  // namespace

std::vector<std::string> new_labels(const Dataset& data) {
  return data.label_origins.empty() ? data.label_names : NewLabels(data).names();
}

void settle_labels(Dataset& data) {
  if (data.label_origins.empty()) return;  // a known set: its labels are settled
  const NewLabels labels(data);
  labels.taken().tell(data.warnings);
  if (!labels.doubt().empty()) data.warnings.push_back(labels.doubt());
  relabel(data, labels.ids(), labels.names());
  if (std::ranges::count_if(data.train.label_counts, [](int64_t rows) { return rows > 0; }) < 2) {
    const char* why =
        data.train.unlabelled == 0 ? "" : " (empty, nan and -1 mean no label: write a class as a word)";
    const auto only = static_cast<size_t>(data.train.rows[0].label);
    throw DataError(
        fmt::format("{}: only the label {} in the training rows{}; a new classifier needs two or more",
                    data.label_origins.front(), shown(data.label_names[only]), why));
  }
  for (std::string& line : label_suspicions(data)) data.warnings.push_back(std::move(line));
}

void adopt_labels(Dataset& data, const std::vector<std::string>& names) {
  const std::vector<int64_t> counts = counts_of(data);
  std::vector<int> ids = ids_by_rule(data, names, counts);
  std::vector<size_t> strange;
  for (size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] < 0 && is_no_label(data.label_names[i])) continue;
    if (ids[i] < 0 && (counts[i] > 0 || data.label_origins.empty())) strange.push_back(i);
  }
  if (!strange.empty()) {
    if (!by_number(data, names)) refuse(data, names, counts, strange);
    const LabelIndex index(names);
    Taken taken;
    for (size_t i = 0; i < ids.size(); ++i) {
      ids[i] = index.find(std::to_string(i))->id;
      taken.add(data.label_names[i], names[static_cast<size_t>(ids[i])], counts[i]);
    }
    taken.tell(data.notes);
  }
  if (data.label_origins.empty()) data.positive_label = ids.at(static_cast<size_t>(data.positive_label));
  relabel(data, ids, names);
}

}  // namespace hone
