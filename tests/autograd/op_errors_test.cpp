// Every public op refuses wrong arguments where it is called, in the form `op: argument is ..., expected
// ...`.
#include <gtest/gtest.h>

#include <functional>

#include <hone/autograd/ops/attention.h>
#include <hone/autograd/ops/binary_cross_entropy.h>
#include <hone/autograd/ops/cross_entropy.h>
#include <hone/autograd/ops/dropout.h>
#include <hone/autograd/ops/elementwise.h>
#include <hone/autograd/ops/embedding.h>
#include <hone/autograd/ops/layer_norm.h>
#include <hone/autograd/ops/matmul.h>
#include <hone/autograd/ops/mean_squared_error.h>
#include <hone/autograd/ops/recompute.h>
#include <hone/autograd/ops/reduce.h>
#include <hone/autograd/ops/shape.h>
#include <hone/autograd/ops/softmax.h>
#include <hone/core/error.h>
#include "autograd/ops/binary.h"
#include "autograd/ops/feed_forward.h"
#include "autograd/ops/unary.h"
#include "core/kernels/elementwise.h"
#include "core/kernels/embedding.h"
#include "tests/cuda/emulated_device.h"

namespace hone::test {
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
// One sequence of `rows` tokens, half of whose numbers are dropped.
DropoutMask half(int32_t rows) {
  return {.p = 0.5, .site = 0, .rows = SeqLens({rows}), .state = index({1, 2, 3})};
}

const Shape k23{2, 3}, k32{3, 2}, k43{4, 3}, k45{4, 5}, k52{5, 2}, k22{2, 2};
const Var x2 = x({2}), x3 = x({3}), x4 = x({4});

TEST(OpErrors, FunctionsOfOneNumber) {
  for (const UnaryKind f : kUnaryKinds) {
    const std::string op = name_of(f);
    EXPECT_EQ(message([&] { return unary(f, x({2}, Dtype::i32)); }),
              op + ": x is i32 [2] on cpu, expected a floating type");
    EXPECT_EQ(message([&] { return unary(f, {}); }), op + ": x is nothing, expected a tensor");
  }
}

TEST(OpErrors, FunctionsOfTwoNumbers) {
  for (const BinaryKind f : {BinaryKind::add, BinaryKind::sub, BinaryKind::mul, BinaryKind::div}) {
    const std::string op = name_of(f), wanted = "expected b of the same shape, a row, a column or one number";
    EXPECT_EQ(message([&] { return binary(f, x(k23), x2); }),
              op + ": a is f32 [2, 3] on cpu, b f32 [2] on cpu, " + wanted);
    EXPECT_EQ(message([&] { return binary(f, x3, x(k23)); }),
              op + ": a is f32 [3] on cpu, b f32 [2, 3] on cpu, " + wanted);
    EXPECT_EQ(message([&] { return binary(f, x2, x({2}, Dtype::f64)); }),
              op + ": a is f32 [2] on cpu, b f64 [2] on cpu, expected one floating type");
    EXPECT_EQ(message([&] { return binary(f, {}, {}); }), op + ": a is nothing, expected a tensor");
    EXPECT_EQ(message([&] { return binary(f, x2, {}); }), op + ": b is nothing, expected a tensor");
  }
}

TEST(OpErrors, Matmul) {
  EXPECT_EQ(message([] { return matmul(x(k23), x(k23)); }), "matmul: a has 3 columns, b 2 rows");
  EXPECT_EQ(message([] { return matmul(x(k23), x(k23), true, true); }), "matmul: a has 2 rows, b 3 columns");
  EXPECT_EQ(message([] {
              return matmul(x({2, 3, 4}), x(k43));
            }),
            "matmul: a is f32 [2, 3, 4] on cpu, expected a matrix");
  EXPECT_EQ(message([] { return matmul({}, x(k43)); }), "matmul: a is nothing, expected a matrix");
  EXPECT_EQ(message([] { return matmul(x(k23), {}); }), "matmul: b is nothing, expected a matrix");
  EXPECT_EQ(message([] { return matmul(x(k23), x(k32, Dtype::f64)); }),
            "matmul: a is f32 [2, 3] on cpu, b f64 [3, 2] on cpu, expected one floating type");
}

TEST(OpErrors, Linear) {
  EXPECT_EQ(message([] { return linear(x(k23), x({5, 4}), {}); }), "linear: x has 3 columns, weight 4");
  EXPECT_EQ(message([] { return linear(x(k23), x(k43), x3); }),
            "linear: bias is f32 [3] on cpu, expected shape [4]");
  EXPECT_EQ(message([] { return linear(x3, x(k43), {}); }), "linear: x is f32 [3] on cpu, expected a matrix");
  EXPECT_EQ(message([] { return linear(x(k23), {}, {}); }), "linear: weight is nothing, expected a matrix");
  EXPECT_EQ(message([] { return linear(x(k23), x(k43, Dtype::f64), {}); }),
            "linear: x is f32 [2, 3] on cpu, weight f64 [4, 3] on cpu, expected one floating type");
  EXPECT_EQ(message([] { return linear(x(k23), x(k43), x({4}, Dtype::f64)); }),
            "linear: bias is f64 [4] on cpu, expected f32");
}

TEST(OpErrors, FeedForward) {
  const auto refused = [](const Var& in, const Var& up, const Var& bias, const Var& down) {
    return message([&] { return feed_forward(UnaryKind::gelu, in, up, bias, down); });
  };
  EXPECT_EQ(refused(x(k23), x(k45), x4, x({3, 4})), "feed_forward: x has 3 columns, up_weight 5");
  EXPECT_EQ(refused(x(k23), x(k43), x3, x({3, 4})),
            "feed_forward: up_bias is f32 [3] on cpu, expected shape [4]");
  EXPECT_EQ(refused(x(k23), x(k43), x4, x(k45)), "feed_forward: up_weight has 4 rows, down_weight 5 columns");
  EXPECT_EQ(refused(x(k23), x(k43), x4, {}), "feed_forward: down_weight is nothing, expected a matrix");
  EXPECT_EQ(
      refused(x(k23), x(k43), x4, x({3, 4}, Dtype::f64)),
      "feed_forward: x is f32 [2, 3] on cpu, down_weight f64 [3, 4] on cpu, expected one floating type");
}

TEST(OpErrors, LayerNorm) {
  EXPECT_EQ(message([] { return layer_norm(x(k23), x4, x3, 1e-5); }),
            "layer_norm: x has 3 columns, gamma is f32 [4] on cpu, beta f32 [3] on cpu");
  EXPECT_EQ(message([] { return layer_norm({}, x4, x3, 1e-5); }),
            "layer_norm: x is nothing, expected a tensor");
  EXPECT_EQ(message([] { return layer_norm(x(k23), {}, {}, 1e-5); }),
            "layer_norm: x has 3 columns, gamma is nothing, beta nothing");
  EXPECT_EQ(message([] { return layer_norm(x(k23), x3, x({3}, Dtype::f64), 1e-5); }),
            "layer_norm: beta is f64 [3] on cpu, expected f32");
}

TEST(OpErrors, DropoutResidualLayerNorm) {
  const auto refused = [](const Var& bias, const Var& residual, const DropoutMask& dropout) {
    return message(
        [&] { return dropout_residual_layer_norm(x(k23), bias, residual, x3, x3, 1e-5, dropout); });
  };
  EXPECT_EQ(refused({}, x(k32), {}),
            "dropout_residual_layer_norm: residual is f32 [3, 2] on cpu, expected shape [2, 3]");
  EXPECT_EQ(refused(x2, {}, {}), "dropout_residual_layer_norm: bias is f32 [2] on cpu, expected shape [3]");
  EXPECT_EQ(refused({}, x(k23, Dtype::f64), {}),
            "dropout_residual_layer_norm: x is f32 [2, 3] on cpu, residual f64 [2, 3] on cpu, expected one "
            "floating type");
  EXPECT_EQ(refused({}, {}, half(1)), "dropout_residual_layer_norm: dropout covers 1 rows, there are 2");
}

TEST(OpErrors, Softmax) {
  EXPECT_EQ(message([] { return softmax(x({2, 0})); }), "softmax: rows of x without columns have no softmax");
  EXPECT_EQ(message([] { return softmax({}); }), "softmax: x is nothing, expected a tensor");
  EXPECT_EQ(message([] {
              return log_softmax(x({2, 0}));
            }),
            "log_softmax: rows of x without columns have no softmax");
  EXPECT_EQ(message([] { return log_softmax(x(k22, Dtype::i32)); }),
            "log_softmax: x is i32 [2, 2] on cpu, expected a floating type");
  EXPECT_EQ(message([] { return log_softmax(x(k22, Dtype::bf16)); }), "log_softmax: no kernel for bf16");
}

TEST(OpErrors, CrossEntropy) {
  const auto refused = [](const Var& logits, const Tensor& labels) {
    return message([&] { return cross_entropy(logits, labels); });
  };
  EXPECT_EQ(refused(x(k22), index({0})), "cross_entropy: labels is i32 [1] on cpu, expected shape [2]");
  EXPECT_EQ(refused(x(k22), index({0, 2})), "cross_entropy: labels[1] is 2, expected -1 or more and below 2");
  EXPECT_EQ(refused(x(k22), index({-2, 0})),
            "cross_entropy: labels[0] is -2, expected -1 or more and below 2");
  EXPECT_EQ(refused(x({0, 2}), index({})), "cross_entropy: divisor 0 is not positive");
  EXPECT_EQ(refused(x(k22), Tensor::zeros({2})), "cross_entropy: labels is f32 [2] on cpu, expected i32");
  EXPECT_EQ(refused(x4, index({0})), "cross_entropy: logits is f32 [4] on cpu, expected a matrix");
  EXPECT_EQ(refused({}, index({0})), "cross_entropy: logits is nothing, expected a matrix");
  EXPECT_EQ(refused(x(k22), {}), "cross_entropy: labels is nothing, expected shape [2]");
}

TEST(OpErrors, OtherLosses) {
  EXPECT_EQ(message([] { return binary_cross_entropy({}, Tensor::zeros({2})); }),
            "binary_cross_entropy: logits is nothing, expected a tensor");
  EXPECT_EQ(message([] { return binary_cross_entropy(x2, Tensor::zeros({3})); }),
            "binary_cross_entropy: targets is f32 [3] on cpu, expected shape [2]");
  EXPECT_EQ(
      message([] { return binary_cross_entropy(x2, Tensor::zeros({2}, Dtype::f64)); }),
      "binary_cross_entropy: logits is f32 [2] on cpu, targets f64 [2] on cpu, expected one floating type");
  EXPECT_EQ(message([] { return mean_squared_error(x2, {}); }),
            "mean_squared_error: target is nothing, expected shape [2]");
  EXPECT_EQ(message([] { return mean_squared_error(x2, x({2}, Dtype::f64)); }),
            "mean_squared_error: x is f32 [2] on cpu, target f64 [2] on cpu, expected one floating type");
}

TEST(OpErrors, Embedding) {
  const auto refused = [](const Var& table, const Tensor& rows) {
    return message([&] { return embedding(table, rows); });
  };
  EXPECT_EQ(refused(x(k52), index({0, 5})), "embedding: index[1] is 5, expected 0 or more and below 5");
  EXPECT_EQ(refused(x(k52), index({-1})), "embedding: index[0] is -1, expected 0 or more and below 5");
  EXPECT_EQ(refused(x({5}), index({0})), "embedding: table is f32 [5] on cpu, expected a matrix");
  EXPECT_EQ(refused({}, index({0})), "embedding: table is nothing, expected a matrix");
  EXPECT_EQ(refused(x(k52), {}), "embedding: index is nothing, expected shape [1]");
  EXPECT_EQ(refused(x(k52), Tensor::zeros({1})), "embedding: index is f32 [1] on cpu, expected i32");
}

TEST(OpErrors, EmbeddingSum) {
  const auto refused = [](const std::vector<Var>& tables, const std::vector<Tensor>& indices) {
    return message([&] { return embedding_sum(tables, indices); });
  };
  EXPECT_EQ(refused({x(k52), x(k43)}, {index({0}), index({0})}),
            "embedding_sum: tables[1] has 3 columns, the result 2");
  EXPECT_EQ(refused({x(k52), x({4, 2})}, {index({0}), index({0, 1})}),
            "embedding_sum: indices[1] is i32 [2] on cpu, expected shape [1]");
  EXPECT_EQ(refused({x(k52), x({4, 2})}, {index({0}), index({4})}),
            "embedding_sum: indices[1][0] is 4, expected 0 or more and below 4");
  EXPECT_EQ(
      refused({x(k52), x({4, 2}, Dtype::f64)}, {index({0}), index({0})}),
      "embedding_sum: tables[0] is f32 [5, 2] on cpu, tables[1] f64 [4, 2] on cpu, expected one floating "
      "type");
  EXPECT_EQ(refused({x(k52), x({4, 2})}, {index({0})}),
            "embedding_sum: 2 tables and 1 indices, expected one to three of each");
  EXPECT_EQ(refused({}, {}), "embedding_sum: no tables");
  EXPECT_EQ(message([] { return embedding_sum({x(k52, Dtype::f64)}, {index({0})}, -1, Dtype::bf16); }),
            "embedding_sum: the result is bf16 [1, 2] on cpu, expected f64");
}

TEST(OpErrors, EmbeddingBackward) {
  const Tensor dy = Tensor::zeros({1, 2}), table = Tensor::zeros({5, 2}), i = index({0});
  const auto added_to = [&](const Tensor& part) {
    return kernels::TableGradient{.index = i, .dtable = {.view = part, .add = true}};
  };
  const auto refused = [&](const std::vector<kernels::TableGradient>& tables) {
    return message([&] {
      launch({}, kernels::EmbeddingBackward{.dy = dy, .tables = tables});
      return Var();
    });
  };
  EXPECT_EQ(refused({}), "embedding_backward: 0 tables and 0 indices, expected one to three of each");
  EXPECT_EQ(refused({added_to(table), added_to(table.slice(4, 5))}),
            "embedding_backward: two gradients share memory");
  EXPECT_EQ(refused({added_to(table.slice(0, 4)), added_to(table.slice(4, 5))}), "no error");
}

TEST(OpErrors, SelfAttention) {
  const auto refused = [](const Var& qkv, int64_t heads, const DropoutMask& dropout = {}) {
    return message([&] { return self_attention(qkv, SeqLens({2, 1}), heads, dropout); });
  };
  EXPECT_EQ(refused(x({3, 7}), 1), "self_attention: qkv is f32 [3, 7] on cpu, expected [tokens, 3 width]");
  EXPECT_EQ(refused({}, 1), "self_attention: qkv is nothing, expected [tokens, 3 width]");
  EXPECT_EQ(refused(x({3, 6}), 3), "self_attention: width 2 is not divisible by 3 heads");
  EXPECT_EQ(refused(x({3, 6}), 0), "self_attention: width 2 is not divisible by 0 heads");
  EXPECT_EQ(refused(x({4, 6}), 1), "self_attention: qkv has 4 rows, lens 3 tokens");
  EXPECT_EQ(refused(x({3, 6}, Dtype::i32), 1),
            "self_attention: qkv is i32 [3, 6] on cpu, expected a floating type");
  EXPECT_EQ(refused(x({3, 6}), 1, half(2)), "self_attention: dropout covers 2 rows, there are 3");
}

TEST(OpErrors, CrossAttention) {
  const auto refused = [](const Var& q, const Var& kv, const SeqLens& key_lens) {
    return message([&] { return cross_attention(q, kv, SeqLens({1, 1}), key_lens, 1, {}); });
  };
  const SeqLens lens({2, 1});
  EXPECT_EQ(refused(x(k22), x({3, 6}), lens),
            "cross_attention: q is f32 [2, 2] on cpu, kv f32 [3, 6] on cpu, expected [queries, width] and "
            "[tokens, 2 width]");
  EXPECT_EQ(refused(x(k32), x({3, 4}), lens), "cross_attention: q has 3 rows, query_lens 2 tokens");
  EXPECT_EQ(refused(x(k22), x({4, 4}), lens), "cross_attention: kv has 4 rows, key_lens 3 tokens");
  EXPECT_EQ(refused(x(k22), x({3, 4}), SeqLens({3})),
            "cross_attention: query_lens has 2 sequences, key_lens 1");
  EXPECT_EQ(refused(x(k22), x({3, 4}, Dtype::f64), lens),
            "cross_attention: q is f32 [2, 2] on cpu, kv f64 [3, 4] on cpu, expected one floating type");
}

TEST(OpErrors, Shapes) {
  EXPECT_EQ(message([] { return reshape(x(k23), {5}); }),
            "reshape: x is f32 [2, 3] on cpu, which does not fill shape [5]");
  EXPECT_EQ(message([] { return transpose(x2); }), "transpose: x is f32 [2] on cpu, expected a matrix");
  EXPECT_EQ(message([] { return cast(x2, Dtype::i32); }),
            "cast: x is f32 [2] on cpu, which has no conversion to i32");
  EXPECT_EQ(message([] { return slice_rows(x(k23), 1, 3); }),
            "slice_rows: x is f32 [2, 3] on cpu, without rows [1, 3)");
  EXPECT_EQ(message([] { return slice_columns(x(k23), -1, 3); }),
            "slice_columns: x is f32 [2, 3] on cpu, without columns [-1, 3)");
  EXPECT_EQ(message([] { return slice_rows(x2, 0, 1); }),
            "slice_rows: x is f32 [2] on cpu, without rows [0, 1)");
  EXPECT_EQ(message([] {
              return concatenate_rows({x(k23), x({2, 4})});
            }),
            "concatenate_rows: parts[0] is f32 [2, 3] on cpu, parts[1] f32 [2, 4] on cpu, expected as many "
            "columns");
  EXPECT_EQ(
      message([] {
        return concatenate_columns({x(k23), x(k43)});
      }),
      "concatenate_columns: parts[0] is f32 [2, 3] on cpu, parts[1] f32 [4, 3] on cpu, expected as many "
      "rows");
  EXPECT_EQ(message([] { return concatenate_rows({x2}); }),
            "concatenate_rows: parts[0] is f32 [2] on cpu, expected a matrix");
  EXPECT_EQ(message([] { return concatenate_columns({}); }), "concatenate_columns: no parts");
}

TEST(OpErrors, Reductions) {
  EXPECT_EQ(message([] {
              return mean(x({0, 3}), Axis::rows);
            }),
            "mean: of no elements: x is f32 [0, 3] on cpu");
  EXPECT_EQ(message([] { return sum({}); }), "sum: x is nothing, expected a tensor");
  EXPECT_EQ(message([] { return mean({}); }), "mean: x is nothing, expected a tensor");
  EXPECT_EQ(message([] { return sum(x({2}, Dtype::i32)); }),
            "sum: x is i32 [2] on cpu, expected a floating type");
  EXPECT_EQ(message([] { return max({}); }), "max: x is nothing, expected a tensor");
  EXPECT_EQ(message([] {
              return max(x({0, 3}), Axis::rows);
            }),
            "max: of no elements: x is f32 [0, 3] on cpu");
}

TEST(OpErrors, Dropout) {
  EXPECT_EQ(message([] { return dropout({}, half(1)); }), "dropout: x is nothing, expected a tensor");
  EXPECT_EQ(message([] { return dropout(x(k22), half(1)); }), "dropout: dropout covers 1 rows, there are 2");
}

TEST(OpErrors, Recompute) {
  const Var weight = Var::leaf(Tensor::full({2}, 1));
  EXPECT_EQ(message([&] { return recompute([](const Var& v) { return v; }, x2, {mul(weight, weight)}); }),
            "recompute: what f uses beside x must be leaves or constants, not an op's result");
}

// An argument that was left on another device is named as well.
TEST(OpErrors, OtherDevices) {
  if (!cuda_there()) GTEST_SKIP() << "no CUDA device";
  const auto there = [](const Shape& shape) { return Var(x(shape).value().to(cuda_device())); };
  EXPECT_EQ(message([&] { return add(there({2}), x2); }), "add: b is f32 [2] on cpu, expected on cuda:0");
  EXPECT_EQ(message([&] { return matmul(there(k23), x(k32)); }),
            "matmul: b is f32 [3, 2] on cpu, expected on cuda:0");
  EXPECT_EQ(message([&] { return linear(there(k23), x(k43), {}); }),
            "linear: weight is f32 [4, 3] on cpu, expected on cuda:0");
  EXPECT_EQ(message([&] {
              return feed_forward(UnaryKind::gelu, there(k23), there(k43), there({4}), x({3, 4}));
            }),
            "feed_forward: down_weight is f32 [3, 4] on cpu, expected on cuda:0");
  EXPECT_EQ(message([&] { return layer_norm(there(k23), x3, there({3}), 1e-5); }),
            "layer_norm: gamma is f32 [3] on cpu, expected on cuda:0");
  EXPECT_EQ(message([&] {
              return cross_entropy(there(k22), index({0, 1}));
            }),
            "cross_entropy: labels is i32 [2] on cpu, expected on cuda:0");
  EXPECT_EQ(message([&] { return embedding(there(k52), index({0})); }),
            "embedding: index is i32 [1] on cpu, expected on cuda:0");
  EXPECT_EQ(message([&] {
              return cross_attention(there(k22), x({2, 4}), SeqLens({2}), SeqLens({2}), 1, {});
            }),
            "cross_attention: kv is f32 [2, 4] on cpu, expected on cuda:0");
  EXPECT_EQ(message([&] {
              return concatenate_rows({there(k22), x(k22)});
            }),
            "concatenate_rows: parts[1] is f32 [2, 2] on cpu, expected on cuda:0");
  EXPECT_EQ(message([&] { return mean_squared_error(there({2}), x2); }),
            "mean_squared_error: target is f32 [2] on cpu, expected on cuda:0");
}

}  // namespace
}  // namespace hone::test
