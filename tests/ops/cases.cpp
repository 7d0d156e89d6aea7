#include "tests/ops/cases.h"

#include "core/kernels/elementwise.h"

namespace hone::test {
namespace {

std::vector<OpGroup> make_groups() {
  std::vector<OpGroup> groups;
  for (UnaryKind kind : kUnaryKinds) {
    groups.push_back({name_of(kind), [kind](Sizes sizes) { return unary_cases(kind, sizes); }});
  }
  for (BinaryKind kind : {BinaryKind::add, BinaryKind::sub, BinaryKind::mul, BinaryKind::div}) {
    groups.push_back({name_of(kind), [kind](Sizes sizes) { return binary_cases(kind, sizes); }});
  }
  const std::vector<OpGroup> others = {{"matmul", matmul_cases},
                                       {"linear", linear_cases},
                                       {"feed_forward", feed_forward_cases},
                                       {"layer_norm", layer_norm_cases},
                                       {"dropout_residual_layer_norm", dropout_residual_layer_norm_cases},
                                       {"dropout", dropout_cases},
                                       {"softmax", softmax_cases},
                                       {"log_softmax", log_softmax_cases},
                                       {"cross_entropy", cross_entropy_cases},
                                       {"embedding", embedding_cases},
                                       {"embedding_sum", embedding_sum_cases},
                                       {"self_attention", self_attention_cases},
                                       {"cross_attention", cross_attention_cases},
                                       {"sum", sum_cases},
                                       {"mean", mean_cases},
                                       {"max", max_cases},
                                       {"mean_pool", mean_pool_cases},
                                       {"mean_squared_error", mean_squared_error_cases},
                                       {"binary_cross_entropy", binary_cross_entropy_cases},
                                       {"reshape", reshape_cases},
                                       {"transpose", transpose_cases},
                                       {"slice", slice_cases},
                                       {"concatenate", concatenate_cases}};
  groups.insert(groups.end(), others.begin(), others.end());
  return groups;
}

}  // namespace

const std::vector<OpGroup>& op_groups() {
  static const std::vector<OpGroup> groups = make_groups();
  return groups;
}

SeqLens model_lens() { return SeqLens(std::vector<int32_t>(32, kModelTokens / 32)); }

}  // namespace hone::test
