#include "autograd/ops/rms_norm.h"

#include <hone/autograd/ops/elementwise.h>
#include <hone/autograd/ops/reduce.h>
#include "tests/support/op_case.h"

namespace hone::test {
namespace {

Tensor number(double value) { return Tensor::full({1}, value, Dtype::f64); }

// The same out of simple ops; 1 / sqrt(a) is exp(-log(a) / 2).
Var composed_rms_norm(const Var& x, const Var& gamma, double eps) {
  const Var mean_square = mean(mul(x, x), Axis::columns);
  const Var r = exp(mul(log(add(mean_square, number(eps))), number(-0.5)));
  return mul(mul(x, r), gamma);
}

}  // namespace

OpCases rms_norm_cases(Sizes sizes) {
  const std::vector<Shape> ugly = {{1, 1}, {3, 5}, {17, 1}, {1, 17}, {33, 7}, {0, 4}};
  constexpr double eps = 1e-6;
  Numbers numbers(40);
  OpCases out;
  for (const Shape& shape : sizes == Sizes::ugly ? ugly : std::vector<Shape>{{800, 384}}) {
    out.push_back({"rms_norm " + to_string(shape),
                   {numbers.away_from_zero(shape, 0.3), numbers.normal({shape.columns()})},
                   [](const Vars& v) { return rms_norm(v[0], v[1], eps); },
                   [](const Vars& v) { return composed_rms_norm(v[0], v[1], eps); },
                   {},
                   shape.rows() + shape.columns()});
  }
  return out;
}

}  // namespace hone::test
