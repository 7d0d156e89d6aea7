// Products of few rows by our kernel against the CPU's.
#include "cuda/small_product.h"

#include <span>

#include "core/kernels/gemm.h"
#include "cuda/stream.h"
#include "tests/cuda/compare_devices.h"

namespace hone::test {
namespace {

struct Size {
  int64_t m, n, k;
};
// One and primes, a warp's 4 rows, a block's 32 rows and 8 columns, its 256 or 128 of k, and one more or less
// of each.
constexpr Size kSizes[] = {{1, 1, 32},   {1, 9, 37},   {2, 2, 768},  {4, 8, 256},  {5, 7, 257},
                           {31, 16, 64}, {32, 2, 127}, {33, 17, 97}, {64, 3, 129}, {63, 40, 513}};

// The operands of a product, and the product itself on any device.
struct Problem {
  Problem(Size size, Dtype dtype, bool transpose_b_in)
      : a(Numbers(1).normal({size.m, size.k}).to(dtype)),
        b(Numbers(2).normal(transpose_b_in ? Shape{size.n, size.k} : Shape{size.k, size.n}).to(dtype)),
        bias(Numbers(3).normal({size.n}).to(acc_of(dtype))),
        transpose_b(transpose_b_in) {}

  // On a device it is our kernel's, or a failure.
  void compute(Device device, GradOut out, Frame frame, bool with_bias) const {
    const Framed framed_a(a, device, frame), framed_b(b, device, frame);
    const Tensor offset = bias.to(device);
    const Gemm product{framed_a, framed_b, with_bias ? View(offset) : View{}, out, false, transpose_b};
    if (device.is_cpu()) return launch(device, product);
    product.check();
    EXPECT_TRUE(small_product(cuda_stream(device), product));
  }

  Tensor a, b, bias;
  bool transpose_b;
};

// In bf16 it takes wide ones alone.
constexpr Size kWideSizes[] = {{9, 1025, 257}, {1, 1030, 70}};

TEST(CudaSmallProduct, AgreesWithTheCpu) {
  for (Dtype dtype : kTypes) {
    for (const Size& size : dtype == Dtype::bf16 ? std::span<const Size>(kWideSizes) : std::span<const Size>(kSizes)) {
      for (bool transpose_b : {false, true}) {
        const Problem problem(size, dtype, transpose_b);
        for (bool with_bias : {false, true}) {
          const std::string what = std::string(transpose_b ? "b^T" : "b") + (with_bias ? " + bias" : "") +
                                   " k " + std::to_string(size.k);
          compare_outputs(
              what, dtype, {size.m, size.n},
              [&](Device device, GradOut out, Frame frame) {
                problem.compute(device, out, frame, with_bias);
              },
              size.k);
        }
      }
    }
  }
}

// Neither how a and b lie nor how many rows there are changes a bit of a row.
TEST(CudaSmallProduct, GivesTheSameBitsWhereverItsOperandsLie) {
  for (bool transpose_b : {false, true}) {
    const Problem problem({33, 16, 300}, Dtype::f32, transpose_b);
    Tensor first;
    for (const Frame frame : kFrames) {
      const Tensor c = Tensor::empty({33, 16}, Dtype::f32, cuda_device());
      problem.compute(cuda_device(), {c, 0}, frame, true);
      if (!first.defined()) first = c.to(Device{});
      EXPECT_EQ(joined(compare_bits("frame", c.to(Device{}), first)), "");
    }
    Problem one_row = problem;
    one_row.a = problem.a.slice(32, 33);
    const Tensor c = Tensor::empty({1, 16}, Dtype::f32, cuda_device());
    one_row.compute(cuda_device(), {c, 0}, kFrames[0], true);
    EXPECT_EQ(joined(compare_bits("a row", c.to(Device{}), first.slice(32, 33))), "");
  }
}

// The launcher of all products hands it what it takes.
TEST(CudaSmallProduct, IsPartOfTheProduct) {
  const auto through = [&](const Problem& problem, bool directly) {
    const Tensor c = Tensor::empty({problem.a.shape().rows(), problem.b.shape().rows()}, problem.a.dtype(), cuda_device());
    if (directly) {
      problem.compute(cuda_device(), {c, 0}, kFrames[0], true);
    } else {
      const Tensor a = problem.a.to(cuda_device()), b = problem.b.to(cuda_device()),
                   bias = problem.bias.to(cuda_device());
      launch(cuda_device(), Gemm{a, b, bias, {c, 0}, false, true});
    }
    return c.to(Device{});
  };
  for (const Problem& problem : {Problem({32, 19, 70}, Dtype::f32, true), Problem({3, 1024, 40}, Dtype::bf16, true)})
    EXPECT_EQ(joined(compare_bits("product", through(problem, false), through(problem, true))), "");
}

TEST(CudaSmallProduct, LeavesOtherProductsAlone) {
  const auto taken = [](Size size, Dtype dtype, bool transpose_a = false) {
    const Shape a_shape = transpose_a ? Shape{size.k, size.m} : Shape{size.m, size.k};
    const Tensor a = Tensor::full(a_shape, 1, dtype).to(cuda_device()),
                 b = Tensor::full({size.k, size.n}, 1, dtype).to(cuda_device()),
                 c = Tensor::full({size.m, size.n}, 2, dtype).to(cuda_device());
    const bool computed = small_product(cuda_stream(cuda_device()), Gemm{a, b, {}, {c, 0}, transpose_a});
    const double expected = computed ? static_cast<double>(size.k) : 2;
    EXPECT_EQ(doubles(c.to(Device{}))[0], expected);
    return computed;
  };
  EXPECT_TRUE(taken({64, 4, 32}, Dtype::f32));
  EXPECT_FALSE(taken({65, 4, 32}, Dtype::f32));    // rows
  EXPECT_FALSE(taken({2, 4, 31}, Dtype::f32));     // a short sum
  EXPECT_FALSE(taken({2, 4097, 32}, Dtype::f32));  // columns
  EXPECT_FALSE(taken({4, 4, 32}, Dtype::f32, true));
  EXPECT_TRUE(taken({4, 1024, 32}, Dtype::bf16));
  EXPECT_FALSE(taken({4, 1023, 32}, Dtype::bf16));
}

}  // namespace
}  // namespace hone::test
