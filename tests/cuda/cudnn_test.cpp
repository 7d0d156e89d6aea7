// When cuDNN's attention and its gradient compute, what cuDNN is told of a packed batch, that it takes the
// operations, and that it agrees with hone's own kernels on the device.
#include "cuda/cudnn.h"

#include <gmock/gmock.h>

#include <cmath>
#include <map>

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
      : queries(sizes.queries),
        keys(sizes.queries == sizes.keys ? queries : SeqLens(sizes.keys)),
        width(sizes.heads * sizes.head_dim),
        heads(sizes.heads) {
    const bool together = sizes.queries == sizes.keys;
    q = Numbers(1).normal({queries.total(), together ? 3 * width : width}).to(dtype).to(device);
    kv = together ? q : Numbers(2).normal({keys.total(), 2 * width}).to(dtype).to(device);
    first = together ? width : 0;
    out = Tensor::empty({queries.total(), width}, dtype, device);
    lse = Tensor::empty({heads, queries.total()}, acc_of(dtype), device);
    dout = Numbers(3).normal({queries.total(), width}).to(dtype).to(device);
    dq = Tensor::full(q.shape(), NAN, dtype, device);
    dkv = together ? dq : Tensor::full(kv.shape(), NAN, dtype, device);
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
  AttentionBackward backward() const {
    const Attention k = attention();
    return {k.q,
            k.k,
            k.v,
            out,
            lse,
            dout,
            queries,
            keys,
            heads,
            {},
            {dq.view().columns_between(0, width)},
            {dkv.view().columns_between(first, first + width)},
            {dkv.view().columns_between(first + width, first + 2 * width)}};
  }

  SeqLens queries, keys;
  int64_t width, heads, first = 0;
  Tensor q, kv, out, lse, dout, dq, dkv;
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

TEST_F(Cudnn, TakesGradientsThatItWritesWhole) {
  const Problem fits({{5, 0, 9}, {5, 0, 9}}, Device{});
  EXPECT_EQ(cudnn_refusal(fits.backward()), "");
  EXPECT_EQ(cudnn_refusal(Problem({{1, 1}, {7, 300}}, Device{}).backward()), "");

  const auto refusal = [&](const auto& change) {
    AttentionBackward k = fits.backward();
    change(k);
    return cudnn_refusal(k);
  };
  EXPECT_THAT(refusal([](auto& k) { k.dk.beta = 1; }), ::testing::HasSubstr("adds to none"));
  EXPECT_THAT(refusal([](auto& k) { k.dv = {}; }), ::testing::HasSubstr("all three"));
  EXPECT_THAT(refusal([&](auto& k) { k.dropout = test_dropout(0.1, fits.queries); }),
              ::testing::HasSubstr("dropout"));
  EXPECT_THAT(refusal([&](auto& k) { k.dq.view = fits.dq.view().columns_between(4, 4 + fits.width); }),
              ::testing::HasSubstr("16 bytes"));
  EXPECT_THAT(cudnn_refusal(Problem({{0, 5}, {3, 5}}, Device{}).backward()),
              ::testing::HasSubstr("no queries"));
  EXPECT_THAT(cudnn_refusal(Problem({{5}, {5}}, Device{}, Dtype::f32).backward()),
              ::testing::HasSubstr("bf16"));
}

TEST_F(Cudnn, IsChosenWhereItCanComputeAndSequencesAreLong) {
  const bool there = why_no_cudnn().empty();
  const Problem longs({{200}, {200}}, Device{}), shorts({{128}, {128}}, Device{}),
      floats({{200}, {200}}, Device{}, Dtype::f32);
  EXPECT_EQ(use_cudnn(longs.attention()), there);
  EXPECT_EQ(use_cudnn(longs.backward()), there);
  EXPECT_FALSE(use_cudnn(shorts.attention()));
  EXPECT_FALSE(use_cudnn(shorts.backward()));
  EXPECT_FALSE(use_cudnn(floats.attention()));
  choose_attention(AttentionChoice::plain);
  EXPECT_FALSE(use_cudnn(longs.attention()));
  EXPECT_FALSE(use_cudnn(longs.backward()));
  choose_attention(AttentionChoice::cudnn);
  EXPECT_THROW(use_cudnn(floats.attention()), Error);
  EXPECT_THROW(use_cudnn(floats.backward()), Error);
  if (there) {
    EXPECT_TRUE(use_cudnn(shorts.attention()));
  } else {
    EXPECT_THROW(use_cudnn(longs.attention()), Error);
  }
}

// What ragged_rows() wrote, with room for six sequences.
template <class K>
std::map<int, std::vector<int32_t>> told(const K& k) {
  constexpr int64_t kColumns = 7;
  const Tensor rows = Tensor::full({kRaggedRows, kColumns}, 0, Dtype::i32, cuda_device());
  ragged_rows(cuda_stream(cuda_device()), k, rows);
  const std::vector<int32_t> all = rows.to(Device{}).to_vector<int32_t>();
  std::map<int, std::vector<int32_t>> by_row;
  for (int row = 0; row < kRaggedRows; ++row)
    by_row[row].assign(all.begin() + row * kColumns, all.begin() + (row + 1) * kColumns);
  return by_row;
}

TEST_F(Cudnn, IsToldWhereSequencesBeginAndHowLongTheyAre) {
  if (!cuda_there()) GTEST_SKIP() << "no CUDA device";
  const Problem problem({{1, 1, 1, 1}, {4, 0, 7, 2}}, cuda_device());
  // The starts of six sequences, the last two empty, in rows of `stride` elements.
  const auto starts = [](std::vector<int32_t> tokens, int32_t stride) {
    for (int32_t& t : tokens) t *= stride;
    return tokens;
  };
  const auto queries = [&](int64_t stride) {
    return starts({0, 1, 2, 3, 4, 4, 4}, static_cast<int32_t>(stride));
  };
  const auto keys = [&](int64_t stride) {
    return starts({0, 4, 4, 11, 13, 13, 13}, static_cast<int32_t>(stride));
  };
  const int64_t w = problem.width;
  std::map<int, std::vector<int32_t>> expected{
      {kLseStart, queries(3)},       {kQStart, queries(w)},
      {kOutStart, queries(w)},       {kDoutStart, queries(0)},
      {kDqStart, queries(0)},        {kKStart, keys(2 * w)},
      {kVStart, keys(2 * w)},        {kDkStart, keys(0)},
      {kDvStart, keys(0)},           {kQueries, {1, 1, 1, 1, 0, 0, 0}},
      {kKeys, {4, 0, 7, 2, 0, 0, 0}}};
  EXPECT_EQ(told(problem.attention()), expected);
  AttentionBackward backward = problem.backward();
  const Tensor wide = Tensor::empty({4, 5 * w}, Dtype::bf16, cuda_device());
  backward.dout = wide.view().columns_between(w, 2 * w);
  expected[kDoutStart] = queries(5 * w);
  expected[kDqStart] = queries(w);
  expected[kDkStart] = expected[kDvStart] = keys(2 * w);
  EXPECT_EQ(told(backward), expected);
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
    for (const std::vector<int32_t>& queries : {{17, 512, 300}, std::vector<int32_t>{1, 1, 1}}) {
      const Problem problem({queries, {17, 512, 300}, 12, head_dim}, Device{});
      EXPECT_GT(cudnn_engines(problem.attention(), kH100), 0) << head_dim;
      EXPECT_GT(cudnn_engines(problem.backward(), kH100), 0) << head_dim;
    }
  }
}

