#include <hone/autograd/ops/rms_norm.h>

#include <hone/autograd/ops/elementwise.h>
#include <hone/autograd/ops/reduce.h>
#include "tests/ops/cases.h"

namespace hone::test {
namespace {

// The same out of simple ops; 1 / sqrt(a) is exp(-log(a) / 2).
Var composed_rms_norm(const Var& x, const Var& gamma, double eps) {
  const Var r = exp(-0.5 * log(mean(x * x, Axis::columns) + eps));
  return x * r * gamma;
}

OpCases rms_norm_cases(Sizes sizes) {
  const std::vector<Shape> ugly = {{1, 1}, {3, 5}, {17, 1}, {1, 17}, {33, 7}, {0, 4}, {2, 131}};
  constexpr double eps = 1e-6;
  Numbers numbers(40);
  OpCases out;
  for (const Shape& shape : sizes == Sizes::ugly ? ugly : std::vector<Shape>{{kModelTokens, kModelHidden}}) {
    out.push_back({.name = "rms_norm " + to_string(shape),
                   .inputs = {numbers.away_from_zero(shape, 0.3), numbers.normal({shape.columns()})},
                   .op = [](const Vars& v) { return rms_norm(v[0], v[1], eps); },
                   .composed = [](const Vars& v) { return composed_rms_norm(v[0], v[1], eps); },
                   .reduction = shape.rows() + shape.columns(),
                   .vectors_stay_f32 = true});  // gamma, under bf16
  }
  return out;
}

const RegisterOps kRegistered({{.name = "rms_norm", .cases = rms_norm_cases}});

}  // namespace
}  // namespace hone::test
