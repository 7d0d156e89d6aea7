// Tests of copies, transposes and dropout on the device against the CPU's, bit for bit.
#include "core/kernels/copy.h"

#include "core/kernels/dropout.h"
#include "tests/cuda/compare_devices.h"

namespace hone::test {
namespace {

const Shape kShapes[] = {{0, 5}, {5, 0}, {1, 1}, {7, 64}, {33, 257}};

TEST(CudaCopy, ConvertsAndScales) {
  for (Dtype from : kTypes) {
    for (Dtype to : kTypes) {
      for (const Shape& shape : kShapes) {
        const Tensor x = Numbers(1).normal(shape).to(from);
        compare_outputs(
            std::string("copy ") + name_of(from), to, shape, [&](Device device, GradOut out, Frame frame) {
              launch(device, kernels::Copy{.x = Framed(x, device, frame), .out = out, .scale = 0.375});
            });
      }
    }
  }
}

TEST(CudaCopy, TakesIntegers) {
  const Tensor x = Tensor::from(std::vector<int32_t>{1, -2, 1 << 30, 4, 5}, {5});
  const Tensor y = Tensor::zeros({5}, Dtype::i32, cuda_device());
  launch(cuda_device(), kernels::Copy{.x = x.to(cuda_device()), .out = {.view = y}});
  EXPECT_EQ(y.to(Device{}).to_vector<int32_t>(), x.to_vector<int32_t>());
}

TEST(CudaTranspose, AgreesWithTheCpu) {
  for (Dtype dtype : kTypes) {
    for (const Shape& shape : kShapes) {
      const Tensor x = Numbers(1).normal(shape).to(dtype);
      compare_outputs("transpose", dtype, {shape[1], shape[0]}, [&](Device device, GradOut out, Frame frame) {
        launch(device, kernels::Transpose{.x = Framed(x, device, frame), .y = out});
      });
    }
  }
}

TEST(CudaDropout, HasTheCpusMasks) {
  const SeqLens lens({0, 3, 1, 0, 17, 5, 0});
  for (Dtype dtype : kTypes) {
    for (int64_t columns : {0, 1, 7, 64, 203}) {
      const Tensor x = Numbers(1).away_from_zero({26, columns}).to(dtype);
      for (double p : {0.0, 0.1, 0.9}) {
        compare_outputs("dropout", dtype, x.shape(), [&](Device device, GradOut out, Frame frame) {
          DropoutMask dropout = test_dropout(p, lens);
          dropout.state = dropout.state.to(device);
          launch(device, kernels::Dropout{.x = Framed(x, device, frame), .dropout = dropout, .out = out});
        });
      }
    }
  }
}

// Dropout keeps and drops the same elements on both devices, to the bit: nothing here is rounded.
TEST(CudaDropout, IsTheSameToTheBit) {
  const SeqLens lens({40, 1, 23});
  const Tensor x = Tensor::full({64, 100}, 1), here = Tensor::empty({64, 100}),
               there = Tensor::empty({64, 100}, Dtype::f32, cuda_device());
  DropoutMask dropout = test_dropout(0.1, lens);
  launch({}, kernels::Dropout{.x = x, .dropout = dropout, .out = {.view = here}});
  dropout.state = dropout.state.to(cuda_device());
  launch(cuda_device(),
         kernels::Dropout{.x = x.to(cuda_device()), .dropout = dropout, .out = {.view = there}});
  EXPECT_EQ(joined(compare_bits("masks", there.to(Device{}), here)), "");
}

}  // namespace
}  // namespace hone::test
