#include "autograd/ops/reduce.h"

#include "tests/ops/cases.h"

namespace hone::test {
namespace {

const char* name_of(SumKind kind) {
  return kind == SumKind::over_rows ? "rows" : (kind == SumKind::over_columns ? "columns" : "all");
}

Tensor added(const Tensor& x, SumKind kind) {
  const int64_t rows = x.shape().rows(), columns = x.shape().columns();
  Tensor out = Tensor::zeros(kind == SumKind::over_rows      ? Shape{columns}
                             : kind == SumKind::over_columns ? Shape{rows, 1}
                                                             : Shape{1},
                             Dtype::f64);
  for (int64_t i = 0; i < rows * columns; ++i) {
    const int64_t to =
        kind == SumKind::over_rows ? i % columns : (kind == SumKind::over_columns ? i / columns : 0);
    out.data<double>()[to] += x.data<double>()[i];
  }
  return out;
}

// Chunks are of 64 rows.
std::vector<Shape> shapes_for(Sizes sizes) {
  if (sizes == Sizes::model) return {{kModelTokens, kModelHidden}};
  return {{1}, {7}, {1, 1}, {3, 5}, {5, 1}, {65, 3}, {130, 33}, {2, 3, 4}};
}

constexpr SumKind kKinds[] = {SumKind::over_rows, SumKind::over_columns, SumKind::over_all};

}  // namespace

OpCases sum_cases(Sizes sizes) {
  OpCases out;
  std::vector<Shape> shapes = shapes_for(sizes);
  if (sizes == Sizes::ugly) shapes.insert(shapes.end(), {{0, 4}, {4, 0}, {0}});
  for (const Shape& shape : shapes) {
    for (SumKind kind : kKinds) {
      out.push_back({std::string("sum over ") + name_of(kind) + " " + to_string(shape),
                     {Numbers(24).normal(shape)},
                     [kind](const Vars& v) { return sum(v[0], kind); },
                     {},
                     [kind](const std::vector<Tensor>& x) { return added(x[0], kind); },
                     shape.elements()});
    }
  }
  return out;
}

OpCases mean_cases(Sizes sizes) {
  OpCases out;
  for (const Shape& shape : shapes_for(sizes)) {
    for (SumKind kind : kKinds) {
      out.push_back({std::string("mean over ") + name_of(kind) + " " + to_string(shape),
                     {Numbers(25).normal(shape)},
                     [kind](const Vars& v) { return mean(v[0], kind); },
                     {},
                     [kind](const std::vector<Tensor>& x) {
                       Tensor y = added(x[0], kind);
                       const double count =
                           static_cast<double>(x[0].elements()) / static_cast<double>(y.elements());
                       for (double& value : y.span<double>()) value /= count;
                       return y;
                     }});
    }
  }
  return out;
}

}  // namespace hone::test
