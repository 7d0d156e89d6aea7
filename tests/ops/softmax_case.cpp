#include <hone/autograd/ops/softmax.h>

#include <hone/autograd/ops/elementwise.h>
#include <hone/autograd/ops/reduce.h>
#include "tests/ops/cases.h"

namespace hone::test {
namespace {

Var exp_sums(const Var& x) { return sum(exp(x), Axis::columns); }

OpCases cases(const std::string& name, const Op& op, const Op& composed, Sizes sizes) {
  const std::vector<Shape> ugly = {{1, 1}, {1, 2}, {3, 5}, {0, 4}, {0, 0}, {2, 3, 17}, {40, 33}, {7}};
  OpCases out;
  for (const Shape& shape : sizes == Sizes::ugly ? ugly : std::vector<Shape>{{32 * 6 * 25, 25}}) {
    out.push_back(
        {name + " " + to_string(shape), {Numbers(17).normal(shape)}, op, composed, {}, shape.columns()});
  }
  return out;
}

OpCases softmax_cases(Sizes sizes) {
  const Op composed = [](const Vars& v) { return div(exp(v[0]), exp_sums(v[0])); };
  return cases(
      "softmax", [](const Vars& v) { return softmax(v[0]); }, composed, sizes);
}

OpCases log_softmax_cases(Sizes sizes) {
  const Op composed = [](const Vars& v) { return sub(v[0], log(exp_sums(v[0]))); };
  return cases(
      "log_softmax", [](const Vars& v) { return log_softmax(v[0]); }, composed, sizes);
}

const RegisterOps kRegistered({{.name = "softmax", .cases = softmax_cases, .has_bf16 = false},
                               {.name = "log_softmax", .cases = log_softmax_cases, .has_bf16 = false}});

}  // namespace
}  // namespace hone::test
