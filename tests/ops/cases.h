#pragma once

#include "tests/support/op_case.h"

// Every public op of autograd/ops/, at ugly sizes for the ladder and at a model's for the benchmarks. A case
// file registers its ops itself: it needs a line in cmake/ops.cmake and nothing
// else.
namespace hone::test {

// The cases of one op.
struct OpGroup {
  std::string name;
  std::function<OpCases(Sizes)> cases;
  bool has_bf16 = true;  // losses are f32 alone
};
inline void PrintTo(const OpGroup& group, std::ostream* out) { *out << group.name; }  // for GoogleTest

// Makes ops known to op_groups(), at the start of the program.
class RegisterOps {
 public:
  explicit RegisterOps(const std::vector<OpGroup>& groups);
};

// All ops that are registered, by name.
const std::vector<OpGroup>& op_groups();

// An embedding whose padding row is used: finite differences do not fit it, since that row's gradient is 0 by
// definition.
OpCase padded_embedding_case();

// Rows and columns of the benchmarks' activations: 32 sequences of 25 tokens, hidden size 384 (MiniLM).
inline constexpr int64_t kModelTokens = 800, kModelHidden = 384;
SeqLens model_lens();

}  // namespace hone::test
