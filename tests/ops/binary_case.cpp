#include <algorithm>

#include <hone/autograd/ops/elementwise.h>
#include "autograd/ops/binary.h"
#include "core/kernels/elementwise.h"
#include "tests/ops/cases.h"

namespace hone::test {
namespace {

double definition(BinaryKind kind, double a, double b) {
  switch (kind) {
    case BinaryKind::add:
      return a + b;
    case BinaryKind::sub:
      return a - b;
    case BinaryKind::mul:
      return a * b;
    case BinaryKind::div:
      return a / b;
  }
  return 0;
}

// The index of b's element that is combined with element i of a.
int64_t partner(const Shape& a, const Shape& b, int64_t i) {
  if (a == b) return i;
  if (b.elements() == 1) return 0;
  return b.rank() == 1 ? i % a.columns() : i / a.columns();
}

Tensor combined(BinaryKind kind, const Tensor& a, const Tensor& b) {
  Tensor out = a.clone();
  for (int64_t i = 0; i < a.elements(); ++i) {
    const double second = b.data<double>()[partner(a.shape(), b.shape(), i)];
    out.data<double>()[i] = definition(kind, a.data<double>()[i], second);
  }
  return out;
}

struct ShapePair {
  Shape a, b;
};

OpCases binary_cases(BinaryKind kind, Sizes sizes) {
  const std::vector<ShapePair> ugly = {
      {{1}, {1}},       {{3, 5}, {3, 5}},    {{3, 5}, {5}},          {{3, 5}, {3, 1}},  {{3, 5}, {1}},
      {{0, 5}, {0, 5}}, {{0, 5}, {5}},       {{5, 0}, {5, 1}},       {{2, 3, 4}, {4}},  {{2, 3, 4}, {6, 1}},
      {{7}, {1, 1}},    {{2, 1, 3, 2}, {1}}, {{131, 67}, {131, 67}}, {{131, 67}, {67}}, {{131, 67}, {131, 1}},
      {{131, 67}, {1}}};
  const std::vector<ShapePair> model = {{{kModelTokens, kModelHidden}, {kModelTokens, kModelHidden}},
                                        {{kModelTokens, kModelHidden}, {kModelHidden}}};
  OpCases out;
  Numbers numbers(11);
  for (const auto& [a, b] : sizes == Sizes::ugly ? ugly : model) {
    const Tensor second = kind == BinaryKind::div ? numbers.away_from_zero(b, 0.5) : numbers.normal(b);
    out.push_back({std::string(name_of(kind)) + " " + to_string(a) + " " + to_string(b),
                   {numbers.normal(a), second},
                   [kind](const Vars& x) { return binary(kind, x[0], x[1]); },
                   {},
                   [kind](const std::vector<Tensor>& x) { return combined(kind, x[0], x[1]); },
                   std::max(a.rows(), a.columns())});
  }
  return out;
}

std::vector<OpGroup> groups() {
  std::vector<OpGroup> out;
  for (BinaryKind kind : {BinaryKind::add, BinaryKind::sub, BinaryKind::mul, BinaryKind::div}) {
    out.push_back(
        {.name = name_of(kind), .cases = [kind](Sizes sizes) { return binary_cases(kind, sizes); }});
  }
  return out;
}

const RegisterOps kRegistered(groups());

}  // namespace
}  // namespace hone::test