// All that attention and its gradient wrote, in f32 on the host.
struct Computed {
  Tensor out, lse, dq, dkv;
};

Computed compute(const Problem& problem, AttentionChoice choice) {
  choose_attention(choice);
  launch(cuda_device(), problem.attention());
  launch(cuda_device(), problem.backward());
  const auto here = [](const Tensor& x) { return x.to(Device{}).to(Dtype::f32); };
  return {here(problem.out), here(problem.lse), here(problem.dq), here(problem.dkv)};
}

double distance(const Tensor& a, const Tensor& b) {
  const auto x = a.to_vector<float>(), y = b.to_vector<float>();
  double most = 0;
  for (size_t i = 0; i < x.size(); ++i) most = std::max(most, std::abs(static_cast<double>(x[i]) - y[i]));
  return most;
}

// hone's own kernels in f32 on the same numbers.
Computed exactly(const Problem& rounded, const Sizes& sizes) {
  Problem problem(sizes, cuda_device(), Dtype::f32);
  problem.q.copy_from(rounded.q.to(Dtype::f32));
  if (sizes.queries != sizes.keys) problem.kv.copy_from(rounded.kv.to(Dtype::f32));
  problem.dout.copy_from(rounded.dout.to(Dtype::f32));
  return compute(problem, AttentionChoice::plain);
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
    SCOPED_TRACE("heads of " + std::to_string(sizes.head_dim) + ", longest " +
                 std::to_string(SeqLens(sizes.keys).longest()));
    const Problem problem(sizes, cuda_device());
    const Computed exact = exactly(problem, sizes), fused = compute(problem, AttentionChoice::cudnn);
    // The probabilities are rounded to bf16, by half a unit of 2^-8 each, and so is their mean of the values.
    const double values = largest(problem.kv.to(Device{}).to(Dtype::f32));
    const double bound = 0x1p-8 * (values + largest(exact.out));
    EXPECT_EQ(joined(compare("out", fused.out, exact.out, bound)), "");
    EXPECT_NE(joined(compare("nothing", Tensor::zeros(exact.out.shape()), exact.out, bound)), "")
        << "the bound is too wide to tell";
    EXPECT_EQ(joined(compare("lse", fused.lse, exact.lse, 1e-4)), "");
    // As far from exact as hone's own kernels in bf16 may be: they round dS and P to bf16 too, and read the
    // rounded out.
    const Computed own = compute(problem, AttentionChoice::plain);
    const auto expect_near = [&](const char* what, const Tensor& got, const Tensor& ours,
                                 const Tensor& wanted) {
      const double allowed = 0x1p-8 * largest(wanted) + 4 * distance(ours, wanted);
      EXPECT_EQ(joined(compare(what, got, wanted, allowed)), "");
      EXPECT_NE(joined(compare("nothing", Tensor::zeros(wanted.shape()), wanted, allowed)), "") << what;
    };
    expect_near("dq", fused.dq, own.dq, exact.dq);
    expect_near("dkv", fused.dkv, own.dkv, exact.dkv);
    const Computed again = compute(problem, AttentionChoice::cudnn);
    EXPECT_EQ(joined(compare_bits("out again", again.out, fused.out)), "");
    EXPECT_EQ(joined(compare_bits("dq again", again.dq, fused.dq)), "");
    EXPECT_EQ(joined(compare_bits("dkv again", again.dkv, fused.dkv)), "");
  }
}

