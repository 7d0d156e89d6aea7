#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include <hone/autograd/ops/elementwise.h>
#include <hone/autograd/ops/matmul.h>
#include "autograd/ops/feed_forward.h"
#include "autograd/ops/unary.h"
#include "tests/ops/cases.h"

namespace hone::test {
namespace {

struct Size {
  int64_t rows, in, inner, out;
};

// Sizes around the product's blocks of 384 k, its tiles of up to 14 by 32 and its tasks of 8 by 12 tiles.
std::vector<Size> sizes_for(Sizes sizes) {
  if (sizes == Sizes::model) return {{kModelTokens, kModelHidden, 4 * kModelHidden, kModelHidden}};
  return {{1, 1, 1, 1}, {2, 3, 5, 4},    {0, 3, 2, 3},    {3, 0, 4, 2},
          {3, 2, 0, 2}, {29, 13, 67, 5}, {15, 401, 33, 7}};
}

OpCases feed_forward_cases(Sizes sizes) {
  OpCases out;
  Numbers numbers(31);
  for (const UnaryKind f : {UnaryKind::gelu, UnaryKind::gelu_tanh, UnaryKind::tanh}) {
    for (const Size& s : sizes_for(sizes)) {
      const double scale = 1 / std::sqrt(static_cast<double>(std::max<int64_t>(s.in, 1)));
      out.push_back({fmt::format("feed_forward {} {}x{} by {} to {}",
                                 f == UnaryKind::gelu   ? "gelu"
                                 : f == UnaryKind::tanh ? "tanh"
                                                        : "gelu_tanh",
                                 s.rows, s.in, s.inner, s.out),
                     {numbers.normal({s.rows, s.in}), numbers.normal({s.inner, s.in}, scale),
                      numbers.normal({s.inner}), numbers.normal({s.out, s.inner})},
                     [f](const Vars& v) { return feed_forward(f, v[0], v[1], v[2], v[3]); },
                     [f](const Vars& v) { return linear(unary(f, linear(v[0], v[1], v[2])), v[3], {}); },
                     {},
                     std::max({s.rows, s.in, s.inner, s.out}),
                     true});
    }
  }
  return out;
}

const RegisterOps kRegistered({{.name = "feed_forward", .cases = feed_forward_cases}});

}  // namespace
}  // namespace hone::test
