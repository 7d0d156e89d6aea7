// Side work: done by the time of the join, on memory that nobody else was given meanwhile; and gradients that are gathered so.
// The emulated device does it at the join, as late as a GPU may.
#include "core/side_work.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "autograd/node.h"
#include "autograd/ops/elementwise.h"
#include "autograd/ops/feed_forward.h"
#include "autograd/ops/matmul.h"
#include "core/error.h"
#include "core/kernels/copy.h"
#include "core/profile.h"
#include "core/tensor.h"
#include "tests/cuda/emulated_device.h"
#include "tests/support/op_case.h"
#include "tests/support/tolerance.h"

namespace hone::test {
namespace {

const Device kDevice = cuda_device();

Tensor on_device(const std::vector<float>& values) {
  return Tensor::from(values, {static_cast<int64_t>(values.size())}).to(kDevice);
}

std::vector<float> values_of(const Tensor& x) { return x.to(Device{}).to_vector<float>(); }

// HONE_CUDA_ARENA=0 leaves the choice of places to CUDA.
bool chooses_places() {
  const char* const value = std::getenv("HONE_CUDA_ARENA");
  return value == nullptr || std::string_view(value) != "0";
}

// While one lives, side work is done in its turn.
struct OneStream {
  OneStream() { setenv("HONE_CUDA_SIDE_STREAM", "0", 1); }
  ~OneStream() { unsetenv("HONE_CUDA_SIDE_STREAM"); }
};

// Copies x beside what follows, then frees it.
void copy_beside(Tensor x, const Tensor& to) {
  const SideWork side(kDevice);
  launch(kDevice, Copy{x, {to, 0}});
}

TEST(SideWork, KeepsTheMemoryThatItUses) {
  const Tensor y = on_device({0, 0});
  Tensor x = on_device({1, 2});
  const void* const place = x.view().data;
  copy_beside(std::move(x), y);
  const Tensor other = Tensor::full({2}, 7, Dtype::f32, kDevice);
  EXPECT_NE(other.view().data, place) << "free before the join";
  join_side_work(kDevice);
  EXPECT_EQ(values_of(y), (std::vector<float>{1, 2}));
  if (!chooses_places()) return;
  EXPECT_EQ(Tensor::empty({2}, Dtype::f32, kDevice).view().data, place) << "lost";
}

TEST(SideWork, KeepsNothingInOneStream) {
  const OneStream one;
  const Tensor y = on_device({0, 0});
  Tensor x = on_device({1, 2});
  const void* const place = x.view().data;
  copy_beside(std::move(x), y);
  const Tensor other = Tensor::full({2}, 7, Dtype::f32, kDevice);
  EXPECT_EQ(values_of(y), (std::vector<float>{1, 2})) << "without a join";
  if (!chooses_places()) return;
  EXPECT_EQ(other.view().data, place);
}

// A profile has a time for each kernel, so one must end before the next begins.
TEST(SideWork, IsDoneInItsTurnUnderAProfile) {
  const Tensor y = on_device({0, 0});
  set_profiling(true);
  copy_beside(on_device({1, 2}), y);
  set_profiling(false);
  EXPECT_EQ(values_of(y), (std::vector<float>{1, 2})) << "without a join";
}

TEST(SideWork, IsPartOfARecording) {
  const Tensor from = on_device({1, 2}), y = on_device({0, 0});
  const auto recording = runtime_of(kDevice).record([&] {
    Tensor x = Tensor::empty({2}, Dtype::f32, kDevice);
    launch(kDevice, Copy{from, {x, 0}});
    copy_beside(std::move(x), y);
    const Tensor other = Tensor::zeros({2}, Dtype::f32, kDevice);
    join_side_work(kDevice);
  });
  recording->replay();
  Tensor(from).copy_from(on_device({3, 4}));
  EXPECT_EQ(values_of(y), (std::vector<float>{1, 2}));
  recording->replay();
  EXPECT_EQ(values_of(y), (std::vector<float>{3, 4}));
}

TEST(SideWork, RefusesCopiesFromAndToTheHost) {
  const Tensor x = on_device({1, 2});
  std::string message;
  try {
    const SideWork side(kDevice);
    values_of(x);
  } catch (const Error& error) {
    message = error.what();
  }
  EXPECT_EQ(message, "side work: a copy from or to the host");
  join_side_work(kDevice);
  EXPECT_EQ(values_of(x), (std::vector<float>{1, 2}));
}

// The gradients of the leaves that `op` is given, which are of these shapes. They overwrite what was there.
std::vector<Tensor> gradients(Device device, const std::vector<Shape>& shapes,
                              const std::function<Var(const std::vector<Var>&)>& op) {
  std::vector<Var> leaves;
  for (const Shape& shape : shapes)
    leaves.push_back(Var::leaf(Numbers(leaves.size()).normal(shape).to(Dtype::f32).to(device)));
  for (Var& leaf : leaves) {
    leaf.set_grad(Tensor::full(leaf.shape(), 100, Dtype::f32, device));
    leaf.set_grad_stale();
  }
  const Var y = op(leaves);
  backward(y, Numbers(9).normal(y.shape()).to(Dtype::f32).to(device));
  std::vector<Tensor> out;
  for (const Var& leaf : leaves) out.push_back(leaf.grad().to(Device{}));
  return out;
}

// The device may multiply in another order: sums of at most `rows` numbers, a dozen of them one after the other. Whether side
// work is done as late as may be or in its turn changes no bit.
void expect_the_cpus(const std::vector<Shape>& shapes, const std::function<Var(const std::vector<Var>&)>& op,
                     int64_t rows = 21) {
  const auto expected = gradients({}, shapes, op), actual = gradients(kDevice, shapes, op);
  const OneStream one;
  const auto in_turn = gradients(kDevice, shapes, op);
  for (size_t i = 0; i < expected.size(); ++i) {
    const std::string leaf = "leaf " + std::to_string(i);
    EXPECT_EQ(joined(compare(leaf, actual[i], expected[i],
                             rounding_bound(Dtype::f32, 12 * rows, largest(expected[i])))),
              "");
    EXPECT_EQ(joined(compare_bits(leaf, actual[i], in_turn[i])), "");
  }
}

TEST(SideWork, GathersGradientsOfLayers) {
  expect_the_cpus({{21, 5}, {7, 5}, {7}, {13, 7}, {13}, {7, 13}}, [](const std::vector<Var>& v) {
    Var x = linear(v[0], v[1], v[2]);
    for (int layer = 0; layer < 3; ++layer) x = add(x, feed_forward(UnaryKind::tanh, tanh(x), v[3], v[4], v[5]));
    return x;
  });
}

// A sum over so many rows takes memory for its parts, in the second stream.
TEST(SideWork, TakesMemoryOfItsOwn) {
  expect_the_cpus({{9001, 3}, {2, 3}, {2}}, [](const std::vector<Var>& v) { return linear(v[0], v[1], v[2]); }, 9001);
}

// From one op with side work to the next, no longer.
TEST(SideWork, HoldsMemoryBackForAWhile) {
  const Var w = Var::leaf(Tensor::full({128, 128}, 0.01, Dtype::f32, kDevice));
  Var x = Tensor::full({512, 128}, 1, Dtype::f32, kDevice);
  for (int layer = 0; layer < 40; ++layer) x = linear(x, w, {});
  const size_t before = runtime_of(kDevice).peak();
  backward(x, x.value());
  EXPECT_LT(runtime_of(kDevice).peak() - before, 8 * 512 * 128 * sizeof(float)) << "of 40 gradients";
}

// Whoever looks at a gradient in the middle of a pass sees what has been gathered.
struct LookingNode final : Node {
  Var leaf;
  std::vector<float> seen;
  void backward(const Tensor&, GradSink&) override { seen = values_of(leaf.grad()); }
};

TEST(SideWork, IsDoneWhenAGradientIsLookedAt) {
  const Var w = Var::leaf(on_device({2, 3}).reshape({1, 2}));
  const Tensor x = on_device({1, 1}).reshape({1, 2});
  auto node = std::make_shared<LookingNode>();
  node->leaf = w;
  backward(linear(record(node, x, {Var::leaf(x)}), w, {}));
  EXPECT_EQ(node->seen, (std::vector<float>{1, 1}));
}

// A weight that others than products read too: their contributions wait for each other. And parts of one.
TEST(SideWork, TakesTurnsWithOtherContributions) {
  expect_the_cpus({{6, 6}, {6, 6}}, [](const std::vector<Var>& v) {
    Var x = v[0];
    for (int i = 0; i < 3; ++i) x = linear(mul(x, v[1]), v[1], {});
    return x;
  });
  expect_the_cpus({{6, 6}, {12, 6}}, [](const std::vector<Var>& v) {
    Var x = v[0];
    for (int i = 0; i < 3; ++i) x = linear(mul(x, v[1].rows(3, 9)), v[1].rows(6, 12), {});
    return x;
  });
}

struct ThrowingNode final : Node {
  void backward(const Tensor&, GradSink&) override { throw Error("no more"); }
};

TEST(SideWork, EndsWithAPassThatThrows) {
  const Var w = Var::leaf(on_device({2, 3}).reshape({1, 2}));
  const Tensor x = on_device({1, 1}).reshape({1, 2});
  const Var between = record(std::make_shared<ThrowingNode>(), x, {Var::leaf(x)});
  EXPECT_THROW(backward(linear(between, w, {})), Error);
  EXPECT_EQ(values_of(w.grad()), (std::vector<float>{1, 1}));
  if (!chooses_places()) return;
  const void* place = nullptr;
  {
    const Tensor fresh = Tensor::empty({2}, Dtype::f32, kDevice);
    place = fresh.view().data;
  }
  EXPECT_EQ(Tensor::empty({2}, Dtype::f32, kDevice).view().data, place) << "memory is held back still";
}

}  // namespace
}  // namespace hone::test
