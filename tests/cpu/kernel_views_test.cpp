// Tests of kernels on strided views amid NaN, overwriting and adding: contracts promise it, though the ops do
// not use all of it.
#include <gtest/gtest.h>

#include <cmath>

#include "core/kernels/attention.h"
#include "core/kernels/copy.h"
#include "core/kernels/dropout.h"
#include "core/kernels/elementwise.h"
#include "core/kernels/embedding.h"
#include "core/kernels/layer_norm.h"
#include "core/kernels/reduce.h"
#include "core/kernels/softmax.h"
#include "tests/support/op_case.h"
#include "tests/support/tolerance.h"

namespace hone::test {
namespace {

// A matrix as columns 3.. of a wider one, the rest of which is NaN and must stay so.
struct Window {
  explicit Window(const Tensor& x) : rows(x.shape()[0]), columns(x.shape()[1]) {
    memory = Tensor::full({rows, columns + 5}, NAN, Dtype::f64);
    for (int64_t i = 0; i < rows * columns; ++i) at(i / columns, i % columns) = x.data<double>()[i];
  }
  double& at(int64_t row, int64_t column) const {
    return memory.data<double>()[row * (columns + 5) + 3 + column];
  }
  View view() const { return memory.view().columns_between(3, 3 + columns); }
  Tensor inside() const {
    Tensor out = Tensor::empty({rows, columns}, Dtype::f64);
    for (int64_t i = 0; i < rows * columns; ++i) out.data<double>()[i] = at(i / columns, i % columns);
    return out;
  }
  bool surroundings_untouched() const {
    int64_t numbers = 0;
    for (double x : memory.span<double>()) numbers += !std::isnan(x);
    return numbers == rows * columns;
  }
  int64_t rows, columns;
  Tensor memory;
};

Tensor sum_of(const Tensor& a, const Tensor& b) {
  Tensor out = a.clone();
  launch({}, kernels::Copy{.x = b, .out = {.view = out, .add = true}});
  return out;
}

// Runs kernel(out) three ways: into a fresh tensor, into a window over NaN (overwriting), and onto numbers in
// a window (adding).
template <class F>
void check_output(const char* name, const Shape& shape, const F& kernel) {
  const Tensor plain = Tensor::full(shape, NAN, Dtype::f64), before = Numbers(50).normal(shape);
  kernel(GradOut{.view = plain});
  const Window overwritten(Tensor::full(shape, NAN, Dtype::f64)), added(before);
  kernel(GradOut{.view = overwritten.view()});
  kernel(GradOut{.view = added.view(), .add = true});
  EXPECT_EQ(joined(compare_bits(std::string(name) + " overwriting", overwritten.inside(), plain)), "");
  EXPECT_EQ(joined(compare(std::string(name) + " adding", added.inside(), sum_of(before, plain), 1e-13)), "");
  EXPECT_TRUE(overwritten.surroundings_untouched() && added.surroundings_untouched()) << name;
}

const Shape kShape{21, 19};
Tensor numbers(uint64_t seed, const Shape& shape = kShape) { return Numbers(seed).normal(shape); }

TEST(KernelViews, CopyAndTranspose) {
  const Window x(numbers(1));
  check_output("copy", kShape, [&](const GradOut& out) {
    launch({}, kernels::Copy{.x = x.view(), .out = out, .scale = 0.5});
  });
  check_output("transpose", {19, 21},
               [&](const GradOut& out) { launch({}, kernels::Transpose{.x = x.view(), .y = out}); });
}

TEST(KernelViews, Binary) {
  const Tensor a = numbers(1), b = numbers(2), row = numbers(3, {19}), column = numbers(4, {21, 1});
  for (const Tensor& second : {b, row, column, numbers(5, {1})}) {
    check_output("binary", kShape, [&](const GradOut& out) {
      launch({}, kernels::Binary{.kind = BinaryKind::mul, .a = a, .b = second, .out = out});
    });
  }
}

TEST(KernelViews, Dropout) {
  const Window x(numbers(1));
  const DropoutMask dropout = test_dropout(0.3, SeqLens({20, 0, 1}));
  check_output("dropout", kShape, [&](const GradOut& out) {
    launch({}, kernels::Dropout{.x = x.view(), .dropout = dropout, .out = out});
  });
}

TEST(KernelViews, SoftmaxBackward) {
  const Tensor y = Tensor::empty(kShape, Dtype::f64), dy = numbers(2);
  for (bool log : {false, true}) {
    launch({}, kernels::Softmax{.x = numbers(1), .y = y, .log = log});
    check_output("softmax_backward", kShape, [&](const GradOut& out) {
      launch({}, kernels::SoftmaxBackward{.y = y, .dy = dy, .dx = out, .log = log});
    });
  }
}

TEST(KernelViews, EmbeddingBackward) {
  const Tensor index = Numbers(1).indices(30, 21), dy = numbers(2, {30, 19});
  for (int64_t padding : {-1, 4}) {
    check_output("embedding_backward", kShape, [&](const GradOut& out) {
      launch({}, kernels::EmbeddingBackward{
                     .dy = dy, .tables = {{.index = index, .dtable = out, .padding_index = padding}}});
    });
  }
}

TEST(KernelViews, SumReadsStridedRows) {
  const Tensor plain = numbers(1);
  const Window x(plain);
  for (const auto& [kind, shape] :
       {std::pair{Axis::rows, Shape{19}}, {Axis::columns, Shape{21, 1}}, {Axis::all, Shape{1}}}) {
    const Tensor of_plain = Tensor::zeros(shape, Dtype::f64), of_window = of_plain.clone();
    launch({}, kernels::Sum{.axis = kind, .x = plain, .out = {.view = of_plain}});
    launch({}, kernels::Sum{.axis = kind, .x = x.view(), .out = {.view = of_window}});
    EXPECT_EQ(joined(compare_bits("sum", of_window, of_plain)), "");
    launch({},
           kernels::Sum{.axis = kind, .x = x.view(), .out = {.view = of_window, .add = true}, .scale = -1});
    EXPECT_LT(largest(of_window), 1e-12);
  }
}

TEST(KernelViews, LayerNormBackward) {
  const Tensor h = numbers(1), dy = numbers(2), gamma = numbers(3, {19}), y = h.clone();
  const Tensor mean = Tensor::zeros({21}, Dtype::f64), rstd = mean.clone();
  const DropoutMask dropout = test_dropout(0.3, SeqLens({20, 0, 1}));
  launch({},
         kernels::LayerNorm{
             .x = h, .gamma = gamma, .beta = gamma, .eps = 1e-5, .h = h, .y = y, .mean = mean, .rstd = rstd});
  check_output("layer_norm dx", kShape, [&](const GradOut& out) {
    launch({},
           kernels::LayerNormBackward{
               .h = h, .gamma = gamma, .mean = mean, .rstd = rstd, .dy = dy, .dropout = dropout, .dx = out});
  });
  check_output("layer_norm dresidual", kShape, [&](const GradOut& out) {
    launch({}, kernels::LayerNormBackward{.h = h,
                                          .gamma = gamma,
                                          .mean = mean,
                                          .rstd = rstd,
                                          .dy = dy,
                                          .dropout = dropout,
                                          .dresidual = out});
  });
}

// Queries, keys, values and all gradients as columns of wider matrices.
TEST(KernelViews, Attention) {
  const SeqLens lens({4, 0, 17});
  const Tensor q = numbers(1, {21, 6}), k = numbers(2, {21, 6}), v = numbers(3, {21, 6}),
               dout = numbers(4, {21, 6});
  const Tensor out = q.clone(), lse = Tensor::zeros({2, 21}, Dtype::f64);
  const DropoutMask dropout = test_dropout(0.2, lens);
  launch({}, kernels::Attention{.q = q,
                                .k = k,
                                .v = v,
                                .out = out,
                                .lse = lse,
                                .query_lens = lens,
                                .key_lens = lens,
                                .heads = 2,
                                .dropout = dropout});
  const Window wide_q(q), wide_k(k), wide_v(v), wide_dout(dout),
      wide_out(Tensor::full({21, 6}, NAN, Dtype::f64));
  launch({}, kernels::Attention{.q = wide_q.view(),
                                .k = wide_k.view(),
                                .v = wide_v.view(),
                                .out = wide_out.view(),
                                .lse = lse,
                                .query_lens = lens,
                                .key_lens = lens,
                                .heads = 2,
                                .dropout = dropout});
  EXPECT_EQ(joined(compare_bits("attention", wide_out.inside(), out)), "");
  EXPECT_TRUE(wide_out.surroundings_untouched());
  for (int which = 0; which < 3; ++which) {
    check_output("attention_backward", {21, 6}, [&](const GradOut& grad) {
      GradOut grads[3];
      grads[which] = grad;
      launch({}, kernels::AttentionBackward{.q = wide_q.view(),
                                            .k = wide_k.view(),
                                            .v = wide_v.view(),
                                            .out = wide_out.view(),
                                            .lse = lse,
                                            .dout = wide_dout.view(),
                                            .query_lens = lens,
                                            .key_lens = lens,
                                            .heads = 2,
                                            .dropout = dropout,
                                            .dq = grads[0],
                                            .dk = grads[1],
                                            .dv = grads[2]});
    });
  }
}

}  // namespace
}  // namespace hone::test
