#include <hone/autograd/ops/elementwise.h>
#include "autograd/ops/unary.h"
#include "core/kernels/elementwise.h"
#include "core/kernels/unary_functions.h"
#include "tests/ops/cases.h"
#include "tests/support/unary_definition.h"

namespace hone::test {
namespace {

Tensor input_for(UnaryKind kind, const Shape& shape) {
  Numbers numbers(10);
  if (kind == UnaryKind::log) return numbers.uniform(shape, 0.3, 3);
  return kind == UnaryKind::relu ? numbers.away_from_zero(shape) : numbers.normal(shape, 1.5);
}

Tensor mapped(UnaryKind kind, const Tensor& x) {
  Tensor y = x.clone();
  for (double& value : y.span<double>()) value = definition(kind, value);
  return y;
}

// Sizes around chunks of 8192 elements.
OpCases unary_cases(UnaryKind kind, Sizes sizes) {
  const std::vector<Shape> ugly = {{0}, {1}, {7}, {3, 5}, {0, 4}, {4, 0}, {2, 3, 1, 17}, {8193}, {131, 127}};
  OpCases out;
  for (const Shape& shape :
       sizes == Sizes::ugly ? ugly : std::vector<Shape>{{kModelTokens, 4 * kModelHidden}}) {
    out.push_back({std::string(name_of(kind)) + " " + to_string(shape),
                   {input_for(kind, shape)},
                   [kind](const Vars& x) { return unary(kind, x[0]); },
                   {},
                   [kind](const std::vector<Tensor>& x) { return mapped(kind, x[0]); }});
  }
  return out;
}

std::vector<OpGroup> groups() {
  std::vector<OpGroup> out;
  for (UnaryKind kind : kUnaryKinds) {
    out.push_back({.name = name_of(kind), .cases = [kind](Sizes sizes) { return unary_cases(kind, sizes); }});
  }
  return out;
}

const RegisterOps kRegistered(groups());

}  // namespace
}  // namespace hone::test