// A replay must see the lengths of the batch that lies there then: the same bits as without a recording,
// since the bucket, and so the plan, is the same.
TEST_F(Cudnn, ComputesOtherLengthsWhenReplayed) {
  if (const std::string why = why_no_cudnn(); !why.empty()) GTEST_SKIP() << why;
  if (!cuda_there()) GTEST_SKIP() << "no CUDA device";
  Problem problem({{200, 56}, {200, 56}}, cuda_device());
  compute(problem, AttentionChoice::cudnn);  // plans
  const auto recording = runtime_of(cuda_device()).record([&] {
    launch(cuda_device(), problem.attention());
    launch(cuda_device(), problem.backward());
  });
  Tensor lengths = problem.queries.offsets(cuda_device());
  lengths.copy_from(Tensor::from(std::vector<int32_t>{0, 56, 256}, {3}));
  recording->replay();
  const Tensor replayed = problem.out.to(Device{}), gradient = problem.dq.to(Device{});
  problem.queries = problem.keys = SeqLens({56, 200});
  compute(problem, AttentionChoice::cudnn);
  EXPECT_EQ(joined(compare_bits("out", replayed, problem.out.to(Device{}))), "");
  EXPECT_EQ(joined(compare_bits("gradient", gradient, problem.dq.to(Device{}))), "");
}

}  // namespace
}  // namespace hone::test
