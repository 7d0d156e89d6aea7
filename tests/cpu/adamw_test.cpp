// Tests of AdamW's kernel: the vectors of both forms (made with transformers' and PyTorch's optimizers),
// clipping, the guard, clearing the gradient.
#include "core/kernels/adamw.h"

#include <gtest/gtest.h>

#include <cmath>

#include "cpu/isa.h"
#include "tests/support/op_case.h"

namespace hone::test {
namespace {

// The optimizer's state for n copies of one number.
struct State {
  State(double start, Dtype dtype, int64_t n = 1)
      : p(Tensor::full({n}, start, dtype)), g(Tensor::zeros({n}, dtype)), m(g.clone()), v(g.clone()) {}

  // One step in which every number has this gradient.
  void step(double gradient, double lr, const AdamSettings& settings, double loss = 0.5, double squares = 1) {
    g = Tensor::full(p.shape(), gradient, p.dtype());
    ++t;
    launch({}, kernels::AdamW{.parts = {{.p = p,
                                         .g = g,
                                         .m = m,
                                         .v = v,
                                         .control = Tensor::from(std::vector{lr, t}, {2}),
                                         .settings = settings,
                                         .weight_decay = weight_decay}},
                              .guard = Tensor::from(std::vector{loss, squares}, {2})});
  }
  double value(int64_t i = 0) const { return p.slice(i, i + 1).item(); }

