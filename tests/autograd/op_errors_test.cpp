// Wrong arguments are refused where the op is called, in the form `op: what was expected, what came`.
#include <gtest/gtest.h>

#include <functional>

#include <hone/autograd/ops/attention.h>
#include <hone/autograd/ops/cross_entropy.h>
#include <hone/autograd/ops/dropout.h>
#include <hone/autograd/ops/elementwise.h>
#include <hone/autograd/ops/embedding.h>
#include <hone/autograd/ops/layer_norm.h>
#include <hone/autograd/ops/matmul.h>
#include <hone/autograd/ops/reduce.h>
#include <hone/autograd/ops/shape.h>
#include <hone/autograd/ops/softmax.h>
#include <hone/core/error.h>
#include "core/kernels/embedding.h"

namespace hone {
namespace {

std::string message(const std::function<Var()>& op) {
  try {
    op();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

Var x(const Shape& shape, Dtype dtype = Dtype::f32) { return Tensor::full(shape, 1, dtype); }
Tensor index(const std::vector<int32_t>& values) {
  return Tensor::from(values, {static_cast<int64_t>(values.size())});
}

TEST(OpErrors, Elementwise) {
  EXPECT_EQ(
      message([] {
        return add(x({2, 3}), x({2}));
      }),
      "add: shapes [2, 3] and [2] do not go together (b: the same shape, a row, a column or one number)");
  EXPECT_EQ(
      message([] {
        return mul(x({3}), x({2, 3}));
      }),
      "mul: shapes [3] and [2, 3] do not go together (b: the same shape, a row, a column or one number)");
  EXPECT_EQ(message([] { return div(x({2}), x({2}, Dtype::f64)); }),
            "div: one floating type expected, got f32 [2] on cpu and f64 [2] on cpu");
  EXPECT_EQ(message([] { return gelu(x({2}, Dtype::i32)); }),
            "gelu: one floating type expected, got i32 [2] on cpu and i32 [2] on cpu");
  EXPECT_EQ(message([] { return gelu({}); }), "gelu: x is nothing, expected shape []");
  EXPECT_EQ(message([] { return add({}, {}); }), "add: a is nothing, expected shape []");
  EXPECT_EQ(message([] { return add(x({2}), {}); }),
            "add: shapes [2] and [] do not go together (b: the same shape, a row, a column or one number)");
}

TEST(OpErrors, Matmul) {
  EXPECT_EQ(message([] {
              return matmul(x({2, 3}), x({2, 3}));
            }),
            "gemm: a [2, 3] and b [2, 3]: inner sizes 3 and 2 differ");
  EXPECT_EQ(message([] {
              return matmul(x({2, 3, 4}), x({4, 3}));
            }),
            "gemm: a is f32 [2, 3, 4] on cpu, expected a matrix");
  EXPECT_EQ(message([] { return matmul({}, x({4, 3})); }), "gemm: a is nothing, expected a matrix");
  EXPECT_EQ(message([] {
              return linear(x({2, 3}), x({4, 5}), {});
            }),
            "gemm: a [2, 3] and b [4, 5] transposed: inner sizes 3 and 5 differ");
  EXPECT_EQ(message([] {
              return linear(x({2, 3}), x({4, 3}), x({3}));
            }),
            "gemm: bias is f32 [3] on cpu, expected shape [4]");
}

TEST(OpErrors, Norm) {
  EXPECT_EQ(message([] {
              return layer_norm(x({2, 3}), x({4}), x({3}), 1e-5);
            }),
            "layer_norm: x has 3 columns, gamma is f32 [4] on cpu, beta f32 [3] on cpu");
  EXPECT_EQ(message([] { return layer_norm({}, x({4}), x({3}), 1e-5); }),
            "layer_norm: x has 1 columns, gamma is f32 [4] on cpu, beta f32 [3] on cpu");
  EXPECT_EQ(message([] {
              return layer_norm(x({2, 3}), {}, {}, 1e-5);
            }),
            "layer_norm: x has 3 columns, gamma is nothing, beta nothing");
  EXPECT_EQ(message([] {
              return dropout_residual_layer_norm(x({2, 3}), {}, x({3, 2}), x({3}), x({3}), 1e-5, {});
            }),
            "layer_norm: residual is f32 [3, 2] on cpu, expected shape [2, 3]");
  EXPECT_EQ(message([] {
              return dropout_residual_layer_norm(x({2, 3}), x({2}), {}, x({3}), x({3}), 1e-5, {});
            }),
            "layer_norm: bias is f32 [2] on cpu, expected shape [3]");
}

TEST(OpErrors, SoftmaxAndLoss) {
  EXPECT_EQ(message([] { return softmax(x({2, 0})); }), "softmax: rows without columns have no softmax");
  EXPECT_EQ(message([] { return softmax({}); }), "softmax: x is nothing, expected shape []");
  EXPECT_EQ(message([] {
              return cross_entropy(x({2, 2}), index({0}));
            }),
            "cross_entropy: labels is i32 [1] on cpu, expected shape [2]");
  EXPECT_EQ(message([] {
              return cross_entropy(x({2, 2}), index({0, 2}));
            }),
            "cross_entropy: labels[1] is 2, expected -1 or more and below 2");
  EXPECT_EQ(message([] {
              return cross_entropy(x({2, 2}), index({-2, 0}));
            }),
            "cross_entropy: labels[0] is -2, expected -1 or more and below 2");
  EXPECT_EQ(message([] {
              return cross_entropy(x({0, 2}), index({}));
            }),
            "cross_entropy: divisor 0 is not positive");
  EXPECT_EQ(message([] {
              return cross_entropy(x({2, 2}), Tensor::zeros({2}));
            }),
            "cross_entropy: labels is f32 [2] on cpu, expected i32");
  EXPECT_EQ(message([] { return cross_entropy(x({4}), index({0})); }),
            "cross_entropy: logits is f32 [4] on cpu, expected a matrix");
  EXPECT_EQ(message([] {
              return cross_entropy(x({2, 2}), {});
            }),
            "cross_entropy: labels is nothing, expected shape [2]");
}

TEST(OpErrors, Embedding) {
  EXPECT_EQ(message([] {
              return embedding(x({5, 2}), index({0, 5}));
            }),
            "embedding_sum: index[1] is 5, expected 0 or more and below 5");
  EXPECT_EQ(message([] {
              return embedding(x({5, 2}), index({-1}));
            }),
            "embedding_sum: index[0] is -1, expected 0 or more and below 5");
  EXPECT_EQ(message([] { return embedding(x({5}), index({0})); }),
            "embedding_sum: table is f32 [5] on cpu, expected a matrix");
  EXPECT_EQ(message([] { return embedding({}, index({0})); }),
            "embedding_sum: table is nothing, expected a matrix");
  EXPECT_EQ(message([] {
              return embedding(x({5, 2}), {});
            }),
            "embedding_sum: table f32 [5, 2] on cpu, index nothing, y f32 [1, 2] on cpu");
  EXPECT_EQ(message([] {
              return embedding_sum({x({5, 2}), x({4, 3})}, {index({0}), index({0})});
            }),
            "embedding_sum: table f32 [4, 3] on cpu, index i32 [1] on cpu, y f32 [1, 2] on cpu");
  EXPECT_EQ(message([] {
              return embedding_sum({x({5, 2}), x({4, 2})}, {index({0}), index({0, 1})});
            }),
            "embedding_sum: table f32 [4, 2] on cpu, index i32 [2] on cpu, y f32 [1, 2] on cpu");
  EXPECT_EQ(message([] {
              return embedding_sum({x({5, 2}), x({4, 2})}, {index({0})});
            }),
            "embedding_sum: 2 tables and 1 indices, expected one to three of each");
  EXPECT_EQ(message([] { return embedding_sum({}, {}); }), "embedding_sum: no tables");
  EXPECT_EQ(message([] {
              return embedding_sum({Tensor::zeros({5, 2}, Dtype::f64)}, {index({0})}, -1, Dtype::bf16);
            }),
            "embedding_sum: f64 expected, got bf16 [1, 2] on cpu");
}

TEST(OpErrors, EmbeddingBackward) {
  const Tensor dy = Tensor::zeros({1, 2}), table = Tensor::zeros({5, 2}), i = index({0});
  const auto refused = [&](std::vector<kernels::TableGradient> tables) {
    return message([&] {
      launch({}, kernels::EmbeddingBackward{dy, tables});
      return Var();
    });
  };
  EXPECT_EQ(refused({}), "embedding_backward: 0 tables, expected one to three");
  EXPECT_EQ(refused({{i, {table, 1}}, {i, {table.slice(4, 5), 1}}}),
            "embedding_backward: two gradients share memory");
  EXPECT_EQ(refused({{i, {table.slice(0, 4), 1}}, {i, {table.slice(4, 5), 1}}}), "no error");
}

TEST(OpErrors, Attention) {
  const SeqLens lens({2, 1});
  EXPECT_EQ(message([&] {
              return self_attention(x({3, 7}), lens, 1, {});
            }),
            "self_attention: qkv is f32 [3, 7] on cpu, expected [tokens, 3 width]");
  EXPECT_EQ(message([&] {
              return self_attention(x({3, 6}), lens, 3, {});
            }),
            "attention: width 2 is not divisible by 3 heads");
  EXPECT_EQ(message([&] {
              return self_attention(x({3, 6}), lens, 0, {});
            }),
            "attention: width 2 is not divisible by 0 heads");
  EXPECT_EQ(message([&] {
              return self_attention(x({4, 6}), lens, 1, {});
            }),
            "attention: q is f32 [4, 2] on cpu, k f32 [4, 2] on cpu, v f32 [4, 2] on cpu, out f32 [4, 2] on "
            "cpu; expected [3, 2] and [3, 2]");
  EXPECT_EQ(message([&] { return self_attention({}, lens, 1, {}); }),
            "self_attention: qkv is nothing, expected [tokens, 3 width]");
  EXPECT_EQ(message([&] {
              return cross_attention(x({3, 2}), x({3, 6}), lens, lens, 1, {});
            }),
            "cross_attention: q is f32 [3, 2] on cpu, kv f32 [3, 6] on cpu, expected [queries, width] and "
            "[tokens, 2 width]");
  EXPECT_EQ(message([&] {
              return cross_attention(x({3, 2}), x({3, 4}), lens, SeqLens({3}), 1, {});
            }),
            "attention: 2 sequences of queries, 1 of keys");
}

TEST(OpErrors, Shapes) {
  EXPECT_EQ(message([] { return reshape(x({2, 3}), {5}); }), "reshape: [2, 3] to [5]: not as many elements");
  EXPECT_EQ(message([] { return transpose(x({2})); }), "transpose: a matrix expected, got f32 [2] on cpu");
  EXPECT_EQ(message([] { return slice_rows(x({2, 3}), 1, 3); }), "slice_rows: 1 to 3 of f32 [2, 3] on cpu");
  EXPECT_EQ(message([] {
              return slice_columns(x({2, 3}), -1, 3);
            }),
            "slice_columns: -1 to 3 of f32 [2, 3] on cpu");
  EXPECT_EQ(message([] { return slice_rows(x({2}), 0, 1); }), "slice_rows: 0 to 1 of f32 [2] on cpu");
  EXPECT_EQ(message([] {
              return concatenate_rows({x({2, 3}), x({2, 4})});
            }),
            "concatenate_rows: f32 [2, 3] on cpu and f32 [2, 4] on cpu");
  EXPECT_EQ(message([] { return concatenate_columns({}); }), "concatenate_columns: no parts");
}

TEST(OpErrors, Reductions) {
  EXPECT_EQ(message([] {
              return mean(x({0, 3}), Axis::rows);
            }),
            "mean: of no elements: x is f32 [0, 3] on cpu");
  EXPECT_EQ(message([] { return sum({}); }), "sum: x is nothing, out f32 [1] on cpu");
  EXPECT_EQ(message([] { return mean({}); }), "sum: x is nothing, out f32 [1] on cpu");
  EXPECT_EQ(message([] { return sum(x({2}, Dtype::i32)); }),
            "sum: one floating type expected, got i32 [2] on cpu and i32 [2] on cpu");
}

TEST(OpErrors, Dropout) {
  EXPECT_EQ(message([] {
              return dropout({}, {0.5, 0, SeqLens({1}), index({1, 2, 3})});
            }),
            "dropout: x is nothing, out f32 [] on cpu");
  EXPECT_EQ(message([] {
              return dropout(x({2, 2}), {0.5, 0, SeqLens({1}), index({1, 2, 3})});
            }),
            "dropout: dropout covers 1 rows, there are 2");
}

}  // namespace
}  // namespace hone
