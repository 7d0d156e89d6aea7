// GEMM against the definition in double, on views that lie anywhere in memory that is full of NaN.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "core/kernels/gemm.h"
#include "core/philox.h"
#include "cpu/isa.h"
#include "tests/support/tolerance.h"

namespace hone::test {
namespace {

// A matrix somewhere inside a larger buffer of NaN: `offset` elements from its beginning, rows `gap` elements
// apart.
template <class T>
struct Placed {
  Placed(int64_t rows_in, int64_t columns_in, int64_t offset, int64_t gap)
      : rows(rows_in),
        columns(columns_in),
        stride(columns_in + gap),
        memory(static_cast<size_t>(offset + rows_in * (columns_in + gap) + 40), T(NAN)) {
    data = memory.data() + offset;
  }
  void fill(RandomStream& random) {
    for (int64_t i = 0; i < rows * columns; ++i)
      at(i / columns, i % columns) = T(static_cast<Acc<T>>(random.normal()));
  }
  T& at(int64_t row, int64_t column) { return data[row * stride + column]; }
  double get(int64_t row, int64_t column, bool transposed) {
    return static_cast<double>(Acc<T>(transposed ? at(column, row) : at(row, column)));
  }
  View view() { return {data, dtype_of<T>, {}, {rows, columns}, stride, true}; }
  // The number of elements of the buffer that are not NaN.
  int64_t numbers() const {
    return std::count_if(memory.begin(), memory.end(), [](T x) { return !std::isnan(Acc<T>(x)); });
  }

