#include <hone/autograd/ops/reduce.h>

#include <algorithm>
#include <limits>

#include "tests/ops/cases.h"

namespace hone::test {
namespace {

const char* name_of(Axis axis) {
  return axis == Axis::rows ? "rows" : (axis == Axis::columns ? "columns" : "all");
}

Tensor largest(const Tensor& x, Axis axis) {
  const int64_t columns = x.shape().columns();
  Tensor out =
      Tensor::full(reduced_shape(axis, x.shape()), -std::numeric_limits<double>::infinity(), Dtype::f64);
  for (int64_t i = 0; i < x.elements(); ++i) {
    const int64_t to = axis == Axis::rows ? i % columns : (axis == Axis::columns ? i / columns : 0);
    out.data<double>()[to] = std::max(out.data<double>()[to], x.data<double>()[i]);
  }
  return out;
}

OpCase max_case(const Shape& shape, Axis axis) {
  return {std::string("max over ") + name_of(axis) + " " + to_string(shape),
          {Numbers(26).normal(shape)},
          [axis](const Vars& v) { return max(v[0], axis); },
          {},
          [axis](const std::vector<Tensor>& x) { return largest(x[0], axis); }};
}

// Sizes around chunks of about 8192 elements.
OpCases max_cases(Sizes sizes) {
  const std::vector<Shape> ugly = {{1}, {7}, {1, 1}, {3, 5}, {5, 1}, {131, 127}, {2, 3, 4}};
  OpCases out;
  for (const Shape& shape : sizes == Sizes::ugly ? ugly : std::vector<Shape>{{kModelTokens, kModelHidden}}) {
    for (Axis axis : {Axis::rows, Axis::columns, Axis::all}) {
      out.push_back(max_case(shape, axis));
    }
  }
  if (sizes == Sizes::model) return out;
  out.push_back(max_case({0, 4}, Axis::columns));
  out.push_back(max_case({4, 0}, Axis::rows));
  return out;
}

const RegisterOps kRegistered({{.name = "max", .cases = max_cases, .has_bf16 = false}});

}  // namespace
}  // namespace hone::test
