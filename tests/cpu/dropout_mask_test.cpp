// The vectorised masks against the scalar definition in core/dropout.h.
#include <gtest/gtest.h>

#include <cmath>

#include "core/kernels/attention.h"
#include "core/kernels/dropout.h"
#include "cpu/isa.h"
#include "tests/support/op_case.h"
#include "tests/support/tolerance.h"

namespace hone::test {
namespace {

TEST(DropoutMask, IsTheDefinitionOnEveryInstructionSet) {
  for (Isa isa : {Isa::portable, Isa::avx2, Isa::avx512}) {
    if (!supports(isa)) continue;
    const ForceIsa force(isa);
    for (int64_t columns : {1, 3, 4, 5, 63, 64, 65, 130}) {
      const DropoutMask dropout = test_dropout(0.3, SeqLens({3, 0, 21, 1}));
      const Tensor ones = Tensor::full({25, columns}, 1, Dtype::f64), y = ones.clone();
      launch({}, kernels::Dropout{.x = ones, .dropout = dropout, .out = {.view = y}});
      EXPECT_EQ(joined(compare("mask", y, dropout_mask(dropout, columns), 1e-15)), "")
          << name_of(isa) << columns;
    }
  }
}

// The mask changes with seed, site, step, sequence and position, but not with the batch that a sequence is
// in.
TEST(DropoutMask, DependsOnSeedSiteStepSequenceAndPosition) {
  const DropoutMask base = test_dropout(0.5, SeqLens({2}));
  const auto bits = [](const DropoutMask& d) { return dropout_mask(d, 256).to_vector<double>(); };
  for (int i = 0; i < 3; ++i) {
    DropoutMask other = base;
    other.state = base.state.clone();
    other.state.data<int32_t>()[i] += 1;
    EXPECT_NE(bits(other), bits(base)) << i;
  }
  DropoutMask other = base;
  other.site += 1;
  EXPECT_NE(bits(other), bits(base));
  EXPECT_NE(dropout_mask(base, 256, 1).to_vector<double>(), bits(base));  // the head
  const auto rows = bits(base);
  EXPECT_NE(std::vector(rows.begin(), rows.begin() + 256), std::vector(rows.begin() + 256, rows.end()));
}

// Sequence 1 of a batch of two has the mask that it has alone, when the rows before it are counted.
TEST(DropoutMask, DoesNotDependOnTheLayoutOfTheBatch) {
  const DropoutMask both = test_dropout(0.4, SeqLens({5, 3}));
  DropoutMask second = test_dropout(0.4, SeqLens({3}));
  second.state.data<int32_t>()[2] += 1;
  const Tensor x = Numbers(2).normal({8, 70}), y = x.clone(), alone = x.slice(5, 8).clone();
  launch({}, kernels::Dropout{.x = x, .dropout = both, .out = {.view = y}});
  launch({}, kernels::Dropout{.x = x.slice(5, 8), .dropout = second, .out = {.view = alone}});
  EXPECT_EQ(joined(compare_bits("second", y.slice(5, 8), alone)), "");
}

// Attention's mask equals the definition's, and is the same when only the first query of each sequence is
// computed.
TEST(DropoutMask, OfAttentionIsTheSameForTheFirstQueryAlone) {
  const SeqLens lens({4, 7}), ones = SeqLens::ones(2);
  const int64_t width = 6;
  const Tensor q = Numbers(3).normal({11, width}), k = Numbers(4).normal({11, width}),
               v = Numbers(5).normal({11, width});
  const Tensor all = q.clone(), lse = Tensor::zeros({2, 11}, Dtype::f64);
  launch({}, kernels::Attention{.q = q,
                                .k = k,
                                .v = v,
                                .out = all,
                                .lse = lse,
                                .query_lens = lens,
                                .key_lens = lens,
                                .heads = 2,
                                .dropout = test_dropout(0.5, lens)});
  const Tensor first = Tensor::zeros({2, width}, Dtype::f64), out = first.clone(),
               lse_of_first = Tensor::zeros({2, 2}, Dtype::f64);
  std::copy_n(q.data<double>(), width, first.data<double>());
  std::copy_n(q.data<double>() + 4 * width, width, first.data<double>() + width);
  launch({}, kernels::Attention{.q = first,
                                .k = k,
                                .v = v,
                                .out = out,
                                .lse = lse_of_first,
                                .query_lens = ones,
                                .key_lens = lens,
                                .heads = 2,
                                .dropout = test_dropout(0.5, ones)});
  EXPECT_EQ(joined(compare("first", out.slice(0, 1), all.slice(0, 1), 1e-14)), "");
  EXPECT_EQ(joined(compare("second", out.slice(1, 2), all.slice(4, 5), 1e-14)), "");
}

// 2^20 elements: the share kept lies within five standard deviations, in each of the four words too.
TEST(DropoutMask, KeepsTheRightShare) {
  for (double p : {0.01, 0.1, 0.5, 0.9}) {
    const DropoutMask dropout = test_dropout(p, SeqLens({500, 524}));
    const Tensor ones = Tensor::full({1024, 1024}, 1), y = ones.clone();
    launch({}, kernels::Dropout{.x = ones, .dropout = dropout, .out = {.view = y}});
    double kept[4] = {};
    for (int64_t i = 0; i < y.elements(); ++i) kept[i % 4] += y.data<float>()[i] != 0;
    const double n = 1 << 18, deviation = std::sqrt(n * p * (1 - p));
    for (double count : kept) EXPECT_NEAR(count, n * (1 - p), 5 * deviation) << p;
    EXPECT_EQ(largest(y), static_cast<float>(1 / (1 - p)));
  }
}

TEST(DropoutCheck, RefusesWhatMakesNoSense) {
  const Tensor x = Tensor::zeros({3, 4});
  const auto message = [&](const DropoutMask& dropout) {
    try {
      launch({}, kernels::Dropout{.x = x, .dropout = dropout, .out = {.view = x.clone()}});
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  const SeqLens three({3});
  EXPECT_EQ(message(test_dropout(1, three)), "dropout: dropout 1 is not in [0, 1)");
  EXPECT_EQ(message(test_dropout(-0.1, three)), "dropout: dropout -0.1 is not in [0, 1)");
  EXPECT_EQ(message(test_dropout(NAN, three)), "dropout: dropout nan is not in [0, 1)");
  EXPECT_EQ(message(test_dropout(0.5, SeqLens({2}))), "dropout: dropout covers 2 rows, there are 3");
  EXPECT_EQ(message({0.5, 0, three, {}}), "dropout: dropout needs a random state: set the seed");
  EXPECT_EQ(message({0.5, 0, three, Tensor::zeros({1}, Dtype::i32)}),
            "dropout: dropout's state is i32 [1] on cpu, expected i32 [3]");
}

}  // namespace
}  // namespace hone::test
