#include <fmt/core.h>

#include <algorithm>

#include <hone/autograd/ops/elementwise.h>
#include <hone/autograd/ops/matmul.h>
#include "tests/ops/cases.h"

namespace hone::test {
namespace {

struct Size {
  int64_t m, k, n;
  int64_t longest() const { return std::max({m, k, n}); }
};

// Sizes around blocks of 384 k and tiles of up to 14 by 32.
std::vector<Size> sizes_for(Sizes sizes) {
  if (sizes == Sizes::model) return {{kModelTokens, kModelHidden, 4 * kModelHidden}};
  return {{1, 1, 1}, {2, 3, 5}, {7, 1, 4},   {13, 17, 33}, {0, 3, 2},
          {2, 0, 3}, {2, 3, 0}, {3, 401, 2}, {29, 30, 65}};
}

Tensor product(const Tensor& a, const Tensor& b, bool transpose_a, bool transpose_b, Size s) {
  Tensor c = Tensor::zeros({s.m, s.n}, Dtype::f64);
  for (int64_t i = 0; i < s.m; ++i) {
    for (int64_t j = 0; j < s.n; ++j) {
      for (int64_t p = 0; p < s.k; ++p) {
        const double x = a.data<double>()[transpose_a ? p * s.m + i : i * s.k + p];
        c.data<double>()[i * s.n + j] += x * b.data<double>()[transpose_b ? j * s.k + p : p * s.n + j];
      }
    }
  }
  return c;
}

OpCases matmul_cases(Sizes sizes) {
  OpCases out;
  Numbers numbers(12);
  for (const Size& s : sizes_for(sizes)) {
    for (int flags = 0; flags < 4; ++flags) {
      const bool ta = flags & 1, tb = flags & 2;
      const Shape a = ta ? Shape{s.k, s.m} : Shape{s.m, s.k}, b = tb ? Shape{s.n, s.k} : Shape{s.k, s.n};
      out.push_back(
          {fmt::format("matmul {}{} {}{}", to_string(a), ta ? "^T" : "", to_string(b), tb ? "^T" : ""),
           {numbers.normal(a), numbers.normal(b)},
           [=](const Vars& x) { return matmul(x[0], x[1], ta, tb); },
           {},
           [=](const std::vector<Tensor>& x) { return product(x[0], x[1], ta, tb, s); },
           s.longest()});
    }
  }
  return out;
}

OpCases linear_cases(Sizes sizes) {
  OpCases out;
  Numbers numbers(13);
  for (const Size& s : sizes_for(sizes)) {
    const std::string size = fmt::format("linear {}x{} to {}", s.m, s.k, s.n);
    const Tensor x = numbers.normal({s.m, s.k}), weight = numbers.normal({s.n, s.k}),
                 bias = numbers.normal({s.n});
    out.push_back({size,
                   {x, weight, bias},
                   [](const Vars& v) { return linear(v[0], v[1], v[2]); },
                   [](const Vars& v) { return add(matmul(v[0], v[1], false, true), v[2]); },
                   {},
                   s.longest(),
                   true});
    out.push_back({size + " without bias",
                   {x, weight},
                   [](const Vars& v) { return linear(v[0], v[1], {}); },
                   [](const Vars& v) { return matmul(v[0], v[1], false, true); },
                   {},
                   s.longest()});
  }
  return out;
}

const RegisterOps kRegistered({{.name = "matmul", .cases = matmul_cases},
                               {.name = "linear", .cases = linear_cases}});

}  // namespace
}  // namespace hone::test
