// Tests of packed attention on the device against the CPU's.
#include "core/kernels/attention.h"

#include "tests/cuda/compare_devices.h"

namespace hone::test {
namespace {

struct Case {
  std::vector<int32_t> queries, keys;
  int64_t heads, head_dim;
};

// Lengths around the tiles' 16, 32, 64 and 128, empty sequences on either side, single queries, odd widths.
const Case kCases[] = {
    {{}, {}, 2, 8},
    {{1}, {1}, 1, 1},
    {{0, 5, 0, 9}, {0, 5, 0, 9}, 3, 7},
    {{1, 1, 1, 1}, {33, 0, 1, 65}, 2, 16},
    {{31, 32, 33}, {31, 32, 33}, 2, 64},
    {{0, 3, 70}, {4, 0, 39}, 1, 40},
    {{9}, {130}, 1, 96},
    {{17, 64, 0, 128}, {17, 64, 0, 128}, 1, 64},
    {{150, 20}, {30, 161}, 1, 24},
};

std::string label_of(const Case& c, Dtype dtype) {
  return label("attention of " + std::to_string(c.heads) + " heads", dtype,
               {SeqLens(c.queries).total(), c.head_dim});
}

// q, k and v as columns of one matrix, as models have them, when queries and keys are the same tokens; else
// alone.
struct Inputs {
  Inputs(const Case& c, Dtype dtype, Device device, double p, Frame frame)
      : queries(c.queries),
        keys(c.keys),
        width(c.heads * c.head_dim),
        q(Numbers(1).normal({queries.total(), width}).to(dtype), device, frame),
        k(Numbers(2).normal({keys.total(), width}).to(dtype), device, frame),
        v(Numbers(3).normal({keys.total(), width}).to(dtype), device, frame),
        dropout(test_dropout(p, queries)) {
    dropout.state = dropout.state.to(device);
  }
  SeqLens queries, keys;
  int64_t width;
  Framed q, k, v;
  DropoutMask dropout;
};

// Returns attention's results: out and lse.
std::vector<Tensor> forward(const Case& c, Dtype dtype, Device device, double p, Frame frame) {
  const Inputs in(c, dtype, device, p, frame);
  const Tensor out = Tensor::empty({in.queries.total(), in.width}, dtype, device);
  const Tensor lse = Tensor::empty({c.heads, in.queries.total()}, acc_of(dtype), device);
  launch(device, kernels::Attention{.q = in.q,
                                    .k = in.k,
                                    .v = in.v,
                                    .out = out,
                                    .lse = lse,
                                    .query_lens = in.queries,
                                    .key_lens = in.keys,
                                    .heads = c.heads,
                                    .dropout = in.dropout});
  return {out, lse};
}

TEST(CudaAttention, ForwardAgreesWithTheCpu) {
  for (Dtype dtype : kTypes) {
    for (const Case& c : kCases) {
      for (double p : {0.0, 0.2}) {
        for (const Frame frame : kFrames) {
          for (size_t i : {0u, 1u}) {
            compare_devices(
                label_of(c, dtype), i == 0 ? dtype : acc_of(dtype),
                [&](Device device) { return forward(c, dtype, device, p, frame)[i]; }, 30);
          }
        }
      }
    }
  }
}

TEST(CudaAttention, BackwardAgreesWithTheCpu) {
  for (Dtype dtype : kTypes) {
    for (const Case& c : kCases) {
      for (double p : {0.0, 0.2}) {
        const auto kept = forward(c, dtype, Device{}, p, kFrames[0]);
        for (size_t which : {0u, 1u, 2u}) {
          const bool others = which != 0;
          const Shape shape =
              which == 0 ? kept[0].shape() : Shape{SeqLens(c.keys).total(), c.heads * c.head_dim};
          compare_outputs(
              "d" + std::to_string(which) + " of " + label_of(c, dtype), dtype, shape,
              [&](Device device, GradOut out, Frame frame) {
                const Inputs in(c, dtype, device, p, frame);
                const Framed dout(Numbers(4).normal(kept[0].shape()).to(dtype), device, frame);
                GradOut outs[3];
                const Tensor scratch[] = {Tensor::zeros(in.q.view().shape, dtype, device),
                                          Tensor::zeros(in.k.view().shape, dtype, device),
                                          Tensor::zeros(in.k.view().shape, dtype, device)};
                for (size_t i = 0; i < 3; ++i) {
                  if (others) outs[i] = {scratch[i], 1};
                }
                outs[which] = out;
                launch(device, kernels::AttentionBackward{.q = in.q,
                                                          .k = in.k,
                                                          .v = in.v,
                                                          .out = kept[0].to(device),
                                                          .lse = kept[1].to(device),
                                                          .dout = dout,
                                                          .query_lens = in.queries,
                                                          .key_lens = in.keys,
                                                          .heads = c.heads,
                                                          .dropout = in.dropout,
                                                          .dq = outs[0],
                                                          .dk = outs[1],
                                                          .dv = outs[2]});
              },
              60);
        }
      }
    }
  }
}

// A probability that is dropped leaves an exact 0 where each value is seen by one query: the masks are the
// CPU's, to the bit.
TEST(CudaAttention, DropsWhatTheCpuDrops) {
  const int64_t n = 64;
  const SeqLens lens({40, 24});
  const Tensor zeros = Tensor::zeros({n, n});
  Tensor one_hot = Tensor::zeros({n, n});
  for (int64_t i = 0; i < n; ++i) one_hot.data<float>()[i * n + (i < 40 ? i : i - 40)] = 1;
  const auto kept = [&](Device device) {
    DropoutMask dropout = test_dropout(0.3, lens);
    dropout.state = dropout.state.to(device);
    const Tensor out = Tensor::empty({n, n}, Dtype::f32, device),
                 lse = Tensor::empty({1, n}, Dtype::f32, device);
    const Tensor q = zeros.to(device), v = one_hot.to(device);
    launch(device, kernels::Attention{.q = q,
                                      .k = q,
                                      .v = v,
                                      .out = out,
                                      .lse = lse,
                                      .query_lens = lens,
                                      .key_lens = lens,
                                      .heads = 1,
                                      .dropout = dropout});
    std::vector<bool> bits;
    for (float x : out.to(Device{}).to_vector<float>()) bits.push_back(x != 0);
    return bits;
  };
  EXPECT_EQ(kept(Device{}), kept(cuda_device()));
}

TEST(CudaAttention, RefusesHeadsThatAreTooWide) {
  const Case wide{{2}, {2}, 1, 129};
  EXPECT_THROW(forward(wide, Dtype::f32, cuda_device(), 0, kFrames[0]), Error);
}

}  // namespace
}  // namespace hone::test