  Tensor p, g, m, v;
  double t = 0, weight_decay = 0;
};

void expect_path(const AdamSettings& settings, double weight_decay, double lr, double start,
                 const std::vector<double>& gradients, const std::vector<double>& expected) {
  for (Isa isa : {Isa::portable, Isa::avx2, Isa::avx512}) {
    if (!supports(isa)) continue;
    const ForceIsa force(isa);
    State in_double(start, Dtype::f64, 19), in_single(start, Dtype::f32, 19);
    in_double.weight_decay = in_single.weight_decay = weight_decay;
    for (size_t i = 0; i < expected.size(); ++i) {
      in_double.step(gradients[i], lr, settings);
      in_single.step(gradients[i], lr, settings);
      for (int64_t j : {0, 7, 18}) EXPECT_NEAR(in_double.value(j), expected[i], 6e-11) << "step " << i + 1;
      for (int64_t j : {0, 18})
        EXPECT_NEAR(in_single.value(j), expected[i], 1e-6 * std::max(1.0, std::abs(expected[i])));
    }
  }
}

const std::vector<double> kGradients = {1, -2, 3};

TEST(AdamWVectors, HfForm) {
  expect_path({AdamForm::hf, 0.9, 0.999, 1e-6}, 0.1, 0.1, 1, kGradients,
              {.8910031306, .9183368358, .8751728878});
}

TEST(AdamWVectors, HfFormWithoutCorrection) {
  AdamSettings settings{AdamForm::hf, 0.9, 0.999, 1e-6};
  settings.bias_correction = false;
  expect_path(settings, 0.1, 0.1, 1, kGradients, {.6769444113, .8241960489, .6477422216});
}

TEST(AdamWVectors, TorchForm) {
  expect_path({AdamForm::torch, 0.9, 0.999, 1e-8}, 0.1, 0.1, 1, kGradients,
              {.8900000010, .9177103535, .8742091421});
}

TEST(AdamWVectors, SmallConstantGradients) {
  expect_path({AdamForm::hf, 0.9, 0.999, 1e-6}, 0, 1, 0, {1e-6, 1e-6, 1e-6},
              {-.030653430032, -.073450158504, -.125353584028});
  expect_path({AdamForm::torch, 0.9, 0.999, 1e-8}, 0, 1, 0, {1e-6, 1e-6, 1e-6},
              {-.990099009901, -1.980198019802, -2.970297029703});
}

// The size of the step over lr at steps 1, 100 and 801 for a constant gradient of 1e-6: the hf form warms up.
TEST(AdamWVectors, StepSizes) {
  struct Row {
    AdamForm form;
    double eps, at_1, at_100, at_801;
  };
  for (const Row& row :
       {Row{AdamForm::hf, 1e-6, .0307, .2358, .4261}, Row{AdamForm::hf, 1e-8, .7597, .9686, .9867},
        Row{AdamForm::torch, 1e-6, .5, .5, .5}, Row{AdamForm::torch, 1e-8, .9901, .9901, .9901}}) {
    State state(0, Dtype::f64);
    for (int t = 1; t <= 801; ++t) {
      const double before = state.value();
      state.step(1e-6, 1, {row.form, 0.9, 0.999, row.eps});
      const double size = before - state.value();
      const double expected = t == 1 ? row.at_1 : (t == 100 ? row.at_100 : row.at_801);
      if (t == 1 || t == 100 || t == 801) {
        EXPECT_NEAR(size, expected, 5e-5);
      }
    }
  }
}

// Fits y = 3 x0 + x1 - 2 by the sum of squared errors, with 100 steps of the torch form.
TEST(AdamWVectors, LinearRegression) {
  const double x[4][2] = {{2, 1}, {7, 4}, {-4, 12}, {5, 8}};
  Tensor p = Tensor::zeros({3}, Dtype::f64), g = p.clone(), m = p.clone(), v = p.clone();
  const Tensor guard = Tensor::zeros({2}, Dtype::f64);
  for (int t = 1; t <= 100; ++t) {
    for (const auto& [x0, x1] : x) {
      const double* w = p.data<double>();
      const double error = w[0] * x0 + w[1] * x1 + w[2] - (3 * x0 + x1 - 2);
      g.data<double>()[0] += 2 * error * x0;
      g.data<double>()[1] += 2 * error * x1;
      g.data<double>()[2] += 2 * error;
    }
    const Tensor control = Tensor::from(std::vector{0.1, static_cast<double>(t)}, {2});
    launch({}, kernels::AdamW{.parts = {{.p = p,
                                         .g = g,
                                         .m = m,
                                         .v = v,
                                         .control = control,
                                         .settings = {AdamForm::torch, 0.9, 0.999, 1e-8},
                                         .weight_decay = 0.01}},
                              .guard = guard});
  }
  EXPECT_NEAR(p.data<double>()[0], 2.72568861, 5e-9);
  EXPECT_NEAR(p.data<double>()[1], .70969757, 5e-9);
  EXPECT_NEAR(p.data<double>()[2], .78725649, 5e-9);
}

// In f32 the factors 1 - beta are rounded once: 1 - 0.999f would be 1.3e-5 too small.
TEST(AdamW, MomentsInSinglePrecision) {
  State state(0, Dtype::f32);
  state.step(1, 1, {});
  EXPECT_FLOAT_EQ(static_cast<float>(state.m.item()), 0.1f);
  EXPECT_FLOAT_EQ(static_cast<float>(state.v.item()), 0.001f);
}

TEST(AdamW, ClippingScalesTheGradient) {
  AdamSettings settings{AdamForm::torch, 0.9, 0.999, 1e-8};
  settings.clip_norm = 1;
  State clipped(0, Dtype::f64), by_hand(0, Dtype::f64), below(0, Dtype::f64);
  clipped.step(3, 0.1, settings, 0.5, 25);  // norm 5
  by_hand.step(3 / (5 + 1e-6), 0.1, {AdamForm::torch, 0.9, 0.999, 1e-8});
  EXPECT_NEAR(clipped.m.item(), by_hand.m.item(), 1e-16);
  EXPECT_NEAR(clipped.v.item(), by_hand.v.item(), 1e-16);
  below.step(3, 0.1, settings, 0.5, 0.25);  // norm 0.5: not clipped
  EXPECT_DOUBLE_EQ(below.m.item(), (1 - 0.9) * 3);
}

TEST(AdamW, NothingMovesWhenTheGuardIsNotFinite) {
  for (const auto& [loss, squares] : {std::pair{NAN, 1.0}, {INFINITY, 1.0}, {0.5, NAN}, {0.5, INFINITY}}) {
    State state(2, Dtype::f32, 70000);  // two chunks
    state.step(1, 0.1, {});
    const auto p = state.p.to_vector<float>(), m = state.m.to_vector<float>(), v = state.v.to_vector<float>();
    state.step(NAN, 0.1, {}, loss, squares);
    EXPECT_EQ(state.p.to_vector<float>(), p);
    EXPECT_EQ(state.m.to_vector<float>(), m);
    EXPECT_EQ(state.v.to_vector<float>(), v);
    EXPECT_EQ(state.g.to_vector<float>(), std::vector<float>(70000, 0));
  }
}

// A gradient that is kept instead of cleared changes nothing about the step.
TEST(AdamW, KeepsTheGradientWhereItIsToldTo) {
  const int64_t n = 70001;
  for (const double loss : {0.5, std::nan("")}) {
    std::vector<std::vector<float>> results;
    for (const bool keeps : {false, true}) {
      const Tensor p = Tensor::full({n}, 1), g = Tensor::full({n}, 2), m = Tensor::full({n}, 3),
                   v = Tensor::full({n}, 4);
      kernels::AdamWPart part{.p = p,
                              .g = g,
                              .m = m,
                              .v = v,
                              .control = Tensor::from(std::vector{0.1, 2.0}, {2}),
                              .settings = {}};
      part.keeps_gradient = keeps;
      launch({}, kernels::AdamW{.parts = {part}, .guard = Tensor::from(std::vector{loss, 1.0}, {2})});
      EXPECT_EQ(g.to_vector<float>(), std::vector<float>(static_cast<size_t>(n), keeps ? 2 : 0));
      for (const Tensor& x : {p, m, v}) results.push_back(x.to_vector<float>());
    }
    EXPECT_TRUE(std::equal(results.begin(), results.begin() + 3, results.begin() + 3));
  }
}

TEST(AdamW, ZeroesTheGradientAndTreatsEveryElementAlike) {
  for (int64_t n : {1, 5, 65535, 65536, 65537, 140001}) {
    State state(1, Dtype::f32, n);
    state.step(2, 0.1, {});
    for (int64_t i : {int64_t{0}, n / 2, n - 1}) EXPECT_EQ(state.value(i), state.value(0));
    EXPECT_EQ(state.g.to_vector<float>(), std::vector<float>(static_cast<size_t>(n), 0));
    EXPECT_LT(state.value(), 1);
  }
  State empty(1, Dtype::f32, 0);
  empty.step(1, 0.1, {});  // must not crash
}

TEST(AdamW, RefusesWhatDoesNotFit) {
  State state(1, Dtype::f32, 3);
  const Tensor control = Tensor::zeros({2}, Dtype::f64);
  const auto refused = [&](const Tensor& v, const Tensor& guard, const Tensor& own_control) {
    const kernels::AdamWPart whole{
        .p = state.p, .g = state.g, .m = state.m, .v = state.v, .control = control, .settings = {}};
    kernels::AdamWPart changed = whole;
    changed.v = v;
    changed.control = own_control;
    EXPECT_THROW(launch({}, kernels::AdamW{.parts = {changed}, .guard = guard}), Error);
    EXPECT_THROW(launch({}, kernels::AdamW{.parts = {whole, changed}, .guard = guard}), Error);
  };
  refused(Tensor::zeros({4}), control, control);
  refused(state.v, Tensor::zeros({2}), control);
  refused(state.v, control, Tensor::zeros({3}, Dtype::f64));
  refused(Tensor::zeros({3}, Dtype::f64), control, control);
  EXPECT_THROW(launch({}, kernels::AdamW{.parts = {}, .guard = control}), Error);
  const State other(1, Dtype::f64, 3);
  EXPECT_THROW(launch({}, kernels::AdamW{.parts = {{.p = state.p,
                                                    .g = state.g,
                                                    .m = state.m,
                                                    .v = state.v,
                                                    .control = control,
                                                    .settings = {}},
                                                   {.p = other.p,
                                                    .g = other.g,
                                                    .m = other.m,
                                                    .v = other.v,
                                                    .control = control,
                                                    .settings = {}}},
                                         .guard = control}),
               Error);
}

TEST(SumSquares, AgreesWithALoopAndAddsInDouble) {
  for (int64_t n : {0, 1, 31, 33, 65536, 65537, 200003}) {
    const Tensor x = Numbers(1).normal({n}), single = x.to(Dtype::f32), out = Tensor::zeros({1}, Dtype::f64);
    double expected = 0;
    for (double value : x.span<double>()) expected += value * value;
    for (const Tensor& t : {x, single}) {
      launch({}, kernels::SumSquares{.x = t, .out = out});
      EXPECT_NEAR(out.item(), expected, 1e-12 * expected);
    }
  }
}

// A finite f32 gradient's norm is finite in double; a gradient that is not finite makes it not finite.
TEST(SumSquares, LargeAndNotFiniteNumbers) {
  const Tensor out = Tensor::zeros({1}, Dtype::f64);
  launch({}, kernels::SumSquares{.x = Tensor::full({100}, 1e30), .out = out});
  EXPECT_NEAR(out.item(), 1e62, 1e56);
  Tensor x = Tensor::zeros({100});
  x.data<float>()[77] = NAN;
  launch({}, kernels::SumSquares{.x = x, .out = out});
  EXPECT_TRUE(std::isnan(out.item()));
}

// Elements without gradient and moments are skipped, in whole blocks, unless weight decay moves them.
TEST(AdamWKernel, WhatNothingMovesKeepsItsBits) {
  constexpr int64_t n = 1500, at = 700;
  for (Isa isa : {Isa::portable, Isa::avx2, Isa::avx512}) {
    if (!supports(isa)) continue;
    const ForceIsa force(isa);
    for (const double decay : {0.0, 0.1}) {
      const AdamSettings settings{AdamForm::hf, 0.9, 0.999, 1e-6};
      State many(0.75, Dtype::f32, n), one(0.75, Dtype::f32);
      one.weight_decay = decay;
      const Tensor shadow = Tensor::zeros({n}, Dtype::bf16);
      for (int step = 1; step <= 3; ++step) {
        if (step < 3) many.g.data<float>()[at] = 0.5f;  // in the third only moments move it
        const Tensor control = Tensor::from(std::vector{0.1, static_cast<double>(step)}, {2});
        launch({}, kernels::AdamW{.parts = {{.p = many.p,
                                             .g = many.g,
                                             .m = many.m,
                                             .v = many.v,
                                             .control = control,
                                             .settings = settings,
                                             .weight_decay = decay,
                                             .shadow = shadow}},
                                  .guard = Tensor::from(std::vector{0.5, 1.0}, {2})});
        one.step(step < 3 ? 0.5 : 0, 0.1, settings);
      }
      EXPECT_EQ(many.value(at), one.value());
      const double rest = many.value(0);
      EXPECT_EQ(rest == 0.75, decay == 0) << rest;
      for (const int64_t i : {int64_t{1}, int64_t{255}, at - 1, at + 1, n - 1})
        EXPECT_EQ(many.value(i), rest) << i;
      for (const int64_t i : {int64_t{0}, at, n - 1})
        EXPECT_EQ(shadow.slice(i, i + 1).item(), bf16(static_cast<float>(many.value(i))));
      EXPECT_EQ(many.g.to_vector<float>(), std::vector<float>(n));
    }
  }
}

}  // namespace
}  // namespace hone::test
