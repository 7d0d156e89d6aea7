#include <hone/autograd/ops/reduce.h>

#include "tests/ops/cases.h"

namespace hone::test {
namespace {

const char* name_of(Axis axis) {
  return axis == Axis::rows ? "rows" : (axis == Axis::columns ? "columns" : "all");
}

Tensor added(const Tensor& x, Axis axis) {
  const int64_t rows = x.shape().rows(), columns = x.shape().columns();
  Tensor out = Tensor::zeros(axis == Axis::rows      ? Shape{columns}
                             : axis == Axis::columns ? Shape{rows, 1}
                                                     : Shape{1},
                             Dtype::f64);
  for (int64_t i = 0; i < rows * columns; ++i) {
    const int64_t to = axis == Axis::rows ? i % columns : (axis == Axis::columns ? i / columns : 0);
    out.data<double>()[to] += x.data<double>()[i];
  }
  return out;
}

// Chunks are of 64 rows.
std::vector<Shape> shapes_for(Sizes sizes) {
  if (sizes == Sizes::model) return {{kModelTokens, kModelHidden}};
  return {{1}, {7}, {1, 1}, {3, 5}, {5, 1}, {65, 3}, {130, 33}, {2, 3, 4}};
}

constexpr Axis kKinds[] = {Axis::rows, Axis::columns, Axis::all};

OpCases sum_cases(Sizes sizes) {
  OpCases out;
  std::vector<Shape> shapes = shapes_for(sizes);
  if (sizes == Sizes::ugly) shapes.insert(shapes.end(), {{0, 4}, {4, 0}, {0}});
  for (const Shape& shape : shapes) {
    for (Axis axis : kKinds) {
      out.push_back({std::string("sum over ") + name_of(axis) + " " + to_string(shape),
                     {Numbers(24).normal(shape)},
                     [axis](const Vars& v) { return sum(v[0], axis); },
                     {},
                     [axis](const std::vector<Tensor>& x) { return added(x[0], axis); },
                     shape.elements()});
    }
  }
  return out;
}

OpCases mean_cases(Sizes sizes) {
  OpCases out;
  for (const Shape& shape : shapes_for(sizes)) {
    for (Axis axis : kKinds) {
      out.push_back({std::string("mean over ") + name_of(axis) + " " + to_string(shape),
                     {Numbers(25).normal(shape)},
                     [axis](const Vars& v) { return mean(v[0], axis); },
                     {},
                     [axis](const std::vector<Tensor>& x) {
                       Tensor y = added(x[0], axis);
                       const double count =
                           static_cast<double>(x[0].elements()) / static_cast<double>(y.elements());
                       for (double& value : y.span<double>()) value /= count;
                       return y;
                     }});
    }
  }
  return out;
}

const RegisterOps kRegistered({{.name = "sum", .cases = sum_cases}, {.name = "mean", .cases = mean_cases}});

}  // namespace
}  // namespace hone::test
