// When cuDNN's attention computes, what it is told of a packed batch, that it takes the operation, and that
// it agrees with hone's own kernels on the device.
#include "cuda/cudnn.h"

#include <gmock/gmock.h>

#include "cuda/settings.h"
#include "tests/cuda/compare_devices.h"

namespace hone::test {
namespace {

struct Sizes {
  std::vector<int32_t> queries, keys;
  int64_t heads = 3, head_dim = 16;
};

// q, k and v as columns of one matrix where queries and keys are the same tokens, as models have them.
struct Problem {
  Problem(const Sizes& sizes, Device device, Dtype dtype = Dtype::bf16)
      : queries(sizes.queries), keys(sizes.keys), width(sizes.heads * sizes.head_dim), heads(sizes.heads) {
    const bool together = sizes.queries == sizes.keys;
    q = Numbers(1).normal({queries.total(), together ? 3 * width : width}).to(dtype).to(device);
    kv = together ? q : Numbers(2).normal({keys.total(), 2 * width}).to(dtype).to(device);
    first = together ? width : 0;
    out = Tensor::empty({queries.total(), width}, dtype, device);
    lse = Tensor::empty({heads, queries.total()}, acc_of(dtype), device);
  }
  Attention attention() const {
    return {q.view().columns_between(0, width),
            kv.view().columns_between(first, first + width),
            kv.view().columns_between(first + width, first + 2 * width),
            out,
            lse,
            queries,
            keys,
            heads,
            {}};
  }

  SeqLens queries, keys;
  int64_t width, heads, first = 0;
  Tensor q, kv, out, lse;
};

class Cudnn : public ::testing::Test {
 protected:
  void TearDown() override { choose_attention(AttentionChoice::automatic); }
};

TEST_F(Cudnn, TakesWhatItCanCompute) {
  const Problem fits({{5, 0, 9}, {5, 0, 9}}, Device{});
  EXPECT_EQ(cudnn_refusal(fits.attention()), "");
  EXPECT_EQ(cudnn_refusal(Problem({{1, 1}, {7, 300}}, Device{}).attention()), "");

  const auto refusal = [](const Problem& problem) { return cudnn_refusal(problem.attention()); };
  EXPECT_THAT(refusal(Problem({{5}, {5}}, Device{}, Dtype::f32)),
              ::testing::StartsWith("it computes in bf16, q is f32"));
  EXPECT_THAT(refusal(Problem({{5}, {5}, 2, 12}, Device{})), ::testing::HasSubstr("these 12"));
  EXPECT_THAT(refusal(Problem({{5}, {5}, 1, 136}, Device{})), ::testing::HasSubstr("these 136"));
  EXPECT_THAT(refusal(Problem({{5, 1}, {5, 0}}, Device{})), ::testing::HasSubstr("no keys"));
  Attention dropped = fits.attention();
  dropped.dropout = test_dropout(0.1, fits.queries);
  EXPECT_THAT(cudnn_refusal(dropped), ::testing::HasSubstr("dropout"));
  Attention shifted = fits.attention();
  shifted.v = fits.kv.view().columns_between(2 * fits.width - 4, 3 * fits.width - 4);
  EXPECT_THAT(cudnn_refusal(shifted), ::testing::HasSubstr("16 bytes"));
}

TEST_F(Cudnn, IsChosenWhereItCanComputeAndSequencesAreLong) {
  const bool there = why_no_cudnn().empty();
  const Problem longs({{200}, {200}}, Device{}), shorts({{128}, {128}}, Device{}),
      floats({{200}, {200}}, Device{}, Dtype::f32);
  EXPECT_EQ(use_cudnn(longs.attention()), there);
  EXPECT_FALSE(use_cudnn(shorts.attention()));
  EXPECT_FALSE(use_cudnn(floats.attention()));
  choose_attention(AttentionChoice::plain);
  EXPECT_FALSE(use_cudnn(longs.attention()));
  choose_attention(AttentionChoice::cudnn);
  EXPECT_THROW(use_cudnn(floats.attention()), Error);
  if (there) {
    EXPECT_TRUE(use_cudnn(shorts.attention()));
  } else {
    EXPECT_THROW(use_cudnn(longs.attention()), Error);
  }
}

TEST_F(Cudnn, IsToldWhereSequencesBeginAndHowLongTheyAre) {
  if (!cuda_there()) GTEST_SKIP() << "no CUDA device";
  const Problem problem({{1, 1, 1, 1}, {4, 0, 7, 2}}, cuda_device());
  const Tensor rows = Tensor::full({kRaggedRows, 7}, 0, Dtype::i32, cuda_device());
  ragged_rows(cuda_stream(cuda_device()), problem.attention(), rows);
  const std::vector<int32_t> got = rows.to(Device{}).to_vector<int32_t>();
  const int32_t w = 48;
  const std::vector<int32_t> expected{
      0, w,         2 * w,     3 * w,      4 * w,      4 * w,      4 * w,       // q's starts
      0, 4 * 2 * w, 4 * 2 * w, 11 * 2 * w, 13 * 2 * w, 13 * 2 * w, 13 * 2 * w,  // k's
      0, 4 * 2 * w, 4 * 2 * w, 11 * 2 * w, 13 * 2 * w, 13 * 2 * w, 13 * 2 * w,  // v's
      0, w,         2 * w,     3 * w,      4 * w,      4 * w,      4 * w,       // out's
      0, 3,         6,         9,          12,         12,         12,          // lse's, 3 heads
      1, 1,         1,         1,          0,          0,          0,           // queries
      4, 0,         7,         2,          0,          0,          0,           // keys
  };
  EXPECT_EQ(got, expected);
}

// What cuDNN 9.11 and later write of an H100; only the numbers matter that its engines ask for.
constexpr const char* kH100 =
    R"({"cudaDeviceId": 0, "deviceName": "NVIDIA H100", "deviceVer": 900, "driverVer": 13000,
  "maxGridSize": [2147483647, 65535, 65535], "maxBlockSize": [1024, 1024, 64], "regsPerBlock": 65536,
  "multiProcessorCount": 132, "warpSize": 32, "maxThreadsPerBlock": 1024, "smClockRateKHz": 1980000,
  "memClockRateKHz": 2619000, "l2CacheSize": 52428800, "maxSharedMemoryPerBlock": 49152,
  "maxSharedMemoryPerBlockOptin": 232448, "reservedSharedMemoryPerBlock": 1024, "maxRegistersPerSM": 65536,
  "pciDeviceId": 0, "maxCtasPerSM": 32, "maxThreadsPerSM": 2048, "isTccDriver": 0, "supportCoopLaunch": 1,
  "totalGlobalMem": 85000000000})";

