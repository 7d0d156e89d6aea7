// Tests of weights that stay packed: the same bits as weights packed for each product, for as long as their
// values are the same.
#include <gtest/gtest.h>

#include <algorithm>

#include <hone/nn/module.h>
#include "core/fixed_weights.h"
#include "core/kernels/adamw.h"
#include "core/kernels/gemm.h"
#include "cpu/isa.h"
#include "tests/support/op_case.h"
#include "tests/support/tolerance.h"

namespace hone::test {
namespace {

// x W^T, as a layer computes it from W [out, in], or x W.
Tensor product(const Tensor& x, const Tensor& w, bool transposed = true) {
  const int64_t columns = transposed ? w.shape()[0] : w.shape()[1];
  const Tensor y = Tensor::empty({x.shape()[0], columns}, x.dtype());
  launch({}, kernels::Gemm{.a = x, .b = w, .c = {.view = y.view()}, .transpose_b = transposed});
  return y;
}

Tensor some(uint64_t seed, Shape shape, Dtype dtype = Dtype::f32) {
  return Numbers(seed).normal(shape).to(dtype);
}

TEST(PackedWeights, GiveTheSameBitsOnEveryIsaAndForEveryPartOfAMatrix) {
  for (const Isa isa : kAllIsas) {
    if (!supports(isa)) continue;
    const ForceIsa force(isa);
    for (const Dtype dtype : {Dtype::f32, Dtype::f64, Dtype::bf16}) {
      const Tensor w = some(1, {70, 70}, dtype);
      const FixedWeights fixed({w});
      for (const auto& [begin, end] : {std::pair{0, 70}, {0, 1}, {23, 70}, {23, 60}}) {
        const Tensor rows = w.slice(begin, end), apart = rows.clone();
        for (const bool transposed : {true, false}) {
          for (const int64_t m : {1, 3, 40, 2}) {  // the last two reuse the second's packed weight
            const Tensor x = some(2, {m, transposed ? 70 : end - begin}, dtype);
            EXPECT_EQ(joined(compare_bits("y", product(x, rows, transposed), product(x, apart, transposed))),
                      "")
                << name_of(isa) << " " << name_of(dtype) << " rows " << begin << " to " << end << " m " << m;
          }
        }
      }
      EXPECT_GE(fixed.packed_bytes(), 8 * 70 * static_cast<size_t>(size_of(dtype)));
    }
  }
}

TEST(PackedWeights, AreKeptFromTheSecondUseOnAndOnlyWhileTheyArePromised) {
  const Tensor w = some(1, {5, 9}), other = some(2, {5, 9}), x = some(3, {2, 9});
  {
    const FixedWeights fixed({w});
    product(x, w);
    EXPECT_EQ(fixed.packed_bytes(), 0u);
    product(x, other);
    product(x, other);
    EXPECT_EQ(fixed.packed_bytes(), 0u);
    const Tensor before = product(x, w);
    EXPECT_GE(fixed.packed_bytes(), 5 * 9 * sizeof(float));
    // Values changed behind FixedWeights' back, against its promise: the old packed weight is used.
    std::ranges::copy(other.span<float>(), w.data<float>());
    EXPECT_EQ(joined(compare_bits("y", product(x, w), before)), "");
  }
  EXPECT_EQ(joined(compare_bits("y", product(x, w), product(x, other))), "");
}

TEST(PackedWeights, DependOnTheirOwnValuesAlone) {
  const Tensor all = some(1, {10, 9}), x = some(2, {2, 9});
  const Tensor first = all.slice(0, 5), second = all.slice(5, 10);  // as in an optimizer's flat buffer
  const FixedWeights of_first({first}), of_second({second});
  for (int use = 0; use < 2; ++use) {
    product(x, first);
    product(x, second);
  }
  Tensor(first).copy_from(some(3, {5, 9}));
  EXPECT_EQ(of_first.packed_bytes(), 0u);
  EXPECT_GT(of_second.packed_bytes(), 0u);
  for (const Tensor& w : {first, second})
    EXPECT_EQ(joined(compare_bits("y", product(x, w), product(x, w.clone()))), "");
}

// Every way of changing a parameter's value drops its packed weight.
TEST(PackedWeights, AreNeverUsedAfterTheirValuesChanged) {
  const auto expect_new = [](const auto& change) {
    Parameter parameter("w", {5, 9}, Initialiser::normal(1), ParameterKind::matrix, Dtype::f32, Dtype::f32);
    parameter.initialise(1, 0);
    const Tensor w = parameter.value(), x = some(3, {2, 9}), old = w.clone();
    const FixedWeights fixed({w});
    product(x, w);
    product(x, w);
    EXPECT_GT(fixed.packed_bytes(), 0u);
    change(parameter);
    const Tensor after = parameter.value();
    EXPECT_NE(joined(compare_bits("w", after, old)), "") << "nothing changed";
    for (int use = 0; use < 3; ++use)
      EXPECT_EQ(joined(compare_bits("y", product(x, after), product(x, after.clone()))), "") << use;
  };
  expect_new([](Parameter& p) {  // the optimizer
    const Tensor w = p.value(), g = Tensor::full({45}, 1), m = Tensor::zeros({45}), v = Tensor::zeros({45});
    const Tensor control = Tensor::from(std::vector<double>{0.1, 1}, {2});
    launch({},
           kernels::AdamW{
               .parts = {{.p = w.reshape({45}), .g = g, .m = m, .v = v, .control = control, .settings = {}}},
               .guard = control});
  });
  expect_new([](Parameter& p) { p.allocate().copy_from(some(7, {5, 9})); });  // a loader
  expect_new([](Parameter& p) { p.set_value(some(8, {5, 9})); });
  expect_new([](Parameter& p) { p.value().set_zero(); });
  expect_new([](Parameter& p) {
    std::ranges::fill(p.value().span<float>(), 0.5f);
    p.value().values_changed();
  });
}

// A parameter's shadow is what products read.
TEST(PackedWeights, FollowAShadow) {
  Parameter parameter("w", {5, 9}, Initialiser::normal(1), ParameterKind::matrix, Dtype::f32, Dtype::bf16);
  parameter.initialise(1, 0);
  parameter.update_shadow();
  const Tensor shadow = parameter.var().value(), x = some(3, {2, 9}, Dtype::bf16);
  const FixedWeights fixed({shadow});
  product(x, shadow);
  product(x, shadow);
  parameter.value().copy_from(some(7, {5, 9}));
  parameter.update_shadow();
  EXPECT_EQ(joined(compare_bits("y", product(x, shadow), product(x, shadow.clone()))), "");
}

}  // namespace
}  // namespace hone::test
