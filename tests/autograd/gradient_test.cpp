// A gradient knows what is in its memory, and holds those who write to it to an order.
#include "autograd/gradient.h"

#include <gtest/gtest.h>

#include <hone/core/error.h>
#include "core/kernels/kinds.h"
#include "core/view.h"

namespace hone {
namespace {

using Content = Gradient::Content;
using Life = Gradient::Life;

Gradient gradient(Life life, int64_t n = 2) { return {{n}, Dtype::f64, Device{}, life}; }

Tensor numbers(const std::vector<double>& values) {
  return Tensor::from(values, {static_cast<int64_t>(values.size())});
}

// One contribution: writes or adds, as asked.
void contribute(Gradient& g, double x, bool twice = false) {
  const GradOut out = g.for_write(twice);
  for (int64_t i = 0; i < out.view.elements(); ++i) {
    double& element = out.view.as<double>()[i];
    element = out.add ? element + x : x;
  }
}

std::vector<double> content(Gradient& g) { return g.read().to_vector<double>(); }

TEST(Gradient, APassingOneIsOverwrittenFirst) {
  Gradient g = gradient(Life::passing);
  EXPECT_EQ(g.content(), Content::nothing);
  EXPECT_FALSE(g.for_write().add);
  EXPECT_EQ(g.content(), Content::all);
  EXPECT_TRUE(g.for_write().add);
  g.free();
  EXPECT_EQ(g.content(), Content::nothing);
  EXPECT_TRUE(g.for_write(true).add) << "two contributions of one kernel";
  EXPECT_EQ(content(g), (std::vector<double>{0, 0}));
}

TEST(Gradient, AKeptOneBeginsAsZeros) {
  Gradient g = gradient(Life::kept);
  EXPECT_TRUE(g.for_write().add);
  contribute(g, 3);
  contribute(g, 4);
  EXPECT_EQ(content(g), (std::vector<double>{7, 7}));
  g.clear();
  EXPECT_EQ(content(g), (std::vector<double>{0, 0}));
}

TEST(Gradient, WhatIsStaleIsOverwrittenOrCleared) {
  for (const bool twice : {false, true}) {
    Gradient g = gradient(Life::kept);
    g.discard();
    EXPECT_EQ(g.content(), Content::nothing) << "there is nothing to discard";
    contribute(g, 1000);
    g.discard();
    EXPECT_EQ(g.content(), Content::stale);
    contribute(g, 3, twice);
    EXPECT_EQ(g.content(), Content::all);
    EXPECT_EQ(content(g), (std::vector<double>{3, 3}));
    g.discard();
    EXPECT_EQ(content(g), (std::vector<double>{0, 0}));
    EXPECT_EQ(g.content(), Content::all);
  }
}

// A replayed recording writes to the memory without the object's knowledge.
TEST(Gradient, IsToldWhatRecordedWorkLeaves) {
  Gradient g = gradient(Life::kept);
  contribute(g, 5);
  g.discard();
  g.keep();
  contribute(g, 1);
  EXPECT_EQ(content(g), (std::vector<double>{6, 6}));
}

// Marks become kGradient wherever somebody may write, and only for_rows() leaves that to the writer.
TEST(Gradient, KnowsRowsByTheirMarks) {
  const int64_t n = 2 * kMarked<double>;
  const Tensor memory = Tensor::zeros({n}, Dtype::f64), marks = Tensor::zeros({2}, Dtype::i32);
  const auto after = [&](const auto& use) {
    for (int32_t& one : marks.span<int32_t>()) one = mark::kNothing;
    use();
    return marks.to_vector<int32_t>();
  };
  const std::vector<int32_t> everywhere(2, mark::kGradient), nowhere(2, mark::kNothing);
  Gradient g = gradient(Life::kept, n);
  g.live_in(memory, marks);
  EXPECT_EQ(g.content(), Content::rows);
  EXPECT_TRUE(g.lives_in(memory, marks));
  EXPECT_FALSE(g.lives_in(memory, {}));
  EXPECT_EQ(after([&] { g.for_write(); }), everywhere);
  EXPECT_EQ(after([&] { g.read(); }), everywhere);
  EXPECT_EQ(after([&] { EXPECT_EQ(g.for_rows().marks.data, marks.view().data); }), nowhere);
  const auto whole = std::make_shared<Gradient>(g);
  Gradient part = Gradient::part_of(whole, 0, 3);
  EXPECT_EQ(part.content(), Content::all);
  EXPECT_EQ(after([&] { part.for_rows(); }), everywhere) << "a part has no marks of its own";
  EXPECT_EQ(after([&] { part.for_write(); }), everywhere);
}

TEST(Gradient, APartSharesMemoryAndClearsAStaleWhole) {
  const auto whole = std::make_shared<Gradient>(gradient(Life::kept, 3));
  contribute(*whole, 1000);
  Gradient part = Gradient::part_of(whole, 1, 2);
  whole->discard();
  contribute(part, 4);
  EXPECT_EQ(content(*whole), (std::vector<double>{0, 4, 0}));
}

TEST(Gradient, TakesMemoryThatFits) {
  Gradient g = gradient(Life::kept);
  contribute(g, 1);
  g.discard();
  const Tensor memory = numbers({5, 6});
  g.live_in(memory);
  EXPECT_EQ(g.content(), Content::all) << "what is there counts";
  contribute(g, 1);
  EXPECT_EQ(memory.to_vector<double>(), (std::vector<double>{6, 7}));
  EXPECT_THROW(g.live_in(numbers({1})), Error);
  EXPECT_THROW(g.live_in(Tensor::zeros({2})), Error);
  EXPECT_THROW(g.live_in(memory, Tensor::zeros({3}, Dtype::i32)), Error);
}

}  // namespace
}  // namespace hone
