// The engine: orders, sharing, freeing, errors. That each op's gradient is right is shown in tests/ops/.
#include <gmock/gmock.h>

#include <hone/autograd/ops/dropout.h>
#include <hone/autograd/ops/elementwise.h>
#include <hone/autograd/ops/embedding.h>
#include <hone/autograd/ops/layer_norm.h>
#include <hone/autograd/ops/matmul.h>
#include <hone/autograd/ops/reduce.h>
#include <hone/autograd/ops/shape.h>
#include <hone/core/error.h>
#include "autograd/node.h"
#include "core/device_runtime.h"
#include "core/kernels/copy.h"
#include "tests/support/op_case.h"
#include "tests/support/tolerance.h"

namespace hone::test {
namespace {

Tensor numbers(const std::vector<double>& values) {
  return Tensor::from(values, {static_cast<int64_t>(values.size())});
}

template <class F>
std::string message(const F& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

using Content = Gradient::Content;

Gradient& gradient_of(const Var& leaf) { return leaf_gradient("test", leaf); }

// d/dx of (x + x) x, by hand 4 x.
TEST(Backward, DiamondsAddUp) {
  const Var x = Var::leaf(numbers({3, -2}));
  const Var y = add(x, x);
  backward(mul(y, x), numbers({1, 10}));
  EXPECT_EQ(x.grad().to_vector<double>(), (std::vector<double>{12, -80}));
}

// z depends on y by a short and a long path; y's gradient must be whole before it is handed on.
TEST(Backward, WaitsForTheLongestPath) {
  const Var x = Var::leaf(numbers({2}));
  const Var y = mul(x, x);
  Var far = y;
  for (int i = 0; i < 5; ++i) far = add(far, y);  // 6 y
  backward(mul(far, y));                          // 6 x^4
  EXPECT_EQ(x.grad().item(), 24 * 8);
}

TEST(Backward, ThirtyDiamondsInARowAreThirtyNodes) {
  Var y = Var::leaf(numbers({1}));
  const Var x = y;
  for (int i = 0; i < 30; ++i) y = add(y, y);
  backward(y);
  EXPECT_EQ(x.grad().item(), 1 << 30);
}

TEST(Backward, AnInputMayBeGivenTwice) {
  const Tensor value = Numbers(1).normal({4, 6}), upstream = Numbers(2).normal({4, 6});
  const Var gamma = Numbers(3).normal({6}), beta = Numbers(4).normal({6});
  const DropoutMask dropout = test_dropout(0.4, SeqLens({4}));
  // The gradient of a leaf, or of an op's result, that is used twice is the sum of both uses.
  const auto once = [&](const auto& op) {
    const Var a = Var::leaf(value), b = Var::leaf(value);
    backward(op(a, b), upstream);
    return add(a.grad(), b.grad()).value();
  };
  const auto twice = [&](const auto& op, bool leaf) {
    const Var a = Var::leaf(value), z = leaf ? a : reshape(a, {4, 6});
    backward(op(z, z), upstream);
    return a.grad();
  };
  const auto check = [&](const char* name, const auto& op) {
    for (bool leaf : {true, false}) EXPECT_EQ(joined(compare(name, twice(op, leaf), once(op), 1e-14)), "");
  };
  check("add", [](const Var& a, const Var& b) { return add(a, b); });
  check("sub", [](const Var& a, const Var& b) { return sub(a, b); });
  check("mul", [](const Var& a, const Var& b) { return mul(a, b); });
  check("div", [](const Var& a, const Var& b) { return div(a, b); });
  check("matmul", [&](const Var& a, const Var& b) { return matmul(matmul(a, b, false, true), value); });
  check("layer_norm", [&](const Var& a, const Var& b) {
    return dropout_residual_layer_norm(a, {}, b, gamma, beta, 1e-5, dropout);
  });
  check("concatenate", [](const Var& a, const Var& b) { return slice_rows(concatenate_rows({a, b}), 2, 6); });
}

TEST(Backward, UnusedBranchesGetNothing) {
  const Var x = Var::leaf(numbers({1, 2})), other = Var::leaf(numbers({1, 2}));
  const Var used = mul(x, x), unused = mul(used, other);
  backward(used, numbers({1, 1}));
  EXPECT_EQ(x.grad().to_vector<double>(), (std::vector<double>{2, 4}));
  EXPECT_EQ(other.grad().to_vector<double>(), (std::vector<double>{0, 0}));
  EXPECT_TRUE(unused.defined());
}

TEST(Backward, FromTheMiddleOfAGraph) {
  const Var x = Var::leaf(numbers({3}));
  const Var y = mul(x, x);
  const Var z = mul(y, y);
  backward(y);
  EXPECT_EQ(x.grad().item(), 6);
  EXPECT_NE(message([&] { backward(z); }).find("has been used already"), std::string::npos);
}

TEST(Backward, ASecondPassOverAGraphIsAnError) {
  const std::string used =
      "backward: this graph has been used already and what it saved is freed; run the forward pass again";
  const Var x = Var::leaf(numbers({3}));
  const Var y = mul(x, x), z = exp(y);
  backward(z);
  EXPECT_EQ(message([&] { backward(z); }), used);
  EXPECT_EQ(message([&] { backward(log(z)); }), used);  // an op on what is used up
  EXPECT_EQ(message([&] { backward(add(x, y)); }), used);
  backward(mul(x, x));  // the leaf is as good as new
}

// A pass that fails half-way must not leave what it gathered to the next.
TEST(Backward, AGraphWhosePassThrewIsUsedUp) {
  struct Fails final : Node {
    void backward(const Tensor& dy, GradSink& sink) override {
      launch(dy.device(), kernels::Copy{.x = dy, .out = sink.into(0)});
      throw Error("no more");
    }
  };
  Var x = Var::leaf(Tensor::full({3}, 1));
  const Var middle = exp(x);
  const Var end = record(std::make_shared<Fails>(), middle.value(), {middle});
  const Tensor ones = Tensor::full({3}, 1);
  EXPECT_THROW(backward(end, ones), Error);
  for (const Var& again : {end, middle}) {
    try {
      backward(again, ones);
      ADD_FAILURE() << "accepted";
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), testing::HasSubstr("used already"));
    }
  }
  EXPECT_EQ(x.grad().to_vector<float>(), std::vector<float>(3, 0));
}

TEST(Backward, UpstreamMustFit) {
  const Var x = Var::leaf(numbers({3, 4}));
  EXPECT_EQ(message([&] { backward(mul(x, x)); }),
            "backward: a result of shape [2] needs an upstream gradient");
  EXPECT_EQ(message([&] { backward(mul(x, x), numbers({1})); }),
            "backward: the upstream gradient is f64 [1] on cpu, the result f64 [2] on cpu");
  EXPECT_EQ(message([&] { backward(mul(x, x), Tensor::zeros({2})); }),
            "backward: the upstream gradient is f32 [2] on cpu, the result f64 [2] on cpu");
}

TEST(Backward, TheUpstreamTensorIsNotTouched) {
  const Var x = Var::leaf(numbers({3, 4}));
  const Tensor upstream = numbers({1, 2});
  const Var y = mul(x, x);
  backward(y, upstream);
  EXPECT_EQ(upstream.to_vector<double>(), (std::vector<double>{1, 2}));
}

TEST(Backward, NeedsSomethingToDifferentiate) {
  const std::string nothing = "backward: the result does not depend on anything that requires a gradient";
  const Var x = Var::leaf(numbers({1}));
  EXPECT_EQ(message([&] { backward(Var(numbers({1}))); }), nothing);
  EXPECT_EQ(message([&] { backward(Var{}); }), nothing);
  EXPECT_EQ(message([&] { backward(x); }), nothing);
  EXPECT_EQ(message([&] {
              const NoGrad no_grad;
              backward(mul(x, x));
            }),
            nothing);
}

// The gradients of leaves add up over batches until somebody zeroes them.
TEST(Backward, LeavesAccumulate) {
  const Var x = Var::leaf(numbers({3}));
  for (int i = 0; i < 3; ++i) backward(mul(x, x));
  EXPECT_EQ(x.grad().item(), 18);
}

// Tensors that a graph saved are freed by backward, and by dropping it: the same memory serves again.
// A stale gradient is overwritten by the first contribution, and added to by later ones.
TEST(Backward, OverwritesWhatIsStale) {
  const Var x = Var::leaf(numbers({3, -2})), twice = Var::leaf(numbers({5, 7})),
            unused = Var::leaf(numbers({1, 1}));
  for (const Var& leaf : {x, twice, unused}) {
    leaf.grad().copy_from(numbers({1000, 1000}));
    gradient_of(leaf).discard();
  }
  const Var three = Var(numbers({3, 3}));
  for (double so_far : {3, 6}) {
    backward(mul(x, three), numbers({1, 10}));
    EXPECT_EQ(gradient_of(x).content(), Content::all);
    EXPECT_EQ(x.grad().to_vector<double>(), (std::vector<double>{so_far, 10 * so_far}));
  }
  backward(mul(twice, twice), numbers({1, 1}));
  EXPECT_EQ(twice.grad().to_vector<double>(), (std::vector<double>{10, 14}));
  EXPECT_EQ(gradient_of(unused).content(), Content::stale);
  EXPECT_EQ(unused.grad().to_vector<double>(), (std::vector<double>{0, 0}));
  EXPECT_EQ(gradient_of(unused).content(), Content::all);
  EXPECT_THROW(gradient_of(Var(numbers({1}))), Error);
}

// Nobody knows whether parts of a leaf cover it, so what they leave is zero. They may be older than the
// staleness.
TEST(Backward, PartsOfWhatIsStale) {
  for (const bool before : {false, true}) {
    const Var x = Var::leaf(numbers({3, -2, 4}));
    x.grad().copy_from(numbers({1000, 1000, 1000}));
    if (!before) gradient_of(x).discard();
    const Var first = x.rows(0, 1), second = x.rows(1, 3).rows(0, 1);
    if (before) gradient_of(x).discard();
    backward(mul(first, Var(numbers({3}))), numbers({1}));
    backward(mul(second, Var(numbers({4}))), numbers({1}));
    EXPECT_EQ(x.grad().to_vector<double>(), (std::vector<double>{3, 4, 0})) << before;
  }
}

// Tables of one op that are parts of one leaf, or it and its part: both add to the rows that they share.
TEST(Backward, TablesThatShareMemory) {
  const auto index = [](std::vector<int32_t> entries) { return Tensor::from(entries, {2}); };
  const Tensor upstream = Tensor::from(std::vector<double>{1, 10}, {2, 1});
  for (const bool stale : {false, true}) {
    for (const bool with_whole : {false, true}) {
      const Var table = Var::leaf(Tensor::full({4, 1}, 1, Dtype::f64));
      table.grad().copy_from(Tensor::full({4, 1}, stale ? 1000 : 0, Dtype::f64));
      if (stale) gradient_of(table).discard();
      const Var part = table.rows(1, 4), other = with_whole ? table : table.rows(0, 3);
      if (stale) gradient_of(table).discard();
      backward(embedding_sum({other, part}, {index({1, 2}), index({1, 2})}), upstream);
      EXPECT_EQ(table.grad().to_vector<double>(), (std::vector<double>{0, 1, 11, 10})) << stale << with_whole;
    }
  }
}

TEST(Backward, MemoryThatIsGivenIsNotStale) {
  const Var x = Var::leaf(numbers({3}));
  x.grad();
  gradient_of(x).discard();
  Var(x).set_grad(numbers({5}));
  backward(mul(x, Var(numbers({2}))), numbers({1}));
  EXPECT_EQ(x.grad().to_vector<double>(), std::vector<double>{7});
}

TEST(Backward, FreesWhatOpsSaved) {
  const Var x = Var::leaf(Tensor::full({1000, 100}, 0.5));
  std::weak_ptr<Node> node;
  const Var y = sum(exp(x));
  node = y.slot()->producer;
  EXPECT_FALSE(node.expired());
  backward(y);
  EXPECT_TRUE(node.expired());
  {
    const Var dropped = sum(exp(x));
    node = dropped.slot()->producer;
  }
  EXPECT_TRUE(node.expired());
}

// A sum over a whole epoch, say: neither the pass nor letting go may recurse.
TEST(Backward, LongChains) {
  const Var x = Var::leaf(numbers({1}));
  const auto chain = [&] {
    Var y = x;
    for (int i = 0; i < 200000; ++i) y = add(y, x);
    return y;
  };
  backward(chain());
  EXPECT_EQ(x.grad().item(), 200001);
  chain();
}

// An op without a backward pass says so when it is called.
TEST(Backward, OpsWithoutOneRefuseInputsThatNeedIt) {
  const Var x = Var::leaf(numbers({1})), constant = numbers({1});
  EXPECT_EQ(message([&] {
              refuse_gradients("argmax", {constant, x});
            }),
            "argmax: has no backward pass, but an input requires a gradient (detach() it, or use NoGrad)");
  EXPECT_NO_THROW(refuse_gradients("argmax", {constant, x.detach()}));
  const NoGrad no_grad;
  EXPECT_NO_THROW(refuse_gradients("argmax", {x}));
}

}  // namespace
}  // namespace hone::test
