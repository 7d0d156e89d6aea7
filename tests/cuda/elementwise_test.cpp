// Tests of the elementwise kernels on the device against the CPU's, in every type, kind and thread order.
#include "core/kernels/elementwise.h"

#include "tests/cuda/compare_devices.h"

namespace hone::test {
namespace {

TEST(CudaElementwise, UnaryAgreesWithTheCpu) {
  for (Dtype dtype : kTypes) {
    for (int64_t n : {0, 1, 7, 256, 2051}) {
      const Tensor x = Numbers(1).uniform({n}, 0.1, 3).to(dtype), dy = Numbers(2).normal({n}).to(dtype);
      for (UnaryKind k : kUnaryKinds) {
        const std::string what = std::string(name_of(k)) + " " + name_of(dtype) + " " + std::to_string(n);
        const auto forward = [&](Device device) {
          const Tensor y = Tensor::empty({n}, dtype, device);
          launch(device, kernels::Unary{.kind = k, .x = x.to(device), .y = y});
          return y;
        };
        compare_devices(what, dtype, forward);
        for (bool add : {false, true}) {
          compare_devices(what + " backward", dtype, [&](Device device) {
            const Tensor dx = dy.clone().to(device);
            launch(device, kernels::UnaryBackward{.kind = k,
                                                  .x = x.to(device),
                                                  .y = forward(Device{}).to(device),
                                                  .dy = dy.to(device),
                                                  .dx = {.view = dx, .add = add}});
            return dx;
          });
        }
      }
    }
  }
}

// Tensors at addresses where no wide load or store may begin.
TEST(CudaElementwise, TakesMisalignedTensors) {
  const Tensor x = Numbers(1).normal({100}).to(Dtype::f32);
  compare_devices("misaligned", Dtype::f32, [&](Device device) {
    const Tensor y = Tensor::zeros({100}, Dtype::f32, device);
    launch(device,
           kernels::Unary{.kind = UnaryKind::tanh, .x = x.to(device).slice(1, 96), .y = y.slice(3, 98)});
    return y;
  });
}

TEST(CudaElementwise, BinaryBroadcastsLikeTheCpu) {
  const Shape shape{21, 19};
  for (Dtype dtype : kTypes) {
    const Tensor a = Numbers(1).normal(shape).to(dtype), before = Numbers(3).normal({21, 24}).to(dtype);
    for (const Shape& b_shape : {shape, Shape{19}, Shape{21, 1}, Shape{1}}) {
      const Tensor b = Numbers(2).away_from_zero(b_shape).to(dtype);
      for (BinaryKind kind : {BinaryKind::add, BinaryKind::sub, BinaryKind::mul, BinaryKind::div}) {
        for (bool add : {false, true}) {
          compare_devices(name_of(kind), dtype, [&](Device device) {
            const Tensor out = before.clone().to(device);
            launch(device, kernels::Binary{.kind = kind,
                                           .a = a.to(device),
                                           .b = b.to(device),
                                           .out = {.view = out.view().columns_between(3, 22), .add = add}});
            return out;
          });
        }
      }
    }
  }
}

TEST(CudaTensors, StayOnTheirDevice) {
  const Tensor x = Tensor::full({3}, 7, Dtype::f32, cuda_device());
  EXPECT_THROW(x.data<float>(), Error);
  EXPECT_THROW(launch(Device{}, kernels::Unary{.kind = UnaryKind::exp, .x = x, .y = x}), Error);
  EXPECT_THROW(launch(cuda_device(), kernels::Unary{.kind = UnaryKind::exp, .x = x, .y = Tensor::zeros({3})}),
               Error);
  EXPECT_EQ(x.to(Device{}).to_vector<float>(), (std::vector<float>{7, 7, 7}));
  EXPECT_EQ(x.slice(1, 2).item(), 7);
  EXPECT_EQ(x.to(Dtype::f64).device(), cuda_device());
  EXPECT_THROW(Tensor::empty({1}, Dtype::f32, {DeviceType::cuda, 1}), Error);
}

}  // namespace
}  // namespace hone::test
