#include <hone/autograd/ops/cross_entropy.h>

#include <fmt/core.h>

#include <algorithm>

#include <hone/autograd/ops/elementwise.h>
#include <hone/autograd/ops/reduce.h>
#include <hone/autograd/ops/softmax.h>
#include "tests/ops/cases.h"

namespace hone::test {
namespace {

// -1 / divisor at each row's label, 0 elsewhere and in rows without one.
Tensor picked(const Tensor& labels, int64_t classes, double divisor) {
  Tensor out = Tensor::zeros({labels.elements(), classes}, Dtype::f64);
  for (int64_t r = 0; r < labels.elements(); ++r) {
    const int32_t label = labels.data<int32_t>()[r];
    if (label >= 0) out.data<double>()[r * classes + label] = -1 / divisor;
  }
  return out;
}

OpCases cross_entropy_cases(Sizes sizes) {
  struct Size {
    int64_t rows, classes;
    double divisor;
  };
  const std::vector<Size> ugly = {{1, 1, 0}, {1, 2, 0}, {5, 3, 0}, {33, 2, 40}, {4, 17, 7}, {0, 2, 3}};
  OpCases out;
  Numbers numbers(18);
  for (const auto& [rows, classes, divisor] : sizes == Sizes::ugly ? ugly : std::vector<Size>{{32, 2, 0}}) {
    const Tensor labels = numbers.indices(rows, classes);
    if (divisor != 0) {  // some rows without a label
      for (int64_t r = 1; r < rows; r += 3) labels.data<int32_t>()[r] = -1;
    }
    const Tensor pick = picked(labels, classes, divisor != 0 ? divisor : static_cast<double>(rows));
    out.push_back(
        {fmt::format("cross_entropy [{}, {}] / {}", rows, classes, divisor),
         {numbers.normal({rows, classes})},
         [labels, d = divisor](const Vars& v) { return cross_entropy(v[0], labels.to(v[0].device()), d); },
         [pick](const Vars& v) { return sum(mul(log_softmax(v[0]), pick.to(v[0].device()))); },
         {},
         rows + classes});
  }
  return out;
}

const RegisterOps kRegistered({{.name = "cross_entropy", .cases = cross_entropy_cases, .has_bf16 = false}});

}  // namespace
}  // namespace hone::test
