#include <fmt/core.h>

#include <algorithm>

#include <hone/autograd/ops/elementwise.h>
#include <hone/autograd/ops/layer_norm.h>
#include <hone/autograd/ops/reduce.h>
#include "tests/ops/cases.h"

namespace hone::test {
namespace {

Var number(double x, const Var& like) { return Tensor::full({1}, x, like.dtype(), like.device()); }

// Layer normalisation composed of simple ops, with 1 / sqrt(v) as exp(-log(v) / 2).
Var composed_layer_norm(const Var& x, const Var& gamma, const Var& beta, double eps) {
  const Var centred = sub(x, mean(x, Axis::columns));
  const Var variance = mean(mul(centred, centred), Axis::columns);
  const Var rstd = exp(mul(log(add(variance, number(eps, x))), number(-0.5, x)));
  return add(mul(mul(centred, rstd), gamma), beta);
}

struct Size {
  std::vector<int32_t> lens;
  int64_t columns;
  double eps;  // large where rows are short: else the curvature is too much for finite differences
};

// Sizes around chunks of 32 rows.
std::vector<Size> sizes_for(Sizes sizes) {
  if (sizes == Sizes::model) return {{std::vector<int32_t>(32, 25), kModelHidden, 1e-12}};
  return {{{0, 3}, 1, 0.5},          {{1}, 2, 0.5},          {{2, 0, 1}, 5, 0.1}, {{}, 4, 0.1},
          {{3, 0, 0, 40}, 17, 1e-3}, {{1, 1, 1}, 64, 1e-12}, {{33}, 33, 1e-5},    {{5, 61}, 70, 1e-12}};
}

Tensor gamma_for(Numbers& numbers, int64_t columns) { return numbers.uniform({columns}, 0.5, 1.5); }

// The fused op; its inputs are x, gamma, beta and, where wanted, the bias and the residual.
OpCase fused_case(const Size& s, double p, bool bias, bool residual) {
  Numbers numbers(14);
  const SeqLens lens(s.lens);
  const Shape shape{lens.total(), s.columns};
  const DropoutMask drop = p > 0 ? test_dropout(p, lens) : DropoutMask{};
  std::vector<Tensor> inputs = {numbers.normal(shape), gamma_for(numbers, s.columns),
                                numbers.normal({s.columns})};
  if (bias) inputs.push_back(numbers.normal({s.columns}));
  if (residual) inputs.push_back(numbers.normal(shape));
  const auto op = [=, eps = s.eps](const Vars& v) {
    return dropout_residual_layer_norm(v[0], bias ? v[3] : Var{}, residual ? v.back() : Var{}, v[1], v[2],
                                       eps, on(v[0].device(), drop));
  };
  const auto composed = [=, eps = s.eps, columns = s.columns](const Vars& v) {
    const Var x = bias ? add(v[0], v[3]) : v[0];
    const Var dropped = p > 0 ? mul(x, dropout_mask(drop, columns).to(x.device())) : x;
    return composed_layer_norm(residual ? add(v.back(), dropped) : dropped, v[1], v[2], eps);
  };
  return {fmt::format("dropout {} {}{}layer_norm {}", p, bias ? "bias " : "", residual ? "residual " : "",
                      to_string(shape)),
          inputs,
          op,
          composed,
          {},
          std::max(shape[0], shape[1]),
          true};
}

OpCases layer_norm_cases(Sizes sizes) {
  OpCases out;
  Numbers numbers(15);
  for (const Size& s : sizes_for(sizes)) {
    const Shape shape{SeqLens(s.lens).total(), s.columns};
    const double eps = s.eps;
    out.push_back({"layer_norm " + to_string(shape),
                   {numbers.normal(shape), gamma_for(numbers, s.columns), numbers.normal({s.columns})},
                   [eps](const Vars& v) { return layer_norm(v[0], v[1], v[2], eps); },
                   [eps](const Vars& v) { return composed_layer_norm(v[0], v[1], v[2], eps); },
                   {},
                   std::max(shape[0], shape[1]),
                   true});
  }
  return out;
}

OpCases dropout_residual_layer_norm_cases(Sizes sizes) {
  OpCases out;
  for (const Size& s : sizes_for(sizes)) {
    out.push_back(fused_case(s, 0.3, true, true));
    if (sizes == Sizes::model) continue;
    out.push_back(fused_case(s, 0, false, true));
    if (s.eps > 1e-6) out.push_back(fused_case(s, 0.3, false, false));
    if (s.eps > 1e-6) out.push_back(fused_case(s, 0, true, false));
  }
  return out;
}

const RegisterOps kRegistered({{.name = "layer_norm", .cases = layer_norm_cases},
                               {.name = "dropout_residual_layer_norm",
                                .cases = dropout_residual_layer_norm_cases}});

}  // namespace
}  // namespace hone::test
