// Tests of layer normalisation on the device against the CPU's.
#include "core/kernels/layer_norm.h"

#include "tests/cuda/compare_devices.h"

namespace hone::test {
namespace {

// A problem's size: the sequences' lengths, whose sum is the rows, and the columns.
struct Case {
  SeqLens lens;
  int64_t columns;
};
std::vector<Case> cases() {
  return {{SeqLens({0}), 8},        {SeqLens({1}), 1},
          {SeqLens({3, 0, 2}), 7},  {SeqLens({0, 20, 1, 16, 0}), 128},
          {SeqLens({40, 27}), 203}, {SeqLens({3}), 3500},
          {SeqLens({2, 1}), 4096}};
}

DropoutMask dropout_on(Device device, double p, const SeqLens& lens) {
  DropoutMask dropout = test_dropout(p, lens);
  dropout.state = dropout.state.to(device);
  return dropout;
}

// Returns the four results of the forward pass; `added`: with bias and residual.
std::vector<Tensor> forward(Device device, const Case& c, Dtype dtype, double p, bool added) {
  const Shape shape{c.lens.total(), c.columns};
  const auto matrix = [&](uint64_t seed) { return Numbers(seed).normal(shape).to(dtype).to(device); };
  const auto vector = [&](uint64_t seed) {
    return Numbers(seed).normal({c.columns}).to(acc_of(dtype)).to(device);
  };
  const Tensor x = matrix(1), more = matrix(2), gamma = vector(3), beta = vector(4), bias = vector(7);
  const Tensor h = p > 0 || added ? Tensor::empty(shape, dtype, device) : x;
  const Tensor y = Tensor::empty(shape, dtype, device);
  const Tensor mean = Tensor::empty({shape[0]}, acc_of(dtype), device), rstd = mean.clone();
  launch(device, kernels::LayerNorm{.x = x,
                                    .bias = added ? bias : View{},
                                    .residual = added ? more : View{},
                                    .gamma = gamma,
                                    .beta = beta,
                                    .eps = 1e-6,
                                    .dropout = dropout_on(device, p, c.lens),
                                    .h = h,
                                    .y = y,
                                    .mean = mean,
                                    .rstd = rstd});
  return {h, y, mean, rstd};
}

TEST(CudaLayerNorm, ForwardAgreesWithTheCpu) {
  for (Dtype dtype : kTypes) {
    for (const Case& c : cases()) {
      for (double p : {0.0, 0.3}) {
        for (bool added : {false, true}) {
          for (size_t i = 0; i < 4; ++i) {
            const std::string what = label("result " + std::to_string(i), dtype, {c.lens.total(), c.columns});
            compare_devices(
                what, i < 2 ? dtype : acc_of(dtype),
                [&](Device device) { return forward(device, c, dtype, p, added)[i]; }, 30);
          }
        }
      }
    }
  }
}

// The outputs of the backward pass: 0 and 1 are dx and dresidual, 2, 3 and 4 dbias, dgamma and dbeta.
constexpr size_t kOutputs = 5, kMatrices = 2;

// The output that a test looks at, and whether the kernel computes the others, too.
struct Wanted {
  size_t which;
  bool others;
};

void backward(Device device, const Case& c, Dtype dtype, double p, Wanted wanted, GradOut out) {
  const auto kept = forward(Device{}, c, dtype, p, true);
  const Shape shape{c.lens.total(), c.columns};
  const Tensor gamma = Numbers(3).normal({c.columns}).to(acc_of(dtype)).to(device);
  const Tensor dy = Numbers(5).normal(shape).to(dtype).to(device), h = kept[0].to(device);
  const Tensor mean = kept[2].to(device), rstd = kept[3].to(device);
  std::vector<GradOut> outs(kOutputs);
  std::vector<Tensor> memory;
  for (size_t i = 0; i < kOutputs && wanted.others; ++i) {
    memory.push_back(i < kMatrices ? Tensor::zeros(shape, dtype, device)
                                   : Tensor::zeros({c.columns}, acc_of(dtype), device));
    outs[i] = {memory.back(), 1};
  }
  outs[wanted.which] = out;
  launch(device, kernels::LayerNormBackward{.h = h,
                                            .gamma = gamma,
                                            .mean = mean,
                                            .rstd = rstd,
                                            .dy = dy,
                                            .dropout = dropout_on(device, p, c.lens),
                                            .dx = outs[0],
                                            .dbias = outs[2],
                                            .dresidual = outs[1],
                                            .dgamma = outs[3],
                                            .dbeta = outs[4]});
}

TEST(CudaLayerNorm, BackwardAgreesWithTheCpu) {
  for (Dtype dtype : kTypes) {
    for (const Case& c : cases()) {
      for (double p : {0.0, 0.3}) {
        for (bool others : {false, true}) {
          for (size_t which : {0u, 1u}) {
            compare_outputs(
                "dx or dresidual", dtype, {c.lens.total(), c.columns},
                [&](Device device, GradOut out, Frame) {
                  backward(device, c, dtype, p, {which, others}, out);
                },
                30);
          }
          for (size_t which = kMatrices; which < kOutputs; ++which) {
            for (bool add : {false, true}) {
              compare_devices(
                  label("dbias, dgamma or dbeta", dtype, {c.lens.total(), c.columns}), acc_of(dtype),
                  [&](Device device) {
                    const Tensor out = Numbers(6).normal({c.columns}).to(acc_of(dtype)).to(device).clone();
                    backward(device, c, dtype, p, {which, others}, {.view = out, .add = add});
                    return out;
                  },
                  60);
            }
          }
        }
      }
    }
  }
}

// More rows than blocks: each block computes several, and the last block fewer than the others.
TEST(CudaLayerNorm, BackwardOfManyRowsAgreesWithTheCpu) {
  const Case many{SeqLens({0, 500, 25}), 1030};
  const Shape shape{many.lens.total(), many.columns};
  for (Dtype dtype : kTypes) {
    for (size_t which = 0; which < kOutputs; ++which) {
      const Dtype type = which < kMatrices ? dtype : acc_of(dtype);
      compare_devices(
          label("output " + std::to_string(which), dtype, shape), type,
          [&](Device device) {
            const Shape of_output = which < kMatrices ? shape : Shape{many.columns};
            const Tensor out = Numbers(6).normal(of_output).to(type).to(device).clone();
            backward(device, many, dtype, 0.3, {which, true}, {.view = out, .add = true});
            return out;
          },
          which < kMatrices ? 30 : 500);
    }
  }
}

TEST(CudaLayerNorm, RefusesRowsThatAreTooWide) {
  for (const auto& [dtype, most] : {std::pair{Dtype::f32, 4096}, std::pair{Dtype::bf16, 6144}}) {
    EXPECT_EQ(forward(cuda_device(), {SeqLens({1}), most}, dtype, 0, false).size(), 4u);
    EXPECT_THROW(forward(cuda_device(), {SeqLens({1}), most + 1}, dtype, 0, false), Error);
  }
}

}  // namespace
}  // namespace hone::test