// No GPU is needed to ask.
TEST_F(Cudnn, OffersEnginesForAnH100) {
  if (const std::string why = why_no_cudnn(); !why.empty()) GTEST_SKIP() << why;
  for (const int64_t head_dim : {32, 64, 128}) {
    EXPECT_GT(
        cudnn_engines(Problem({{17, 512, 300}, {17, 512, 300}, 12, head_dim}, Device{}).attention(), kH100),
        0);
    EXPECT_GT(cudnn_engines(Problem({{1, 1, 1}, {17, 512, 300}, 12, head_dim}, Device{}).attention(), kH100),
              0);
  }
}

TEST_F(Cudnn, AgreesWithThePlainKernels) {
  if (const std::string why = why_no_cudnn(); !why.empty()) GTEST_SKIP() << why;
  if (!cuda_there()) GTEST_SKIP() << "no CUDA device";
  const Sizes cases[] = {{{1}, {1}},
                         {{31, 32, 33}, {31, 32, 33}},
                         {{40, 7}, {40, 7}},  // of the same bucket
                         {{0, 5, 0, 9}, {0, 5, 0, 9}, 2, 32},
                         {{1, 1, 1}, {129, 512, 7}, 12, 64},
                         {{300, 17, 512}, {300, 17, 512}, 12, 64},
                         {{257, 3}, {257, 3}, 2, 128}};
  for (const Sizes& sizes : cases) {
    const auto computed = [&](AttentionChoice choice) {
      choose_attention(choice);
      const Problem problem(sizes, cuda_device());
      launch(cuda_device(), problem.attention());
      return std::pair(problem.out.to(Device{}).to(Dtype::f32), problem.lse.to(Device{}));
    };
    // hone's own kernel in f32 on the same numbers.
    const auto exact = [&] {
      choose_attention(AttentionChoice::plain);
      Problem problem(sizes, cuda_device());
      const bool together = sizes.queries == sizes.keys;
      problem.q = problem.q.to(Dtype::f32);
      problem.kv = together ? problem.q : problem.kv.to(Dtype::f32);
      problem.out = problem.out.to(Dtype::f32);
      launch(cuda_device(), problem.attention());
      return std::tuple(problem.out.to(Device{}), problem.lse.to(Device{}), problem.kv.to(Device{}));
    };
    const auto [out, lse, values] = exact();
    const auto fused = computed(AttentionChoice::cudnn);
    const std::string what = "heads of " + std::to_string(sizes.head_dim);
    // The probabilities are rounded to bf16, by half a unit of 2^-8 each, and so is their mean of the values.
    const double bound = 0x1p-8 * (largest(values) + largest(out));
    EXPECT_EQ(joined(compare("out, " + what, fused.first, out, bound)), "");
    EXPECT_NE(joined(compare("nothing", Tensor::zeros(out.shape()), out, bound)), "")
        << "the bound is too wide to tell";
    EXPECT_EQ(joined(compare("lse, " + what, fused.second, lse, 1e-4)), "");
    const auto again = computed(AttentionChoice::cudnn);
    EXPECT_EQ(joined(compare_bits("out again, " + what, again.first, fused.first)), "");
  }
}

// A replay must see the lengths of the batch that lies there then, under the plan of its bucket.
TEST_F(Cudnn, ComputesOtherLengthsWhenReplayed) {
  if (const std::string why = why_no_cudnn(); !why.empty()) GTEST_SKIP() << why;
  if (!cuda_there()) GTEST_SKIP() << "no CUDA device";
  Problem problem({{200, 56}, {200, 56}}, cuda_device());
  const auto computed = [&](AttentionChoice choice) {
    choose_attention(choice);
    launch(cuda_device(), problem.attention());
    return problem.out.to(Device{}).to(Dtype::f32);
  };
  computed(AttentionChoice::cudnn);  // plans
  const auto recording =
      runtime_of(cuda_device()).record([&] { launch(cuda_device(), problem.attention()); });
  Tensor lengths = problem.queries.offsets(cuda_device());
  lengths.copy_from(Tensor::from(std::vector<int32_t>{0, 100, 256}, {3}));
  recording->replay();
  const Tensor replayed = problem.out.to(Device{}).to(Dtype::f32);
  problem.queries = problem.keys = SeqLens({100, 156});
  const Tensor expected = computed(AttentionChoice::plain);
  EXPECT_EQ(joined(compare("replayed", replayed, expected,
                           0x1p-7 * largest(problem.kv.to(Device{}).to(Dtype::f32)))),
            "");
}

}  // namespace
}  // namespace hone::test
