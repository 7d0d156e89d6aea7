#include "data/sets/sst_official.h"

#include <fmt/core.h>

#include <array>
#include <span>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include <hone/core/error.h>
#include "core/quote.h"
#include "data/files/parse_number.h"
#include "data/files/text_file.h"
#include "data/sets/split_builder.h"
#include "data/sets/sst.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

struct Fields {
  std::string_view first, second;
};

// The two parts of a line around its first or last separator; without one, `second` has a null data().
Fields halves(std::string_view line, char separator, bool at_last = false) {
  const size_t at = at_last ? line.rfind(separator) : line.find(separator);
  if (at == std::string_view::npos) return {line, {}};
  return {line.substr(0, at), line.substr(at + 1)};
}

void require_header(const TextFile& file, std::string_view header) {
  const auto found = file.lines().empty() ? std::string_view{} : file.lines().front().text;
  if (found == header) return;
  throw DataError(fmt::format("{}: line 1: wrong header: {}, expected {}", file.path().string(), shown(found),
                              shown(header)));
}

// A file of `number<separator>number` lines below a header, as a map that accepts no number twice.
template <class Value>
std::unordered_map<int64_t, Value> read_numbers(const TextFile& file, std::string_view header, char separator,
                                                Value least, Value most) {
  require_header(file, header);
  LineProblems problems(file.path());
  std::unordered_map<int64_t, Value> numbers;
  for (const auto& [line, text] : std::span(file.lines()).subspan(1)) {
    const auto fields = halves(text, separator);
    const auto key = parse_number<int64_t>(fields.first);
    const auto value = parse_number<Value>(fields.second);
    if (!key || !value || *value < least || *value > most) {
      problems.add(line, fmt::format("{}, expected an integer, \"{}\" and a number from {} to {}",
                                     shown(text), separator, least, most));
    } else if (!numbers.emplace(*key, *value).second) {
      problems.add(line, fmt::format("{} occurs a second time", *key));
    }
  }
  problems.throw_if_any();
  return numbers;
}

// phrase -> id, from lines `phrase|id` without a header; the phrases are views into the file.
std::unordered_map<std::string_view, int64_t> read_dictionary(const TextFile& file) {
  LineProblems problems(file.path());
  std::unordered_map<std::string_view, int64_t> ids;
  ids.reserve(file.lines().size());
  for (const auto& [line, text] : file.lines()) {
    const auto fields = halves(text, '|', true);
    const auto id = parse_number<int64_t>(fields.second);
    if (!id) {
      problems.add(line, shown(text) + ", expected a phrase, \"|\" and its integer id");
    } else if (const auto [known, added] = ids.emplace(fields.first, *id); !added && known->second != *id) {
      problems.add(line, fmt::format("the phrase {} has id {} and earlier {}", shown(fields.first), *id,
                                     known->second));
    }
  }
  problems.throw_if_any();
  return ids;
}

// Joins the four files on sentence index, repaired sentence and phrase id.
struct Treebank {
  std::unordered_map<int64_t, int> splits;
  std::unordered_map<std::string_view, int64_t> ids;
  std::unordered_map<int64_t, double> scores;
  std::unordered_set<int64_t> seen;  // sentence indices
  std::array<Split, 3> parts{new_split("train", false), new_split("test", false),
                             new_split("validation", false)};  // in the order of the official numbers 1, 2, 3

  // Adds one line of datasetSentences.txt; returns the problem with it, or nothing.
  std::string add(std::string_view line) {
    const auto fields = halves(line, '\t');
    const auto index = parse_number<int64_t>(fields.first);
    if (!index || fields.second.data() == nullptr) {
      return shown(line) + ", expected an integer, TAB and a sentence";
    }
    const auto split = splits.find(*index);
    if (split == splits.end()) return fmt::format("sentence {} is not in datasetSplit.txt", *index);
    if (!seen.insert(*index).second) return fmt::format("sentence {} occurs a second time", *index);
    std::string sentence = repair_sst_brackets(repair_sst_bytes(fields.second));
    const auto id = ids.find(sentence);
    if (id == ids.end()) return "not found in dictionary.txt after the repairs: " + shown(sentence);
    const auto score = scores.find(id->second);
    if (score == scores.end()) return fmt::format("phrase {} is not in sentiment_labels.txt", id->second);
    add_row(parts.at(static_cast<size_t>(split->second - 1)),
            {std::move(sentence), "", sst_label(score->second)});
    return {};
  }
};

}  // namespace

Dataset load_official_sst(const fs::path& folder, EncodingErrors errors) {
  const TextFile sentences(folder / "datasetSentences.txt", errors),
      dictionary(folder / "dictionary.txt", errors);
  require_header(sentences, "sentence_index\tsentence");
  Treebank bank;
  bank.splits = read_numbers<int>(TextFile(folder / "datasetSplit.txt", errors),
                                  "sentence_index,splitset_label", ',', 1, 3);
  bank.ids = read_dictionary(dictionary);
  bank.scores = read_numbers<double>(TextFile(folder / "sentiment_labels.txt", errors),
                                     "phrase ids|sentiment values", '|', 0.0, 1.0);
  LineProblems problems(sentences.path());
  for (const auto& [line, text] : std::span(sentences.lines()).subspan(1)) {
    if (const auto problem = bank.add(text); !problem.empty()) problems.add(line, problem);
  }
  problems.throw_if_any();
  if (bank.seen.size() != bank.splits.size()) {
    throw DataError(
        fmt::format("{}: {} of the {} sentences of datasetSplit.txt are missing; the file may be cut short",
                    sentences.path().string(), bank.splits.size() - bank.seen.size(), bank.splits.size()));
  }
  for (const auto& part : bank.parts) require_rows(part, sentences.path());
  bank.parts[0].replaced = sentences.replaced() + dictionary.replaced();
  Dataset data;
  data.train = std::move(bank.parts[0]);
  data.test = std::move(bank.parts[1]);
  data.validation = std::move(bank.parts[2]);
  return data;
}

}  // namespace hone