  int64_t rows, columns, stride;
  std::vector<T> memory;
  T* data;
};

struct Settings {
  int64_t m, n, k;
  bool transpose_a, transpose_b, bias;
  bool add;
  int64_t offset, gap;
  std::string text() const {
    return fmt::format("m {} n {} k {} ta {} tb {} bias {} add {} offset {} gap {}", m, n, k, transpose_a,
                       transpose_b, bias, add, offset, gap);
  }
};

template <class T, class Out = T>
Failures check_gemm(const Settings& s) {
  RandomStream random(5, RandomUse::initialise, 0);
  Placed<T> a(s.transpose_a ? s.k : s.m, s.transpose_a ? s.m : s.k, s.offset, s.gap);
  Placed<T> b(s.transpose_b ? s.n : s.k, s.transpose_b ? s.k : s.n, s.offset + 1, s.gap);
  Placed<Out> c(s.m, s.n, s.offset + 2, s.gap);
  Placed<Acc<T>> bias(1, s.n, s.offset, 0);
  for (Placed<T>* x : {&a, &b}) x->fill(random);
  bias.fill(random);
  if (s.add) c.fill(random);  // when overwritten, the NaN in c must not get into the result
  Placed<Out> before = c;
  before.data = before.memory.data() + (c.data - c.memory.data());
  View bias_view = bias.view();
  bias_view.shape = {s.n};
  launch({}, kernels::Gemm{.a = a.view(),
                           .b = b.view(),
                           .bias = s.bias ? bias_view : View{},
                           .c = {.view = c.view(), .add = s.add},
                           .transpose_a = s.transpose_a,
                           .transpose_b = s.transpose_b});

  if (c.numbers() != s.m * s.n) return {s.text() + ": NaN in c, or writes beside it"};
  // The bound: sums have the accumulator type, and are rounded once into c's type: to 8 bits, if that is
  // bf16.
  const double of_sums = rounding_bound(dtype_of<Acc<T>>, s.k, 4),
               of_c = std::is_same_v<Out, bf16> ? 1.0 / 256 : 0;
  for (int64_t i = 0; i < s.m; ++i) {
    for (int64_t j = 0; j < s.n; ++j) {
      double sum = (s.bias ? static_cast<double>(bias.at(0, j)) : 0) + (s.add ? before.get(i, j, false) : 0);
      for (int64_t p = 0; p < s.k; ++p) sum += a.get(i, p, s.transpose_a) * b.get(p, j, s.transpose_b);
      if (std::abs(sum - c.get(i, j, false)) <= of_sums + of_c * std::abs(sum)) continue;
      return {s.text() + fmt::format(": c[{}, {}] is {}, expected {}", i, j, c.get(i, j, false), sum)};
    }
  }
  return {};
}

// Checks one size with all transposes, with and without bias, overwriting and adding.
template <class T, class Out = T>
void check_all(int64_t m, int64_t n, int64_t k) {
  Failures failures;
  for (int flags = 0; flags < 16; ++flags) {
    const Settings s{m,
                     n,
                     k,
                     (flags & 1) != 0,
                     (flags & 2) != 0,
                     (flags & 4) != 0,
                     (flags & 8) != 0,
                     flags % 5,
                     flags % 3 * 2};
    append(failures, check_gemm<T, Out>(s));
  }
  EXPECT_EQ(joined(failures), "");
}

class EveryIsa : public testing::TestWithParam<Isa> {
 protected:
  void SetUp() override {
    if (!supports(GetParam())) GTEST_SKIP() << "this machine has no " << name_of(GetParam());
  }
};
INSTANTIATE_TEST_SUITE_P(Gemm, EveryIsa, testing::ValuesIn(kAllIsas),
                         [](const auto& isa) { return name_of(isa.param); });

// Sizes around the tiles: 6 or 14 rows; 8, 16 or 32 columns of f32, half as many of f64.
TEST_P(EveryIsa, SizesAroundTheTiles) {
  const ForceIsa force(GetParam());
  for (int64_t m : {0, 1, 2, 5, 6, 7, 13, 14, 15, 29}) {
    for (int64_t n : {0, 1, 3, 7, 8, 9, 16, 17, 31, 33, 65}) {
      for (int64_t k : {0, 1, 5, 16}) {
        check_all<float>(m, n, k);
        check_all<double>(m, n, k);
        check_all<bf16, float>(m, n, k);
      }
    }
  }
}

// Sizes beyond one block of k (384 f32, 768 bf16 for dot products) and beyond one task (8 by 12 panels).
TEST_P(EveryIsa, SizesOverTheBlocks) {
  const ForceIsa force(GetParam());
  for (int64_t k : {383, 384, 385, 769, 1153}) check_all<float>(17, 35, k);
  for (int64_t k : {767, 769, 1537}) {
    check_all<bf16>(17, 35, k);
    check_all<bf16, float>(17, 35, k);
  }
  check_all<float>(131, 421, 67);
  check_all<bf16>(131, 421, 67);
  check_all<float>(257, 37, 31);
  check_all<float>(3, 1543, 9);
  check_all<double>(61, 257, 401);
}

// Every size is drawn from 0 to 70.
TEST_P(EveryIsa, RandomSizes) {
  const ForceIsa force(GetParam());
  RandomStream random(6, RandomUse::shuffle, 0);
  Failures failures;
  for (int i = 0; i < 400; ++i) {
    const auto below = [&](uint64_t bound) { return static_cast<int64_t>(random.below(bound)); };
    const Settings s{below(71),     below(71),     below(71), below(2) == 1, below(2) == 1,
                     below(2) == 1, below(2) == 1, below(17), below(9)};
    append(failures, check_gemm<float>(s));
    append(failures, check_gemm<double>(s));
    append(failures, check_gemm<bf16>(s));
    append(failures, check_gemm<bf16, float>(s));
  }
  EXPECT_EQ(joined(failures), "");
}

// An inf or a NaN in one row of a stays in that row of c.
TEST_P(EveryIsa, NotFiniteNumbersStayInTheirRow) {
  const ForceIsa force(GetParam());
  std::vector<float> a(9 * 5, 1), b(5 * 3, 0), c(9 * 3);
  a[4 * 5 + 2] = INFINITY;
  const auto view_of = [](std::vector<float>& numbers, const Shape& shape) {
    View view{.data = numbers.data(), .device = {}, .shape = shape};
    view.row_stride = shape.columns();
    view.present = true;
    return view;
  };
  launch({},
         kernels::Gemm{.a = view_of(a, {9, 5}), .b = view_of(b, {5, 3}), .c = {.view = view_of(c, {9, 3})}});
  for (size_t i = 0; i < c.size(); ++i) EXPECT_EQ(std::isnan(c[i]), i / 3 == 4) << i;
}

TEST(GemmCheck, SaysWhatDoesNotFit) {
  const Tensor a = Tensor::zeros({2, 3}), b = Tensor::zeros({4, 5}), c = Tensor::zeros({2, 5});
  const auto message = [](const kernels::Gemm& gemm) {
    try {
      launch({}, gemm);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_EQ(message({.a = a, .b = b, .c = {.view = c}}), "gemm: a has 3 columns, b 4 rows");
  EXPECT_EQ(message({.a = a, .b = Tensor::zeros({3, 4}), .c = {.view = c}}),
            "gemm: c is f32 [2, 5] on cpu, expected shape [2, 4]");
  EXPECT_EQ(message({.a = a, .b = Tensor::zeros({3, 5}), .bias = Tensor::zeros({4}), .c = {.view = c}}),
            "gemm: bias is f32 [4] on cpu, expected shape [5]");
  EXPECT_EQ(message({.a = a, .b = Tensor::zeros({3, 5}, Dtype::f64), .c = {.view = c}}),
            "gemm: a is f32 [2, 3] on cpu, b f64 [3, 5] on cpu, expected one floating type");
}

}  // namespace
}  // namespace hone::test
