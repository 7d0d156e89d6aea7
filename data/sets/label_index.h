#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace hone {

// A label as a person compares it: without surrounding blanks, in lower case and composed (NFC), a number by
// its value ("1.0", "01" and "+1" are "1", Unicode's minus is "-").
std::string folded_label(std::string_view text);
// The text without the blanks around it (Unicode's no-break, ideographic and zero-width ones, too).
std::string_view without_blanks(std::string_view text);

// The number that a label is; nothing for another text.
std::optional<double> label_number(std::string_view text);

// Orders labels: numbers by value, before other texts in the order of their bytes.
bool label_before(const std::string& a, const std::string& b);

// The manner in which a text names a label.
enum class LabelMatch { exact, folded, number };

// Finds the label that a text means among a classifier's: the one of exactly this name, else the only one
// whose folded_label() is the text's, else the only one that differs further in blanks, "_" and "-" alone,
// else, where no name is a number, the one whose id the text is; but where every name holds a number of its
// own ("1 star", "-1 bad", "1.5 stars"), the one that holds it. "LABEL_2" is the label of id 2.
class LabelIndex {
 public:
  explicit LabelIndex(const std::vector<std::string>& names);
  // As above, for labels of which these `texts` are all, from a column of this name. Numbers are ids also
  // where names hold some, when a text is none of those and all are ids. In a column `is_duplicate`, 1 and
  // true are the label "duplicate" of two, 0 and false the other one.
  LabelIndex(const std::vector<std::string>& names, const std::vector<std::string>& texts,
             const std::string& column);

  struct Found {
    int id;
    LabelMatch match;
  };
  std::optional<Found> find(std::string_view text) const;
  // True when find() takes any number for an id.
  bool takes_ids() const { return numbers_are_ids_ && held_.empty(); }

 private:
  std::optional<Found> find_number(const std::string& folded) const;
  bool is_id(const std::string& folded) const;

  // folded_, loose_: kSeveral where two names are alike
  std::unordered_map<std::string, int> exact_, folded_, loose_;
  std::unordered_map<std::string, int> held_;  // the labels by the numbers that stand for them
  int size_;
  bool numbers_are_ids_;
};

// True for the names that transformers gives labels without names: LABEL_0, LABEL_1, ...
bool are_generic(const std::vector<std::string>& names);

}  // namespace hone
