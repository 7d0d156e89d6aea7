#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include <hone/core/packed_batch.h>
#include <hone/text/tokenizer.h>

// Rows to train and evaluate on: as texts, as token ids, as numbers.
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

// A text or pair as token ids, with its label's id.
struct EncodedRow {
  Encoding encoding;
  int32_t label = kNoLabel;
};

// Rows of numbers with an answer for each: a data set, or a batch of one.
struct VectorBatch {
  Tensor x;       // [rows, ...]
  Tensor labels;  // targets of the loss: [rows] i32 class ids, or [rows, ...] of any type

  int64_t rows() const { return x.shape()[0]; }
};

}  // namespace hone
