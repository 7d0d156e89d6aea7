// The operators on Vars: with a number on either side, and with a Var on the side that its op does not take
// it on. Two Vars of other shapes are tests/ops/binary_case.cpp's.
#include <hone/autograd/ops/elementwise.h>

#include <cmath>

#include "tests/ops/cases.h"

namespace hone::test {
namespace {

struct WithNumber {
  const char* name;
  Op op;
  double (*definition)(double x);
};

// A number that neither f32 nor bf16 holds exactly.
constexpr double kNumber = 0.3;

const WithNumber kWithNumber[] = {
    {"x + number", [](const Vars& x) { return x[0] + kNumber; }, [](double x) { return x + kNumber; }},
    {"x - number", [](const Vars& x) { return x[0] - kNumber; }, [](double x) { return x - kNumber; }},
    {"x * number", [](const Vars& x) { return x[0] * kNumber; }, [](double x) { return x * kNumber; }},
    {"x / number", [](const Vars& x) { return x[0] / kNumber; }, [](double x) { return x / kNumber; }},
    {"number + x", [](const Vars& x) { return kNumber + x[0]; }, [](double x) { return kNumber + x; }},
    {"number - x", [](const Vars& x) { return kNumber - x[0]; }, [](double x) { return kNumber - x; }},
    {"number * x", [](const Vars& x) { return kNumber * x[0]; }, [](double x) { return kNumber * x; }},
    {"number / x", [](const Vars& x) { return kNumber / x[0]; }, [](double x) { return kNumber / x; }},
    {"-x", [](const Vars& x) { return -x[0]; }, [](double x) { return -x; }}};

OpCases with_number_cases(Sizes sizes) {
  const std::vector<Shape> ugly{{1}, {0, 5}, {3, 5}, {2, 3, 4}, {131, 67}},
      model{{kModelTokens, kModelHidden}};
  OpCases out;
  Numbers numbers(17);
  for (const WithNumber& each : kWithNumber) {
    for (const Shape& shape : sizes == Sizes::ugly ? ugly : model) {
      const auto definition = [&each](const std::vector<Tensor>& x) {
        Tensor y = x[0].clone();
        for (double& element : y.span<double>()) element = each.definition(element);
        return y;
      };
      out.push_back({.name = each.name + (" " + to_string(shape)),
                     .inputs = {numbers.away_from_zero(shape, 0.5)},
                     .op = each.op,
                     .definition = definition});
    }
  }
  return out;
}

// A row, column or number before the operator.
OpCases swapped_cases(Sizes) {
  OpCases out;
  Numbers numbers(18);
  const auto add = [&](const char* name, Op op, Op composed) {
    for (const Shape& shape : {Shape{67}, Shape{131, 1}, Shape{1}}) {
      out.push_back({.name = name + (" " + to_string(shape)),
                     .inputs = {numbers.normal(shape), numbers.normal({131, 67})},
                     .op = op,
                     .composed = composed,
                     .reduction = 131});
    }
  };
  add(
      "part + x", [](const Vars& x) { return x[0] + x[1]; }, [](const Vars& x) { return x[1] + x[0]; });
  add(
      "part - x", [](const Vars& x) { return x[0] - x[1]; }, [](const Vars& x) { return -(x[1] - x[0]); });
  add(
      "part * x", [](const Vars& x) { return x[0] * x[1]; }, [](const Vars& x) { return x[1] * x[0]; });
  return out;
}

const RegisterOps kRegistered({{.name = "arithmetic_with_numbers", .cases = with_number_cases},
                               {.name = "arithmetic_with_parts_first", .cases = swapped_cases}});

}  // namespace
}  // namespace hone::test
