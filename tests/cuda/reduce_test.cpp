// Tests of sums, maxima, softmax and cross-entropy on the device against the CPU's.
#include "core/kernels/reduce.h"

#include "core/kernels/cross_entropy.h"
#include "core/kernels/max.h"
#include "core/kernels/softmax.h"
#include "tests/cuda/compare_devices.h"

namespace hone::test {
namespace {

constexpr Dtype kMasters[] = {Dtype::f32, Dtype::f64};
constexpr Axis kKinds[] = {Axis::rows, Axis::columns, Axis::all};
const Shape kShapes[] = {{1, 1}, {7, 64}, {65, 257}, {523, 3}, {2, 1500}};

TEST(CudaSum, AgreesWithTheCpu) {
  for (Dtype dtype : kTypes) {
    for (const Shape& shape :
         {Shape{0, 5}, Shape{1, 1}, Shape{7, 64}, Shape{65, 257}, Shape{523, 3}, Shape{2, 1500}}) {
      const Tensor x = Numbers(1).normal(shape).to(dtype);
      for (Axis axis : kKinds) {
        for (Dtype out : {dtype, acc_of(dtype)}) {
          const auto kernel = [&](Device device, bool add) {
            const Tensor sum = Numbers(2).normal(reduced_shape(axis, shape)).to(out).to(device).clone();
            launch(device, kernels::Sum{.axis = axis,
                                        .x = Framed(x, device, kFrames[2]),
                                        .out = {.view = sum, .add = add},
                                        .scale = 0.75});
            return sum;
          };
          for (bool add : {false, true})
            compare_devices(
                label("sum", dtype, shape), out, [&](Device d) { return kernel(d, add); }, 30);
        }
      }
    }
  }
}

// Up to 4,096 rows are added at once, more by chunks.
TEST(CudaSum, AgreesWithTheCpuOverManyRows) {
  for (Dtype dtype : kTypes) {
    for (const Shape& shape : {Shape{4096, 3}, Shape{4097, 3}, Shape{9001, 33}}) {
      const Tensor x = Numbers(1).normal(shape).to(dtype);
      for (Axis axis : {Axis::rows, Axis::all}) {
        for (bool add : {false, true}) {
          const auto kernel = [&](Device device) {
            const Dtype out = acc_of(dtype);
            const Tensor sum = Numbers(2).normal(reduced_shape(axis, shape)).to(out).to(device).clone();
            launch(device, kernels::Sum{.axis = axis,
                                        .x = Framed(x, device, kFrames[2]),
                                        .out = {.view = sum, .add = add},
                                        .scale = 0.75});
            return sum;
          };
          compare_devices(label("sum", dtype, shape), acc_of(dtype), kernel, shape[0]);
        }
      }
    }
  }
}

TEST(CudaMax, AgreesWithTheCpu) {
  for (Dtype dtype : kMasters) {
    for (const Shape& shape : kShapes) {
      const Tensor x = Numbers(1).normal(shape).to(dtype);
      if (shape == Shape{65, 257}) {  // with equal elements and NaN
        launch({}, kernels::Copy{.x = x.slice(0, 20), .out = {.view = x.slice(40, 60)}});
        for (int64_t at : {17, 4001, 4002})
          launch({}, kernels::Copy{.x = Tensor::full({1}, NAN, dtype),
                                   .out = {.view = x.reshape({65 * 257}).slice(at, at + 1)}});
      }
      for (Axis axis : kKinds) {
        const Shape small = reduced_shape(axis, shape);
        Tensor index;
        compare_devices(label("max", dtype, shape), dtype, [&](Device device) {
          const Tensor y = Tensor::empty(small, dtype, device), at = Tensor::empty(small, Dtype::i32, device);
          launch(device, kernels::Max{.axis = axis, .x = x.to(device), .y = y, .index = at});
          if (device.is_cpu()) index = at;
          EXPECT_EQ(joined(compare_bits("index", at.to(Device{}), index)), "");
          return y;
        });
        for (bool add : {false, true}) {
          compare_devices(label("max backward", dtype, shape), dtype, [&](Device device) {
            const Tensor dx = Numbers(2).normal(shape).to(dtype).to(device).clone();
            launch(device, kernels::MaxBackward{.index = index.to(device),
                                                .dy = Numbers(3).normal(small).to(dtype).to(device),
                                                .dx = {.view = dx, .add = add}});
            return dx;
          });
        }
      }
    }
  }
}

TEST(CudaSoftmax, AgreesWithTheCpu) {
  for (Dtype dtype : kMasters) {
    for (const Shape& shape : kShapes) {
      const Tensor x = Numbers(1).normal(shape, 5).to(dtype), dy = Numbers(2).normal(shape).to(dtype);
      for (bool log : {false, true}) {
        const auto forward = [&](Device device) {
          const Tensor y = Tensor::empty(shape, dtype, device);
          launch(device, kernels::Softmax{.x = x.to(device), .y = y, .log = log});
          return y;
        };
        compare_devices(label("softmax", dtype, shape), dtype, forward, 30);
        compare_outputs(
            "softmax backward", dtype, shape,
            [&](Device device, GradOut dx, Frame) {
              launch(device,
                     kernels::SoftmaxBackward{
                         .y = forward(Device{}).to(device), .dy = dy.to(device), .dx = dx, .log = log});
            },
            30);
      }
    }
  }
}

TEST(CudaCrossEntropy, AgreesWithTheCpu) {
  for (Dtype dtype : kMasters) {
    for (const Shape& shape : {Shape{0, 2}, Shape{1, 2}, Shape{33, 3}, Shape{300, 2}, Shape{5, 1100}}) {
      const Tensor logits = Numbers(1).normal(shape, 5).to(dtype);
      const Tensor labels = Numbers(2).indices(shape[0], shape[1]);
      const auto forward = [&](Device device) {
        const Tensor loss = Tensor::empty({1}, dtype, device), p = Tensor::empty(shape, dtype, device);
        launch(device, kernels::CrossEntropy{.logits = logits.to(device),
                                             .labels = labels.to(device),
                                             .loss = loss,
                                             .probabilities = p,
                                             .divisor = 37});
        return std::vector<Tensor>{loss, p};
      };
      for (size_t i : {0u, 1u})
        compare_devices(
            label("loss", dtype, shape), dtype, [&](Device device) { return forward(device)[i]; }, 30);
      compare_outputs("cross-entropy backward", dtype, shape, [&](Device device, GradOut dx, Frame) {
        const Tensor p = forward(Device{})[1].to(device), dloss = Tensor::full({1}, -1.5, dtype).to(device);
        launch(device, kernels::CrossEntropyBackward{.probabilities = p,
                                                     .labels = labels.to(device),
                                                     .dloss = dloss,
                                                     .dlogits = dx,
                                                     .divisor = 37});
      });
    }
  }
}

}  // namespace
}  // namespace hone::test
