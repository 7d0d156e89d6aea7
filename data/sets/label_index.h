#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace hone {

// A label as a person compares it: without surrounding blanks, in lower case, a number by its value ("1.0"
// and "01" are "1").
std::string folded_label(std::string_view text);
// The text without the blanks around it (Unicode's no-break, ideographic and zero-width ones, too).
std::string_view without_blanks(std::string_view text);

bool is_number(std::string_view text);

// Orders labels: numbers by value, before other texts in the order of their bytes.
bool label_before(const std::string& a, const std::string& b);

// The manner in which a text names a label.
enum class LabelMatch { exact, folded, number };

// Finds the label that a text means among a classifier's: the one of exactly this name, else the only one
// whose folded_label() is the text's, else, where no name is a number, the one whose id the text is; but
// where every name holds a number of its own ("1 star", "2 stars"), the one that holds it.
class LabelIndex {
 public:
  explicit LabelIndex(const std::vector<std::string>& names);

  struct Found {
    int id;
    LabelMatch match;
  };
  std::optional<Found> find(std::string_view text) const;

 private:
  std::unordered_map<std::string, int> exact_, folded_;  // folded_: kSeveral where two names are alike
  std::unordered_map<int64_t, int> held_;                // the labels by the numbers in their names
  int size_;
  bool numbers_are_ids_;
};

// True for the names that transformers gives labels without names: LABEL_0, LABEL_1, ...
bool are_generic(const std::vector<std::string>& names);

}  // namespace hone
