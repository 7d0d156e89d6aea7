#include <hone/autograd/ops/mean_squared_error.h>

#include "tests/ops/cases.h"

namespace hone::test {
namespace {

OpCases mean_squared_error_cases(Sizes sizes) {
  const std::vector<Shape> ugly = {{1}, {7}, {5, 1}, {33, 5}, {2, 3, 4}};
  Numbers numbers(27);
  OpCases out;
  for (const Shape& shape : sizes == Sizes::ugly ? ugly : std::vector<Shape>{{kModelTokens, kModelHidden}}) {
    out.push_back({"mean_squared_error " + to_string(shape),
                   {numbers.normal(shape), numbers.normal(shape)},
                   [](const Vars& v) { return mean_squared_error(v[0], v[1]); },
                   {},
                   [](const std::vector<Tensor>& x) {
                     double sum = 0;
                     for (int64_t i = 0; i < x[0].elements(); ++i) {
                       const double difference = x[0].data<double>()[i] - x[1].data<double>()[i];
                       sum += difference * difference;
                     }
                     return Tensor::full({1}, sum / static_cast<double>(x[0].elements()), Dtype::f64);
                   },
                   shape.elements()});
  }
  return out;
}

const RegisterOps kRegistered(
    {{.name = "mean_squared_error", .cases = mean_squared_error_cases, .has_bf16 = false}});

}  // namespace
}  // namespace hone::test
