// Tests of the choice between cuDNN's attention and hone's, and of the offsets that describe a packed batch
// to cuDNN.
#include <gmock/gmock.h>

#include <cmath>
#include <map>

#include <hone/core/device_options.h>
#include "cuda/cudnn.h"
#include "cuda/cudnn_choice.h"
#include "cuda/ragged.h"
#include "tests/cuda/attention_problem.h"

namespace hone::test {
namespace {

class CudnnChoice : public ::testing::Test {
 protected:
  void TearDown() override { set_cuda_options(0, {}); }
};

TEST_F(CudnnChoice, TakesWhatItCanCompute) {
  const AttentionProblem fits({{5, 0, 9}, {5, 0, 9}}, Device{});
  EXPECT_EQ(cudnn_refusal(fits.attention()), "");
  EXPECT_EQ(cudnn_refusal(AttentionProblem({{1, 1}, {7, 300}}, Device{}).attention()), "");

  const auto refusal = [](const AttentionProblem& problem) { return cudnn_refusal(problem.attention()); };
  EXPECT_THAT(refusal(AttentionProblem({{5}, {5}}, Device{}, Dtype::f32)),
              ::testing::StartsWith("it computes in bf16, q is f32"));
  EXPECT_THAT(refusal(AttentionProblem({{5}, {5}, 2, 12}, Device{})), ::testing::HasSubstr("these 12"));
  EXPECT_THAT(refusal(AttentionProblem({{5}, {5}, 1, 136}, Device{})), ::testing::HasSubstr("these 136"));
  EXPECT_THAT(refusal(AttentionProblem({{5, 1}, {5, 0}}, Device{})), ::testing::HasSubstr("no keys"));
  kernels::Attention dropped = fits.attention();
  dropped.dropout = test_dropout(0.1, fits.queries);
  EXPECT_THAT(cudnn_refusal(dropped), ::testing::HasSubstr("dropout"));
  kernels::Attention shifted = fits.attention();
  shifted.v = fits.kv.view().columns_between(2 * fits.width - 4, 3 * fits.width - 4);
  EXPECT_THAT(cudnn_refusal(shifted), ::testing::HasSubstr("16 bytes"));
}

TEST_F(CudnnChoice, TakesGradientsThatItWritesWhole) {
  const AttentionProblem fits({{5, 0, 9}, {5, 0, 9}}, Device{});
  EXPECT_EQ(cudnn_refusal(fits.backward()), "");
  EXPECT_EQ(cudnn_refusal(AttentionProblem({{1, 1}, {7, 300}}, Device{}).backward()), "");

  const auto refusal = [&](const auto& change) {
    kernels::AttentionBackward k = fits.backward();
    change(k);
    return cudnn_refusal(k);
  };
  EXPECT_THAT(refusal([](auto& k) { k.dk.add = true; }), ::testing::HasSubstr("adds to none"));
  EXPECT_THAT(refusal([](auto& k) { k.dv = {}; }), ::testing::HasSubstr("all three"));
  EXPECT_THAT(refusal([&](auto& k) { k.dropout = test_dropout(0.1, fits.queries); }),
              ::testing::HasSubstr("dropout"));
  EXPECT_THAT(refusal([&](auto& k) { k.dq.view = fits.dq.view().columns_between(4, 4 + fits.width); }),
              ::testing::HasSubstr("16 bytes"));
  EXPECT_THAT(cudnn_refusal(AttentionProblem({{0, 5}, {3, 5}}, Device{}).backward()),
              ::testing::HasSubstr("no queries"));
  EXPECT_THAT(cudnn_refusal(AttentionProblem({{5}, {5}}, Device{}, Dtype::f32).backward()),
              ::testing::HasSubstr("bf16"));
  const AttentionProblem narrow({{5}, {5}, 2, 24}, Device{});
  EXPECT_EQ(cudnn_refusal(narrow.attention()), "");
  EXPECT_THAT(cudnn_refusal(narrow.backward()), ::testing::HasSubstr("these 24"));
}

TEST_F(CudnnChoice, IsChosenWhereItCanComputeAndSequencesAreLong) {
  const bool there = kernels::why_no_cudnn().empty();
  const AttentionProblem longs({{200}, {200}}, Device{}), shorts({{128}, {128}}, Device{}),
      floats({{200}, {200}}, Device{}, Dtype::f32);
  EXPECT_EQ(use_cudnn(longs.attention()), there);
  EXPECT_EQ(use_cudnn(longs.backward()), there);
  EXPECT_FALSE(use_cudnn(shorts.attention()));
  EXPECT_FALSE(use_cudnn(shorts.backward()));
  EXPECT_FALSE(use_cudnn(floats.attention()));
  set_cuda_options(0, {.attention = AttentionChoice::plain});
  EXPECT_FALSE(use_cudnn(longs.attention()));
  EXPECT_FALSE(use_cudnn(longs.backward()));
  set_cuda_options(0, {.attention = AttentionChoice::cudnn});
  EXPECT_THROW(use_cudnn(floats.attention()), Error);
  EXPECT_THROW(use_cudnn(floats.backward()), Error);
  if (there) {
    EXPECT_TRUE(use_cudnn(shorts.attention()));
  } else {
    EXPECT_THROW(use_cudnn(longs.attention()), Error);
  }
}

// The result of ragged_rows() with room for six sequences.
template <class K>
std::map<int, std::vector<int32_t>> told(const K& k) {
  constexpr int64_t kColumns = 7;
  const Tensor rows = Tensor::full({kernels::kRaggedRows, kColumns}, 0, Dtype::i32, cuda_device());
  ragged_rows(cuda_stream(cuda_device()), k, rows);
  const std::vector<int32_t> all = rows.to(Device{}).to_vector<int32_t>();
  std::map<int, std::vector<int32_t>> by_row;
  for (int row = 0; row < kernels::kRaggedRows; ++row)
    by_row[row].assign(all.begin() + row * kColumns, all.begin() + (row + 1) * kColumns);
  return by_row;
}

TEST_F(CudnnChoice, IsToldWhereSequencesBeginAndHowLongTheyAre) {
  if (!cuda_there()) GTEST_SKIP() << "no CUDA device";
  const AttentionProblem problem({{1, 1, 1, 1}, {4, 0, 7, 2}}, cuda_device());
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
      {kernels::kLseStart, queries(3)},       {kernels::kQStart, queries(w)},
      {kernels::kOutStart, queries(w)},       {kernels::kDoutStart, queries(0)},
      {kernels::kDqStart, queries(0)},        {kernels::kKStart, keys(2 * w)},
      {kernels::kVStart, keys(2 * w)},        {kernels::kDkStart, keys(0)},
      {kernels::kDvStart, keys(0)},           {kernels::kQueries, {1, 1, 1, 1, 0, 0, 0}},
      {kernels::kKeys, {4, 0, 7, 2, 0, 0, 0}}};
  EXPECT_EQ(told(problem.attention()), expected);
  kernels::AttentionBackward backward = problem.backward();
  const Tensor wide = Tensor::empty({4, 5 * w}, Dtype::bf16, cuda_device());
  backward.dout = wide.view().columns_between(w, 2 * w);
  expected[kernels::kDoutStart] = queries(5 * w);
  expected[kernels::kDqStart] = queries(w);
  expected[kernels::kDkStart] = expected[kernels::kDvStart] = keys(2 * w);
  EXPECT_EQ(told(backward), expected);
}

}  // namespace
}  // namespace hone::test
