#include <hone/autograd/ops/mean_pool.h>

#include <hone/autograd/ops/reduce.h>
#include <hone/autograd/ops/shape.h>
#include "tests/ops/cases.h"

namespace hone::test {
namespace {

// Sequence by sequence: the mean of its rows, or zeros.
Var one_by_one(const Var& x, const SeqLens& lens) {
  std::vector<Var> means;
  for (int64_t s = 0; s < lens.count(); ++s) {
    const Var rows = slice_rows(x, lens.begin(s), lens.end(s));
    means.push_back(lens.length(s) == 0 ? Var(Tensor::zeros({1, x.shape()[1]}, x.dtype(), x.device()))
                                        : reshape(mean(rows, Axis::rows), {1, x.shape()[1]}));
  }
  return concatenate_rows(means);
}

Tensor means(const Tensor& x, const SeqLens& lens) {
  const int64_t columns = x.shape()[1];
  const Tensor y = Tensor::zeros({lens.count(), columns}, Dtype::f64);
  for (int64_t s = 0; s < lens.count(); ++s) {
    for (int64_t t = lens.begin(s); t < lens.end(s); ++t) {
      for (int64_t c = 0; c < columns; ++c) {
        y.data<double>()[s * columns + c] +=
            x.data<double>()[t * columns + c] / static_cast<double>(lens.length(s));
      }
    }
  }
  return y;
}

OpCase mean_pool_case(const std::vector<int32_t>& lengths, int64_t columns) {
  const SeqLens lens(lengths);
  std::string name = "mean_pool";
  for (const int32_t length : lengths) name += " " + std::to_string(length);
  return {name + " of " + std::to_string(columns),
          {Numbers(31).normal({lens.total(), columns})},
          [lens](const Vars& v) { return mean_pool(v[0], lens); },
          [lens](const Vars& v) { return one_by_one(v[0], lens); },
          [lens](const std::vector<Tensor>& x) { return means(x[0], lens); },
          lens.longest()};
}

OpCases mean_pool_cases(Sizes sizes) {
  if (sizes == Sizes::model) return {mean_pool_case(std::vector<int32_t>(32, 24), kModelHidden)};
  return {mean_pool_case({1}, 1), mean_pool_case({3, 0, 1, 5}, 7), mean_pool_case({0, 2, 0}, 33),
          mean_pool_case({130, 1, 67}, 5)};
}

const RegisterOps kRegistered({{.name = "mean_pool", .cases = mean_pool_cases}});

}  // namespace
}  // namespace hone::test
