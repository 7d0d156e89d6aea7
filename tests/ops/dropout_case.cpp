#include <hone/autograd/ops/dropout.h>

#include <fmt/core.h>

#include <hone/autograd/ops/elementwise.h>
#include "tests/ops/cases.h"

namespace hone::test {
namespace {

// Sizes around masks of 64 columns and chunks of 16 rows.
OpCases dropout_cases(Sizes sizes) {
  struct Size {
    std::vector<int32_t> lens;
    int64_t columns;
    double p;
  };
  const std::vector<Size> ugly = {{{1}, 1, 0.5},          {{3, 0, 1}, 5, 0.1},   {{}, 7, 0.1},
                                  {{0, 0, 2}, 0, 0.1},    {{2, 20, 1}, 64, 0.3}, {{0, 33}, 67, 0.9},
                                  {{1, 2, 3}, 130, 0.001}};
  OpCases out;
  for (const auto& [lens, columns, p] :
       sizes == Sizes::ugly ? ugly : std::vector<Size>{{std::vector<int32_t>(32, 25), kModelHidden, 0.1}}) {
    const DropoutMask drop = test_dropout(p, SeqLens(lens));
    out.push_back({fmt::format("dropout {} [{}, {}]", p, drop.rows.total(), columns),
                   {Numbers(16).normal({drop.rows.total(), columns})},
                   [drop](const Vars& v) { return dropout(v[0], on(v[0].device(), drop)); },
                   [drop, columns = columns](const Vars& v) {
                     return mul(v[0], dropout_mask(drop, columns).to(v[0].device()));
                   }});
  }
  return out;
}

const RegisterOps kRegistered({{.name = "dropout", .cases = dropout_cases}});

}  // namespace
}  // namespace hone::test
