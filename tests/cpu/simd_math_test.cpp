// The vectorised functions against the C library in f64, over dense sweeps and at the ends of their range.
// Every bound is an assertion; what was measured (the worst of the three instruction sets) stands beside it.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "core/kernels/elementwise.h"
#include "cpu/isa.h"
#include "tests/support/unary_definition.h"

namespace hone {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

// `count` evenly spaced numbers; the default count is odd, so that the last vector is not full.
std::vector<float> sweep(double low, double high, int count = 200001) {
  std::vector<float> x;
  for (int i = 0; i < count; ++i) x.push_back(static_cast<float>(low + (high - low) * i / (count - 1)));
  return x;
}

std::vector<float> apply(Isa isa, UnaryKind kind, const std::vector<float>& x) {
  std::vector<float> y(x.size(), kNan);
  simd<float>(isa).unary(kind, static_cast<int64_t>(x.size()), x.data(), y.data());
  return y;
}

// The distance from `expected` to the next float.
double unit_in_last_place(double expected) {
  const float magnitude = std::fabs(static_cast<float>(expected));
  return std::nextafter(magnitude, kInf) - static_cast<double>(magnitude);
}

struct Errors {
  double absolute = 0, units = 0;
};

Errors worst(UnaryKind kind, const std::vector<float>& x) {
  Errors out;
  for (Isa isa : kAllIsas) {
    if (!supports(isa)) continue;
    const auto y = apply(isa, kind, x);
    for (size_t i = 0; i < x.size(); ++i) {
      const double expected = test::definition(kind, x[i]), error = std::abs(y[i] - expected);
      EXPECT_FALSE(std::isnan(error)) << name_of(kind) << "(" << x[i] << ") on " << name_of(isa);
      out.absolute = std::max(out.absolute, error);
      out.units = std::max(out.units, error / unit_in_last_place(expected));
    }
  }
  return out;
}

TEST(SimdMath, Exp) {
  EXPECT_LT(worst(UnaryKind::exp, sweep(-87.33, 88.72)).units, 1.5);  // 1.24
  EXPECT_LT(worst(UnaryKind::exp, sweep(-1, 1)).units, 1.5);          // 1.10
}

TEST(SimdMath, Tanh) {
  EXPECT_LT(worst(UnaryKind::tanh, sweep(-12, 12)).units, 2);    // 1.27
  EXPECT_LT(worst(UnaryKind::tanh, sweep(-0.7, 0.7)).units, 2);  // 1.34
}

TEST(SimdMath, Sigmoid) {
  EXPECT_LT(worst(UnaryKind::sigmoid, sweep(-80, 80)).units, 4);  // 3.04
}

// gelu = x / 2 (1 + erf(x / sqrt 2)): for large negative x the sum cancels, so the bound there is absolute.
TEST(SimdMath, Gelu) {
  EXPECT_LT(worst(UnaryKind::gelu, sweep(0, 8)).units, 4);                // 3.30
  EXPECT_LT(worst(UnaryKind::gelu, sweep(-1, 0)).units, 8);               // 6.22
  EXPECT_LT(worst(UnaryKind::gelu, sweep(-1000, 0)).absolute, 1.5e-6);    // 1.0e-6
  EXPECT_LT(worst(UnaryKind::gelu, sweep(-5.7, -5.5)).absolute, 1.5e-6);  // 1.25e-6, the worst there is
}

TEST(SimdMath, GeluTanh) {
  EXPECT_LT(worst(UnaryKind::gelu_tanh, sweep(0, 8)).units, 2);            // 1.64
  EXPECT_LT(worst(UnaryKind::gelu_tanh, sweep(-12, 0)).absolute, 1.5e-7);  // 7.7e-8
}

TEST(SimdMath, Silu) {
  EXPECT_LT(worst(UnaryKind::silu, sweep(-80, 80)).units, 4);  // 2.98
}

TEST(SimdMath, LogAndRelu) {
  EXPECT_LT(worst(UnaryKind::log, sweep(1e-6, 100)).units, 1);  // 0.67
  EXPECT_EQ(worst(UnaryKind::relu, sweep(-3, 3)).absolute, 0);
}

struct Special {
  UnaryKind kind;
  float x, y;
};

constexpr float kTiny = std::numeric_limits<float>::denorm_min(),
                kLargest = std::numeric_limits<float>::max();
constexpr Special kSpecials[] = {{UnaryKind::exp, kInf, kInf},
                                 {UnaryKind::exp, -kInf, 0},
                                 {UnaryKind::exp, kLargest, kInf},
                                 {UnaryKind::exp, -kLargest, 0},
                                 {UnaryKind::exp, 88.73f, kInf},
                                 {UnaryKind::exp, -104, 0},
                                 {UnaryKind::exp, 0, 1},
                                 {UnaryKind::exp, kTiny, 1},
                                 {UnaryKind::exp, kNan, kNan},
                                 {UnaryKind::tanh, kInf, 1},
                                 {UnaryKind::tanh, -kInf, -1},
                                 {UnaryKind::tanh, kLargest, 1},
                                 {UnaryKind::tanh, kTiny, kTiny},
                                 {UnaryKind::tanh, kNan, kNan},
                                 {UnaryKind::sigmoid, kInf, 1},
                                 {UnaryKind::sigmoid, -kInf, 0},
                                 {UnaryKind::sigmoid, -1000, 0},
                                 {UnaryKind::sigmoid, kNan, kNan},
                                 {UnaryKind::silu, kInf, kInf},
                                 {UnaryKind::silu, -1000, 0},
                                 {UnaryKind::silu, 100, 100},
                                 {UnaryKind::silu, kNan, kNan},
                                 {UnaryKind::gelu, kInf, kInf},
                                 {UnaryKind::gelu, kLargest, kLargest},
                                 {UnaryKind::gelu, 100, 100},
                                 {UnaryKind::gelu, 0, 0},
                                 {UnaryKind::gelu, kNan, kNan},
                                 {UnaryKind::gelu_tanh, kInf, kInf},
                                 {UnaryKind::gelu_tanh, 100, 100},
                                 {UnaryKind::gelu_tanh, kNan, kNan},
                                 {UnaryKind::relu, -kInf, 0},
                                 {UnaryKind::relu, kInf, kInf},
                                 {UnaryKind::relu, kNan, kNan},
                                 {UnaryKind::log, 0, -kInf},
                                 {UnaryKind::log, kInf, kInf},
                                 {UnaryKind::log, -1, kNan},
                                 {UnaryKind::log, kTiny, -103.278929f}};

TEST(SimdMath, EndsOfTheRange) {
  for (Isa isa : kAllIsas) {
    if (!supports(isa)) continue;
    for (const Special& s : kSpecials) {
      // The number alone, and among others that fill whole vectors.
      for (size_t n : {1, 37}) {
        std::vector<float> x(n, 0.5f);
        x[n / 2] = s.x;
        const float y = apply(isa, s.kind, x)[n / 2];
        const std::string what =
            std::string(name_of(s.kind)) + " of " + std::to_string(s.x) + " on " + name_of(isa);
        EXPECT_EQ(std::isnan(y), std::isnan(s.y)) << what;
        EXPECT_TRUE(std::isnan(s.y) || y == s.y) << what << ": " << y;
      }
    }
  }
}

// For every count around the vectors' sizes and every misalignment: the results of single numbers, and
// nothing written beyond.
TEST(SimdMath, EveryCountAndAlignment) {
  for (Isa isa : kAllIsas) {
    if (!supports(isa)) continue;
    for (int64_t n = 0; n <= 35; ++n) {
      for (int64_t offset = 0; offset < 5; ++offset) {
        std::vector<float> x(64, kNan), y(64, -7);
        for (int64_t i = 0; i < n; ++i) x[static_cast<size_t>(offset + i)] = 0.1f * static_cast<float>(i - 9);
        simd<float>(isa).unary(UnaryKind::tanh, n, x.data() + offset, y.data() + offset);
        for (int64_t i = 0; i < 64; ++i) {
          const auto at = static_cast<size_t>(i);
          const bool inside = i >= offset && i < offset + n;
          EXPECT_NEAR(y[at], inside ? std::tanh(x[at]) : -7, 1e-6);
        }
      }
    }
  }
}

// f64 goes through the C library: an ulp or two.
TEST(SimdMath, Doubles) {
  std::vector<double> x, y(1001);
  for (int i = 0; i <= 1000; ++i) x.push_back(-10 + 0.02 * i);
  for (UnaryKind kind : kUnaryKinds) {
    for (Isa isa : kAllIsas) {
      if (!supports(isa)) continue;
      simd<double>(isa).unary(kind, 1001, x.data(), y.data());
      for (size_t i = 0; i < x.size(); ++i) {
        const double expected = test::definition(kind, x[i]);
        if (std::isfinite(expected)) {
          EXPECT_NEAR(y[i], expected, 2e-15 * std::max(1.0, std::abs(expected))) << name_of(kind) << x[i];
        } else {
          EXPECT_EQ(std::isnan(y[i]), std::isnan(expected)) << name_of(kind) << x[i];
          EXPECT_TRUE(std::isnan(expected) || y[i] == expected) << name_of(kind) << x[i];
        }
      }
    }
  }
}

}  // namespace
}  // namespace hone
