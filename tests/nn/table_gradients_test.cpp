// Tests that an optimizer does not read the gradients of table rows that no token named, and gives the bits
// of one that reads everything.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <memory>

#include <hone/autograd/ops/elementwise.h>
#include <hone/autograd/ops/embedding.h>
#include <hone/autograd/ops/matmul.h>
#include <hone/autograd/ops/reduce.h>
#include <hone/core/error.h>
#include <hone/nn/layers.h>
#include <hone/nn/optim/adamw.h>
#include <hone/nn/optim/sgd.h>
#include "autograd/node.h"
#include "tests/cuda/emulated_device.h"
#include "tests/support/op_case.h"
#include "tests/support/tolerance.h"

namespace hone::test {
namespace {

constexpr int64_t kRows = 62;

struct Net : Module {
  // A net with one parameter of this kind: a table has marks, a vector of the same shape has none.
  Net(Dtype dtype, ParameterKind kind, int64_t columns, Device device)
      : Module(dtype),
        words(add_parameter("words", {kRows, columns}, Initialiser::normal(0.5), kind)),
        out(*this, "out", columns, columns) {
    initialise(3);
    Module::to(device);
  }
  Parameter& words;
  Linear out;
};

Tensor ids_of_step(int step, Device device) {
  const std::vector<std::vector<int32_t>> ids{
      {1, 7, 7, 20}, {2, 7, 60}, {20, 20, 33, 3, 1}, {2, 8}, {1, 1, 1}};
  const auto& own = ids.at(static_cast<size_t>(step) % ids.size());
  return Tensor::from(own, {static_cast<int64_t>(own.size())}).to(device);
}

using Forward = std::function<Var(Net&, int step)>;

Var named_rows(Net& net, int step) {
  const Var x = embedding(net.words.var(), ids_of_step(step, net.words.value().device()), 3);
  return net.out(x);
}

Var of_row(Net& net, int32_t row) {
  return sum(embedding(net.words.var(),
                       Tensor::from(std::vector<int32_t>{row}, {1}).to(net.words.value().device())));
}

// An optimizer whose update follows marks.
enum class Method { adamw, sgd, sgd_with_momentum };

std::unique_ptr<Optimizer> make_optimizer(Method method, const std::vector<ParameterGroup>& groups) {
  if (method == Method::adamw)
    return std::make_unique<AdamW>(groups, AdamSettings{.form = AdamForm::hf, .eps = 1e-6, .clip_norm = 0.1});
  const double momentum = method == Method::sgd ? 0 : 0.9;
  return std::make_unique<SGD>(groups, SgdSettings{momentum, momentum > 0, 0.1});
}

struct Run {
  Method method;
  Dtype dtype;
  int64_t columns;
  double decay;
  bool interrupted = false;  // resumed from a checkpoint
};

// Returns values and moments after some steps of two micro-batches each; the loss of one step is not finite.
std::vector<double> train(Device device, ParameterKind kind, const Run& run, const Forward& forward) {
  Net net(run.dtype, kind, run.columns, device);
  const std::vector<ParameterGroup> groups{{{&net.words, &net.out.weight, &net.out.bias}, run.decay}};
  auto optimizer = make_optimizer(run.method, groups);
  for (int step = 0; step < 6; ++step) {
    for (const int part : {0, 1}) {
      const Var y = forward(net, step + part);
      backward(mean(mul(y, y)));
    }
    optimizer->step(Tensor::full({1}, step == 2 ? NAN : 1, run.dtype, device), 0.1);
    if (!run.interrupted || step != 3) continue;
    auto other = make_optimizer(run.method, groups);
    auto to = other->state();
    for (size_t i = 0; const auto& from : optimizer->state()) to[i++].values.copy_from(from.values);
    other->resume_at(optimizer->steps());
    optimizer = std::move(other);
  }
  EXPECT_EQ(optimizer->steps(), 5);
  std::vector<double> all;
  std::vector<Tensor> tensors{optimizer->values(), optimizer->gradients()};
  for (const auto& state : optimizer->state()) tensors.push_back(state.values);
  for (const Tensor& x : tensors) {
    const auto numbers = doubles(x.to(Device{}));
    all.insert(all.end(), numbers.begin(), numbers.end());
  }
  return all;
}

void expect_the_same_bits(Method method, const std::string& what, const Forward& forward) {
  for (const Device device : devices_there()) {
    for (const Dtype dtype : {Dtype::f32, Dtype::f64}) {
      for (const int64_t columns : {24, 128, 131}) {
        for (const double decay : {0.0, 0.1}) {
          Run run{method, dtype, columns, decay};
          const auto expected = train(device, ParameterKind::vector, run, forward);
          for (const bool interrupted : {false, true}) {
            run.interrupted = interrupted;
            const auto actual = train(device, ParameterKind::table, run, forward);
            EXPECT_EQ(actual, expected) << what << " on " << to_string(device) << ' ' << name_of(dtype) << ' '
                                        << columns << " decay " << decay;
          }
        }
      }
    }
  }
}

void expect_the_same_bits(const std::string& what, const Forward& forward) {
  expect_the_same_bits(Method::adamw, what, forward);
}

TEST(TableGradients, OfNamedRowsAlone) {
  for (const Method method : {Method::adamw, Method::sgd, Method::sgd_with_momentum})
    expect_the_same_bits(method, "named rows", named_rows);
}

// A table that is also used as a matrix, as the word embeddings are where a model predicts words: rows that
// no token named have a gradient.
TEST(TableGradients, OfATableThatIsAlsoAMatrix) {
  expect_the_same_bits("tied", [](Net& net, int step) {
    const Var x = named_rows(net, step);
    return step % 2 == 0 ? x : matmul(x, net.words.var(), false, true);
  });
}

TEST(TableGradients, OfPartsOfATable) {
  expect_the_same_bits("rows of a part", [](Net& net, int step) {
    return net.out(embedding(net.words.var().rows(1, 62), ids_of_step(step, net.words.value().device())));
  });
  expect_the_same_bits("a part",
                       [](Net& net, int step) { return net.out(net.words.var().rows(step, step + 9)); });
}

TEST(TableGradients, WrittenByHand) {
  expect_the_same_bits("by hand", [](Net& net, int step) {
    Tensor row = net.words.var().grad().slice(step, step + 1);
    row.copy_from(Numbers(static_cast<uint64_t>(step)).normal(row.shape()).to(row.dtype()));
    return named_rows(net, step);
  });
}

// Rows that no token named are not read: a gradient written there behind the optimizer's back has no effect
// until the table's gradient is asked for anew.
TEST(TableGradients, AreNotReadWhereNoTokenNamedARow) {
  for (const Device device : devices_there()) {
    Net net(Dtype::f32, ParameterKind::table, 128, device);
    AdamW optimizer(decay_groups(net, 0), {});
    const Tensor kept = net.words.var().grad();
    optimizer.step(Tensor::full({1}, 1, Dtype::f32, device),
                   0.1);  // no token named a row: all gradients are known to be 0
    kept.slice(5, 6).copy_from(Tensor::full({1, 128}, 2));
    kept.slice(7, 8).copy_from(Tensor::full({1, 128}, 3));
    backward(of_row(net, 7));
    EXPECT_NEAR(optimizer.step(Tensor::full({1}, 1, Dtype::f32, device), 0.1).grad_norm,
                std::sqrt(128 * 16.0), 1e-9);
    EXPECT_EQ(doubles(kept.slice(5, 6).to(Device{})), std::vector<double>(128, 2)) << to_string(device);
    EXPECT_EQ(doubles(kept.slice(7, 8).to(Device{})), std::vector<double>(128, 0)) << to_string(device);
    // A gradient that was asked for anew may have been written to anywhere.
    EXPECT_EQ(net.words.var().grad().view().data, kept.view().data);
    EXPECT_NEAR(optimizer.step(Tensor::full({1}, 1, Dtype::f32, device), 0.1).grad_norm, std::sqrt(128 * 4.0),
                1e-9);
  }
}

// Gradients gathered before a checkpoint is loaded are kept, and so is a gradient given to a frozen table.
TEST(TableGradients, AreNotForgotten) {
  for (const Device device : devices_there()) {
    Net net(Dtype::f32, ParameterKind::table, 128, device);
    AdamW optimizer(decay_groups(net, 0), {});
    const Tensor loss = Tensor::full({1}, 1, Dtype::f32, device);
    const auto norm = [&] { return optimizer.step(loss, 0.1).grad_norm; };
    backward(of_row(net, 7));
    EXPECT_NEAR(norm(), std::sqrt(128.0), 1e-9);
    backward(of_row(net, 9));
    optimizer.resume_at(1);
    EXPECT_NEAR(norm(), std::sqrt(128.0), 1e-9) << to_string(device);
    EXPECT_EQ(norm(), 0);
    net.words.set_requires_grad(false);
    const Tensor all = optimizer.gradients();
    all.slice(all.elements() - 256, all.elements() - 128)
        .copy_from(Tensor::full({128}, 2));  // the last word: `out`'s bias is behind it
    net.words.set_requires_grad(true);
    EXPECT_NEAR(norm(), std::sqrt(128 * 4.0), 1e-9) << to_string(device);
  }
}

// The optimizer refuses a table whose gradient no longer has the optimizer's marks: it would not learn.
TEST(TableGradients, MustBeTheOptimizers) {
  Net net(Dtype::f32, ParameterKind::table, 128, {});
  AdamW optimizer(decay_groups(net, 0), {});
  optimizer.step(Tensor::full({1}, 1), 0.1);
  Var(net.words.var()).set_grad(net.words.grad());
  EXPECT_THROW(optimizer.step(Tensor::full({1}, 1), 0.1), Error);
  EXPECT_THROW(
      leaf_gradient("test", net.words.var()).live_in(net.words.grad(), Tensor::zeros({3}, Dtype::i32)),
      Error);
}

}  // namespace
}  // namespace hone::test
