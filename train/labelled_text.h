#pragma once

#include <string>
#include <variant>

namespace hone {

// Two texts that are classified together: a question and its paraphrase, a premise and a hypothesis.
struct TextPair {
  std::string first, second;
};

// A label by its name or by its id.
using Label = std::variant<std::string, int>;

// A text or pair with its label, for training or evaluation.
struct LabelledText {
  std::string text;
  Label label;
};
struct LabelledPair {
  std::string first, second;
  Label label;
};

}  // namespace hone
