#include <fmt/core.h>

#include <hone/autograd/ops/shape.h>
#include "tests/ops/cases.h"

namespace hone::test {
namespace {

// A matrix y [rows, columns] with y(r, c) = element(r, c).
template <class F>
Tensor filled(int64_t rows, int64_t columns, const F& element) {
  Tensor y = Tensor::empty({rows, columns}, Dtype::f64);
  for (int64_t i = 0; i < rows * columns; ++i) y.data<double>()[i] = element(i / columns, i % columns);
  return y;
}

double at(const Tensor& x, int64_t row, int64_t column) {
  return x.data<double>()[row * x.shape()[1] + column];
}

OpCase slice_case(const Shape& shape, bool rows, int64_t begin, int64_t end) {
  return {
      fmt::format("slice {} {} {}..{}", to_string(shape), rows ? "rows" : "columns", begin, end),
      {Numbers(28).normal(shape)},
      [=](const Vars& v) { return rows ? slice_rows(v[0], begin, end) : slice_columns(v[0], begin, end); },
      {},
      [=](const std::vector<Tensor>& x) {
        return filled(
            rows ? end - begin : shape[0], rows ? shape[1] : end - begin,
            [&](int64_t r, int64_t c) { return at(x[0], r + (rows ? begin : 0), c + (rows ? 0 : begin)); });
      }};
}

// Joins parts of these sizes along one dimension and size `other` along the other.
OpCase concatenate_case(const std::vector<int64_t>& parts, bool rows, int64_t other) {
  Numbers numbers(29);
  std::vector<Tensor> inputs;
  int64_t total = 0;
  for (int64_t part : parts) {
    inputs.push_back(numbers.normal(rows ? Shape{part, other} : Shape{other, part}));
    total += part;
  }
  const auto element = [rows](const std::vector<Tensor>& x, int64_t r, int64_t c) {
    int64_t& along = rows ? r : c;
    size_t i = 0;
    while (along >= x[i].shape()[rows ? 0 : 1]) along -= x[i++].shape()[rows ? 0 : 1];
    return at(x[i], r, c);
  };
  return {
      fmt::format("concatenate {} parts of {} {}, {}", parts.size(), total, rows ? "rows" : "columns", other),
      inputs,
      [rows](const Vars& v) { return rows ? concatenate_rows(v) : concatenate_columns(v); },
      {},
      [=](const std::vector<Tensor>& x) {
        return filled(rows ? total : other, rows ? other : total,
                      [&](int64_t r, int64_t c) { return element(x, r, c); });
      }};
}

OpCases reshape_cases(Sizes sizes) {
  struct Pair {
    Shape from, to;
  };
  const std::vector<Pair> ugly = {
      {{6, 5}, {3, 10}}, {{2, 3, 1, 4}, {24}}, {{1}, {1, 1}}, {{0, 3}, {5, 0}}, {{}, {1}}};
  OpCases out;
  for (const auto& [from, to] : sizes == Sizes::ugly ? ugly : std::vector<Pair>{{{800, 384}, {400, 768}}}) {
    out.push_back(
        {"reshape " + to_string(from) + " to " + to_string(to),
         {Numbers(26).normal(from)},
         [to = to](const Vars& v) { return reshape(v[0], to); },
         {},
         [to = to](const std::vector<Tensor>& x) { return Tensor::from(x[0].to_vector<double>(), to); }});
  }
  return out;
}

OpCases transpose_cases(Sizes sizes) {
  const std::vector<Shape> ugly = {{1, 1}, {3, 5}, {1, 7}, {0, 3}, {3, 0}, {67, 129}};
  OpCases out;
  for (const Shape& s : sizes == Sizes::ugly ? ugly : std::vector<Shape>{{kModelTokens, kModelHidden}}) {
    out.push_back({"transpose " + to_string(s),
                   {Numbers(27).normal(s)},
                   [](const Vars& v) { return transpose(v[0]); },
                   {},
                   [s](const std::vector<Tensor>& x) {
                     return filled(s[1], s[0], [&](int64_t r, int64_t c) { return at(x[0], c, r); });
                   }});
  }
  return out;
}

OpCases slice_cases(Sizes sizes) {
  if (sizes == Sizes::model) return {slice_case({kModelTokens, kModelHidden}, false, 128, 256)};
  return {
      slice_case({5, 7}, true, 1, 4),  slice_case({5, 7}, true, 2, 2),     slice_case({5, 7}, true, 0, 5),
      slice_case({5, 7}, false, 1, 6), slice_case({5, 7}, false, 7, 7),    slice_case({0, 3}, true, 0, 0),
      slice_case({4, 0}, true, 1, 3),  slice_case({131, 9}, true, 3, 130), slice_case({131, 9}, false, 8, 9)};
}

OpCases concatenate_cases(Sizes sizes) {
  if (sizes == Sizes::model) return {concatenate_case({400, 400}, true, kModelHidden)};
  return {concatenate_case({3}, true, 4),         concatenate_case({2, 0, 5}, true, 3),
          concatenate_case({1, 70, 1}, true, 2),  concatenate_case({2, 0, 5}, false, 3),
          concatenate_case({1, 7, 1}, false, 70), concatenate_case({0, 0}, true, 3)};
}

const RegisterOps kRegistered({{.name = "reshape", .cases = reshape_cases},
                               {.name = "transpose", .cases = transpose_cases},
                               {.name = "slice", .cases = slice_cases},
                               {.name = "concatenate", .cases = concatenate_cases}});

}  // namespace
}  // namespace hone::test
