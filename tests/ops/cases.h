#pragma once

#include <hone/core/kernels/kinds.h>
#include <hone/core/kernels/unary_functions.h>
#include "tests/support/op_case.h"

// Every public op of autograd/ops/, at ugly sizes for the ladder and at a model's for the benchmarks.
namespace hone::test {

OpCases unary_cases(UnaryKind kind, Sizes sizes);
OpCases binary_cases(BinaryKind kind, Sizes sizes);
OpCases matmul_cases(Sizes sizes);
OpCases linear_cases(Sizes sizes);
OpCases feed_forward_cases(Sizes sizes);
OpCases layer_norm_cases(Sizes sizes);
OpCases dropout_residual_layer_norm_cases(Sizes sizes);
OpCases dropout_cases(Sizes sizes);
OpCases softmax_cases(Sizes sizes);
OpCases log_softmax_cases(Sizes sizes);
OpCases cross_entropy_cases(Sizes sizes);
OpCases embedding_cases(Sizes sizes);
OpCases embedding_sum_cases(Sizes sizes);
OpCases self_attention_cases(Sizes sizes);
OpCases cross_attention_cases(Sizes sizes);
OpCases sum_cases(Sizes sizes);
OpCases mean_cases(Sizes sizes);
OpCases max_cases(Sizes sizes);
OpCases mean_pool_cases(Sizes sizes);
OpCases mean_squared_error_cases(Sizes sizes);
OpCases binary_cross_entropy_cases(Sizes sizes);
OpCases reshape_cases(Sizes sizes);
OpCases transpose_cases(Sizes sizes);
OpCases slice_cases(Sizes sizes);
OpCases concatenate_cases(Sizes sizes);

// An embedding whose padding row is used: no gradient check fits it, since its row's gradient is 0 by decree.
OpCase padded_embedding_case();

struct OpGroup {
  std::string name;
  std::function<OpCases(Sizes)> cases;
};
const std::vector<OpGroup>& op_groups();
inline void PrintTo(const OpGroup& group, std::ostream* out) { *out << group.name; }  // for GoogleTest

// Rows and columns of the benchmarks' activations: 32 sequences of 25 tokens, hidden size 384 (MiniLM).
inline constexpr int64_t kModelTokens = 800, kModelHidden = 384;
SeqLens model_lens();

}  // namespace hone::test
