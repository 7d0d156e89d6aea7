#include <hone/autograd/ops/binary_cross_entropy.h>

#include <cmath>

#include "tests/ops/cases.h"

namespace hone::test {
namespace {

Tensor definition(const Tensor& logits, const Tensor& targets) {
  double sum = 0;
  for (int64_t i = 0; i < logits.elements(); ++i) {
    const double p = 1 / (1 + std::exp(-logits.data<double>()[i])), t = targets.data<double>()[i];
    sum -= t * std::log(p) + (1 - t) * std::log(1 - p);
  }
  return Tensor::full({1}, sum / static_cast<double>(logits.elements()), Dtype::f64);
}

OpCases binary_cross_entropy_cases(Sizes sizes) {
  const std::vector<Shape> ugly = {{1}, {7}, {5, 1}, {33, 5}, {2, 3, 4}};
  Numbers numbers(28);
  OpCases out;
  for (const Shape& shape : sizes == Sizes::ugly ? ugly : std::vector<Shape>{{kModelTokens, kModelHidden}}) {
    const Tensor targets = numbers.uniform(shape, 0, 1);
    targets.data<double>()[0] = 1;
    out.push_back({"binary_cross_entropy " + to_string(shape),
                   {numbers.normal(shape, 3)},
                   [targets](const Vars& v) {
                     return binary_cross_entropy(v[0], targets.to(v[0].dtype()).to(v[0].device()));
                   },
                   {},
                   [targets](const std::vector<Tensor>& x) { return definition(x[0], targets); },
                   2 * shape.elements()});
  }
  return out;
}

const RegisterOps kRegistered(
    {{.name = "binary_cross_entropy", .cases = binary_cross_entropy_cases, .has_bf16 = false}});

}  // namespace
}  // namespace hone::test
