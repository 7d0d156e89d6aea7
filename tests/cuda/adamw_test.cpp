// Tests of AdamW's kernel on the device against the CPU's.
#include "core/kernels/adamw.h"

#include <tuple>

#include "tests/cuda/compare_devices.h"

namespace hone::test {
namespace {

constexpr Dtype kMasters[] = {Dtype::f32, Dtype::f64};

struct Setting {
  AdamForm form;
  bool bias_correction;
  double clip_norm, loss, norm;
  bool keeps_gradient = false;
};
const Setting kSettings[] = {{AdamForm::hf, true, 0, 0.7, 9},       {AdamForm::hf, false, 1, 0.7, 9},
                             {AdamForm::torch, true, 1, 0.7, 9},    {AdamForm::torch, true, 5, 0.7, 9},
                             {AdamForm::hf, true, 1, NAN, 9},       {AdamForm::torch, true, 1, 0.7, INFINITY},
                             {AdamForm::hf, true, 1, 0.7, 9, true}, {AdamForm::hf, true, 1, NAN, 9, true}};

// Returns p, g, m, v and the shadow after a step; each is part of a longer buffer, from element `begin` on.
std::vector<Tensor> step(Device device, const Setting& s, Dtype dtype, int64_t n, int64_t begin) {
  const auto part = [&](const Tensor& x) { return x.to(device).clone().slice(begin, begin + n); };
  const auto normal = [&](uint64_t seed) { return part(Numbers(seed).normal({begin + n}).to(dtype)); };
  const Tensor p = normal(1), g = normal(2), m = normal(3);
  const Tensor v = part(Numbers(4).uniform({begin + n}, 0, 2).to(dtype)),
               shadow = part(Tensor::zeros({begin + n}, Dtype::bf16));
  const Tensor control = Tensor::from(std::vector<double>{1e-2, 3}, {2}).to(device);
  const Tensor guard = Tensor::from(std::vector<double>{s.loss, s.norm}, {2}).to(device);
  const AdamSettings settings{s.form, 0.9, 0.999, 1e-6, s.bias_correction, s.clip_norm};
  launch(device, kernels::AdamW{.parts = {{.p = p,
                                           .g = g,
                                           .m = m,
                                           .v = v,
                                           .control = control,
                                           .settings = settings,
                                           .weight_decay = 0.1,
                                           .shadow = shadow,
                                           .keeps_gradient = s.keeps_gradient}},
                                .guard = guard});
  return {p, g, m, v, shadow};
}

TEST(CudaAdamW, AgreesWithTheCpu) {
  for (Dtype dtype : kMasters) {
    for (const Setting& s : kSettings) {
      for (int64_t n : {0, 1, 7, 2048, 5003}) {
        for (int64_t begin : {0, 1}) {
          for (size_t i = 0; i < 5; ++i) {
            compare_devices(label("adamw " + std::to_string(i), dtype, {n}), i == 4 ? Dtype::bf16 : dtype,
                            [&](Device device) { return step(device, s, dtype, n, begin)[i]; });
          }
        }
      }
    }
  }
}

// Elements 100 to 2999 have neither gradient nor moments; their shadows are written all
// the same.
TEST(CudaAdamW, LeavesWhatNothingMoves) {
  const int64_t n = 3001;
  const auto mostly_zero = [&](uint64_t seed, Device device) {
    const Tensor x = Numbers(seed).uniform({n}, 0, 2).to(Dtype::f32);
    x.slice(100, 3000).copy_from(Tensor::zeros({2900}));
    return x.to(device).clone();
  };
  const auto kernel = [&](Device device, double decay) {
    const Tensor p = Numbers(1).normal({n}).to(Dtype::f32).to(device).clone(),
                 shadow = Tensor::zeros({n}, Dtype::bf16, device);
    const Tensor g = mostly_zero(2, device), m = mostly_zero(3, device), v = mostly_zero(4, device);
    const Tensor control = Tensor::from(std::vector<double>{0.5, 3}, {2}).to(device);
    launch(device, kernels::AdamW{.parts = {{.p = p,
                                             .g = g,
                                             .m = m,
                                             .v = v,
                                             .control = control,
                                             .weight_decay = decay,
                                             .shadow = shadow}},
                                  .guard = control});
    return std::vector<Tensor>{p, shadow};
  };
  for (const double decay : {0.0, 0.1}) {
    compare_devices("values", Dtype::f32, [&](Device device) { return kernel(device, decay)[0]; });
    compare_devices("shadows", Dtype::bf16, [&](Device device) { return kernel(device, decay)[1]; });
  }
}

constexpr int32_t kMarks[] = {mark::kNothing, mark::kGradient, mark::kMoments, mark::kAlways};

// Marks of every kind over n numbers, the last mark covering fewer of them.
struct Known {
  Known(Dtype type, int64_t whole, int64_t first)
      : dtype(type), n(whole * kernels::marked(type) + 5), shift(first) {}
  int32_t at(int64_t i) const { return kMarks[(i / kernels::marked(dtype) + shift) % 4]; }
  Tensor marks() const {
    Tensor all = Tensor::empty({kernels::marks_for(n, dtype)}, Dtype::i32);
    for (int64_t k = 0; k < all.elements(); ++k) all.data<int32_t>()[k] = at(k * kernels::marked(dtype));
    return all;
  }
  // x where marks allow a gradient, `other` elsewhere.
  Tensor seen(const Tensor& x, double other = 0) const {
    Tensor out = x.to(Dtype::f64);
    for (int64_t i = 0; i < n; ++i) {
      if (at(i) > mark::kGradient) out.data<double>()[i] = other;
    }
    return out.to(dtype);
  }
  Dtype dtype;
  int64_t n, shift;
};

struct Start {
  explicit Start(const Known& known)
      : p(Numbers(1).normal({known.n}).to(known.dtype)),
        m(Numbers(3).normal({known.n}).to(known.dtype)),
        v(Numbers(4).uniform({known.n}, 0.1, 2).to(known.dtype)) {}
  Tensor p, m, v;
};

struct Numbered {
  std::vector<double> p, m, v, shadow, g;
};
struct Recipe {
  AdamSettings settings;
  double weight_decay;
};
Numbered step_with_marks(Device device, const Recipe& recipe, const Setting& s, bool shadowed,
                         const Start& start, const Tensor& gradient, const View& marks) {
  const auto there = [&](const Tensor& x) { return x.to(device).clone(); };
  const Tensor p = there(start.p), g = there(gradient), m = there(start.m), v = there(start.v),
               shadow = Tensor::zeros(p.shape(), Dtype::bf16, device);
  const Tensor control = Tensor::from(std::vector<double>{0.5, 3}, {2}).to(device);
  const Tensor guard = Tensor::from(std::vector<double>{s.loss, s.norm}, {2}).to(device);
  launch(device, kernels::AdamW{.parts = {{.p = p,
                                           .g = g,
                                           .m = m,
                                           .v = v,
                                           .control = control,
                                           .settings = recipe.settings,
                                           .weight_decay = recipe.weight_decay,
                                           .shadow = shadowed ? shadow.view() : View{},
                                           .marks = marks}},
                                .guard = guard});
  const auto here = [](const Tensor& x) { return doubles(x.to(Device{})); };
  return {here(p), here(m), here(v), here(shadow), here(g)};
}

// Expects that where marks exclude a gradient, g's values are neither used nor changed, and that all else has
// the bits of a step without marks. Numbers that nothing could move are not even read.
void expect_marks_are_heeded(Device device, const Known& known, const Recipe& recipe, const Setting& s,
                             bool shadowed) {
  const Tensor gradient = Numbers(2).normal({known.n}).to(known.dtype),
               marks = known.marks().to(device).clone();
  const Start start(known);
  const Numbered expected = step_with_marks(device, recipe, s, shadowed, start, known.seen(gradient), {}),
                 actual = step_with_marks(device, recipe, s, shadowed, start, gradient, marks);
  const auto p = doubles(start.p), m = doubles(start.m), v = doubles(start.v), before = doubles(gradient);
  const bool has_eps =
      known.dtype == Dtype::f32 ? static_cast<float>(recipe.settings.eps) > 0 : recipe.settings.eps > 0;
  const bool still = recipe.weight_decay == 0 && has_eps && !shadowed;
  for (int64_t k = 0; k < known.n; ++k) {
    const auto i = static_cast<size_t>(k);
    if (known.at(k) == mark::kNothing && still) {
      ASSERT_EQ(std::tie(actual.p[i], actual.m[i], actual.v[i]), std::tie(p[i], m[i], v[i])) << k;
    } else {
      ASSERT_EQ(std::tie(actual.p[i], actual.m[i], actual.v[i], actual.shadow[i]),
                std::tie(expected.p[i], expected.m[i], expected.v[i], expected.shadow[i]))
          << k;
    }
    ASSERT_EQ(actual.g[i], known.at(k) > mark::kGradient ? before[i] : 0) << k;
  }
  const std::vector<int32_t> old = known.marks().to_vector<int32_t>(),
                             now = marks.to(Device{}).to_vector<int32_t>();
  for (size_t k = 0; k < old.size(); ++k)
    EXPECT_EQ(now[k], old[k] == mark::kGradient ? mark::kMoments : old[k]) << k;
}

void expect_marks_are_heeded(Device device, const Known& known) {
  for (const Setting& s : kSettings) {
    if (s.keeps_gradient) continue;  // a kept gradient has no marks
    for (const double decay : {0.0, 0.1}) {
      for (const double eps : {1e-6, 1e-50, 0.0}) {  // the second is 0 in f32
        const Recipe recipe{{s.form, 0.9, 0.999, eps, s.bias_correction, s.clip_norm}, decay};
        for (const bool shadowed : {false, true}) expect_marks_are_heeded(device, known, recipe, s, shadowed);
      }
    }
  }
}

TEST(CudaAdamW, KnowsFromMarksWhereThereIsNoGradient) {
  for (const Dtype dtype : kMasters) {
    for (int64_t first = 0; first < 4; ++first) {
      const Known known(dtype, 7, first);
      SCOPED_TRACE(label("marks from " + std::to_string(first), dtype, {}));
      expect_marks_are_heeded(Device{}, known);
      for (ThreadOrder order : orders()) {
        run_threads_in(order);
        expect_marks_are_heeded(cuda_device(), known);
      }
      run_threads_in(ThreadOrder::ascending);
    }
    expect_marks_are_heeded(Device{}, Known(dtype, 1300, 0));     // more than one chunk on the CPU
    expect_marks_are_heeded(cuda_device(), Known(dtype, 19, 0));  // more than one block
  }
}

TEST(CudaAdamW, RefusesMarksOfAGradientThatItKeeps) {
  const Tensor x = Tensor::zeros({5}), control = Tensor::zeros({2}, Dtype::f64),
               marks = Tensor::zeros({1}, Dtype::i32);
  EXPECT_THROW(launch({}, kernels::AdamW{.parts = {{.p = x,
                                                    .g = x,
                                                    .m = x,
                                                    .v = x,
                                                    .control = control,
                                                    .settings = {},
                                                    .keeps_gradient = true,
                                                    .marks = marks}},
                                         .guard = control}),
               Error);
  EXPECT_THROW(launch({}, kernels::AdamW{.parts = {{.p = x,
                                                    .g = x,
                                                    .m = x,
                                                    .v = x,
                                                    .control = control,
                                                    .settings = {},
                                                    .marks = Tensor::zeros({2}, Dtype::i32)}},
                                         .guard = control}),
               Error);
}

TEST(CudaSumSquares, DoesNotReadWhatMarksKnowToBeZero) {
  for (const Device device : {Device{}, cuda_device()}) {
    for (const Dtype dtype : kMasters) {
      for (int64_t first = 0; first < 4; ++first) {
        const Known known(dtype, 1300, first);
        const Tensor x = Numbers(1).normal({known.n}).to(dtype);
        const auto sum = [&](const Tensor& values, const View& marks) {
          const Tensor out = Tensor::empty({1}, Dtype::f64, device);
          launch(device, kernels::SumSquares{.x = values.to(device), .out = out, .marks = marks});
          return out.item();
        };
        const Tensor marks = known.marks().to(device);
        EXPECT_EQ(sum(known.seen(x, NAN), marks), sum(known.seen(x), {})) << to_string(device) << first;
      }
    }
  }
}

TEST(CudaAdamW, TakesNoShadowAndMillionsOfElements) {
  const int64_t n = 1024 * 256 * 8 + 13;
  const Tensor x = Numbers(1).normal({n}).to(Dtype::f32);
  const auto kernel = [&](Device device) {
    const Tensor p = x.to(device).clone(), g = p.clone(), m = p.clone(),
                 v = Tensor::full({n}, 1, Dtype::f32, device);
    const Tensor control = Tensor::from(std::vector<double>{1e-2, 3}, {2}).to(device);
    launch(device,
           kernels::AdamW{.parts = {{.p = p, .g = g, .m = m, .v = v, .control = control, .settings = {}}},
                          .guard = control});
    return p.to(Device{});
  };
  const Tensor expected = kernel(Device{});
  EXPECT_EQ(
      joined(compare("p", kernel(cuda_device()), expected, rounding_bound(Dtype::f32, 1, largest(expected)))),
      "");
}

// Steps parts of every size in one launch, each with settings, learning rate and shadow of its own. Returns
// all their masters, gradients and moments one after another, or their shadows.
Tensor step_of_parts(Device device, bool shadows) {
  const std::vector<int64_t> sizes{300, 0, 2048, 1, 5003, 70000};
  const Tensor guard = Tensor::from(std::vector<double>{0.7, 9}, {2}).to(device);
  kernels::AdamW all{.parts = {}, .guard = guard};
  std::vector<Tensor> kept;
  const auto keep = [&](const Tensor& x) { return kept.emplace_back(x.to(device).clone()).view(); };
  for (size_t i = 0; i < sizes.size(); ++i) {
    const Shape n{sizes[i]};
    const auto normal = [&](uint64_t seed) { return keep(Numbers(10 * i + seed).normal(n).to(Dtype::f32)); };
    const AdamSettings settings{i % 2 == 0 ? AdamForm::hf : AdamForm::torch, 0.9, 0.999, 1e-6};
    const double rate = 1e-2 * static_cast<double>(i + 1);
    kernels::AdamWPart part{.p = normal(1),
                            .g = normal(2),
                            .m = normal(3),
                            .v = keep(Tensor::full(n, 0.5)),
                            .control = keep(Tensor::from(std::vector<double>{rate, 3}, {2})),
                            .settings = settings,
                            .weight_decay = 0.1 * static_cast<double>(i)};
    if (i % 3 != 0) part.shadow = keep(Tensor::zeros(n, Dtype::bf16));
    all.parts.push_back(part);
  }
  launch(device, all);
  std::vector<float> wanted;
  for (const Tensor& x : kept) {
    if (x.dtype() != (shadows ? Dtype::bf16 : Dtype::f32)) continue;
    const auto numbers = x.to(Device{}).to(Dtype::f32).to_vector<float>();
    wanted.insert(wanted.end(), numbers.begin(), numbers.end());
  }
  return Tensor::from(wanted, {static_cast<int64_t>(wanted.size())});
}

TEST(CudaAdamW, UpdatesAllPartsAtOnce) {
  compare_devices("values", Dtype::f32, [](Device device) { return step_of_parts(device, false); });
  compare_devices("shadows", Dtype::bf16, [](Device device) { return step_of_parts(device, true); });
}

// Steps more parts than one launch holds; every third has a shadow, the others marks. Returns all values
// after the step, or all shadows.
Tensor step_of_many_parts(Device device, int64_t n, bool shadows) {
  const int64_t parts = 35;
  const auto normal = [&](uint64_t seed) {
    return Numbers(seed).normal({n * parts}).to(Dtype::f32).to(device).clone();
  };
  const Tensor p = normal(1), g = normal(2), m = normal(3),
               v = Tensor::full({n * parts}, 0.5, Dtype::f32, device),
               shadow = Tensor::zeros({n * parts}, Dtype::bf16, device);
  std::vector<double> rates;
  std::vector<int32_t> known;
  for (int i = 0; i < parts; ++i) {
    rates.insert(rates.end(), {0.01 * i, 3});
    known.push_back(kMarks[i % 4]);
  }
  const Tensor control = Tensor::from(rates, {parts, 2}).to(device),
               marks = Tensor::from(known, {parts}).to(device).clone(),
               guard = Tensor::from(std::vector<double>{0.7, 9}, {2}).to(device);
  kernels::AdamW all{.parts = {}, .guard = guard};
  for (int64_t i = 0; i < parts; ++i) {
    const auto part = [&](const Tensor& x) { return x.slice(i * n, (i + 1) * n); };
    all.parts.push_back({part(p), part(g), part(m), part(v), control.slice(i, i + 1).reshape({2}), {}});
    if (i % 3 == 0)
      all.parts.back().shadow = part(shadow);
    else
      all.parts.back().marks = marks.slice(i, i + 1);
  }
  launch(device, all);
  return shadows ? shadow : p;
}

TEST(CudaAdamW, UpdatesAnyNumberOfParts) {
  for (const int64_t n : {37, 64}) {
    compare_devices("values", Dtype::f32,
                    [&](Device device) { return step_of_many_parts(device, n, false); });
    compare_devices("shadows", Dtype::bf16,
                    [&](Device device) { return step_of_many_parts(device, n, true); });
  }
}

TEST(CudaSumSquares, AgreesWithTheCpu) {
  for (Dtype dtype : kMasters) {
    for (int64_t n : {0, 1, 7, 2051, 16384, 50001}) {
      const Tensor x = Numbers(1).normal({n + 1}).to(dtype);
      for (int64_t begin : {0, 1}) {
        compare_devices(
            label("sum of squares", dtype, {n}), Dtype::f64,
            [&](Device device) {
              const Tensor out = Tensor::empty({1}, Dtype::f64, device);
              launch(device, kernels::SumSquares{.x = x.to(device).slice(begin, begin + n), .out = out});
              return out;
            },
            100);
      }
    }
  }
}

}  // namespace
}  // namespace hone::test
