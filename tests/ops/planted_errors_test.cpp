// Each rung of the ladder is shown to catch an error: an op with one flaw at a time is fed to it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <hone/autograd/ops/elementwise.h>
#include "autograd/node.h"
#include "cpu/isa.h"
#include "cpu/thread_pool.h"
#include "tests/support/ladder.h"

namespace hone::test {
namespace {

enum class Flaw {
  none,
  gradient_of_one_element,  // off by a thousandth
  gradient_of_one_input,    // b gets a's gradient
  single_value,             // off by 1e-4, in f32 only
  single_gradient,
  one_instruction_set,
  composed_value,  // the op is 1e-9 off its composed reference
  composed_gradient,
  overwrites,     // overwrites where it should add
  unwritten,      // leaves an element of the gradient as it found the memory
  needs_company,  // a's gradient is wrong when b wants none
  run,            // differs from run to run in the last bit
  threads,        // differs with the number of threads
};

// The amount by which an element of the value is too large.
double value_error(Flaw flaw, Dtype dtype) {
  static int runs = 0;
  switch (flaw) {
    case Flaw::single_value:
      return dtype == Dtype::f32 ? 1e-4 : 0;
    case Flaw::one_instruction_set:
      return &simd<float>() == &simd<float>(Isa::portable) ? 0 : 1e-4;
    case Flaw::composed_value:
      return 1e-9;
    case Flaw::run:
      return ++runs * 1e-6;
    case Flaw::threads:
      return threads() * 1e-6;
    default:
      return 0;
  }
}

double gradient_error(Flaw flaw, Dtype dtype, bool alone) {
  switch (flaw) {
    case Flaw::gradient_of_one_element:
      return 1e-3;
    case Flaw::single_gradient:
      return dtype == Dtype::f32 ? 1e-4 : 0;
    case Flaw::composed_gradient:
      return 1e-9;
    case Flaw::needs_company:
      return alone ? 1e-3 : 0;
    default:
      return 0;
  }
}

// y = a * b, element by element, with a flaw in element 3.
struct FlawedNode final : Node {
  Flaw flaw = Flaw::none;
  Tensor a, b;

  void backward(const Tensor& dy, GradSink& sink) override {
    if (dy.dtype() == Dtype::f32) return backward_of<float>(dy, sink);
    backward_of<double>(dy, sink);
  }

  template <class T>
  void backward_of(const Tensor& dy, GradSink& sink) {
    const bool alone = !sink.wants(0) || !sink.wants(1);
    for (size_t input : {0, 1}) {
      if (!sink.wants(input)) continue;
      const GradOut out = sink.into(input);
      const Tensor& other = input == 0 || flaw == Flaw::gradient_of_one_input ? b : a;
      for (int64_t i = 0; i < dy.elements(); ++i) {
        if (flaw == Flaw::unwritten && i == 3 && !out.add) continue;
        const double error = i == 3 ? gradient_error(flaw, dy.dtype(), alone) : 0;
        const T d = dy.data<T>()[i] * other.data<T>()[i] * static_cast<T>(1 + error);
        T& to = out.view.as<T>()[i];
        to = out.add && flaw != Flaw::overwrites ? to + d : d;
      }
    }
  }
};

Var flawed_product(Flaw flaw, const Var& a, const Var& b) {
  Tensor y = mul(a.detach(), b.detach()).value();
  const double factor = 1 + value_error(flaw, y.dtype());
  if (y.dtype() == Dtype::f32) y.data<float>()[3] *= static_cast<float>(factor);
  if (y.dtype() == Dtype::f64) y.data<double>()[3] *= factor;
  auto node = std::make_shared<FlawedNode>();
  node->flaw = flaw;
  node->a = a.value();
  node->b = b.value();
  return record(std::move(node), y, {a, b});
}

OpCase flawed_case(Flaw flaw) {
  Numbers numbers(30);
  return {"flawed",
          {numbers.away_from_zero({7}, 0.5), numbers.away_from_zero({7}, 0.5)},
          [flaw](const Vars& v) { return flawed_product(flaw, v[0], v[1]); },
          [](const Vars& v) { return mul(v[0], v[1]); }};
}

void expect_caught(Failures (*check)(const OpCase&), Flaw flaw, const std::string& where) {
  const Failures failures = check(flawed_case(flaw));
  EXPECT_THAT(joined(failures), testing::HasSubstr(where));
}

TEST(PlantedErrors, ThePlainOpPassesEveryRung) {
  for (auto check :
       {check_gradients, check_precision, check_composed, check_accumulation, check_reproducible}) {
    EXPECT_EQ(joined(check(flawed_case(Flaw::none))), "");
  }
}

TEST(PlantedErrors, FiniteDifferencesCatchWrongGradients) {
  expect_caught(check_gradients, Flaw::gradient_of_one_element, "d input 0[3]");
  expect_caught(check_gradients, Flaw::gradient_of_one_input, "d input 1[0]");
}

TEST(PlantedErrors, PrecisionCatchesErrorsOfF32AndOfOneInstructionSet) {
  expect_caught(check_precision, Flaw::single_value, "value in f32 on portable[3]");
  expect_caught(check_precision, Flaw::single_gradient, "in f32 on portable of input 0[3]");
  if (supports(Isa::avx2))
    expect_caught(check_precision, Flaw::one_instruction_set, "value in f64 on avx2[3]");
}

// Two products: one whose value is off by a twentieth in bf16 only, and one whose gradient is.
TEST(PlantedErrors, Bf16CatchesAWrongTwentieth) {
  Numbers numbers(31);
  const auto product = [&](double value, double gradient) {
    const auto factor = [](double in_bf16, double else_, const Var& like) {
      return Tensor::full({1}, like.dtype() == Dtype::bf16 ? in_bf16 : else_, like.dtype());
    };
    OpCase c{"flawed", {numbers.away_from_zero({7}, 0.5), numbers.away_from_zero({7}, 0.5)}, {}};
    c.op = [=](const Vars& v) {
      const Var y = mul(v[0], v[1]);
      const Var off = mul(v[0].detach(), mul(v[1], factor(gradient, 0, y)));  // the value cancels out
      return add(mul(y, factor(value, 1, y)), sub(off, off.detach()));
    };
    return joined(check_bf16(c));
  };
  EXPECT_EQ(product(1, 0), "");
  EXPECT_THAT(product(1.05, 0), testing::HasSubstr("value in bf16 on portable"));
  EXPECT_THAT(product(1, 0.05), testing::HasSubstr("in bf16 on portable of input 1"));
}

TEST(PlantedErrors, ComposedCatchesSmallDifferences) {
  expect_caught(check_composed, Flaw::composed_value, "value against composed[3]");
  expect_caught(check_composed, Flaw::composed_gradient, "against composed of input 0[3]");
}

TEST(PlantedErrors, DefinitionCatchesSmallDifferences) {
  OpCase c = flawed_case(Flaw::composed_value);
  c.composed = {};
  c.definition = [](const std::vector<Tensor>& x) { return mul(x[0], x[1]).value(); };
  EXPECT_THAT(joined(check_composed(c)), testing::HasSubstr("value by definition[3]"));
}

TEST(PlantedErrors, AccumulationCatchesAForgottenBeta) {
  expect_caught(check_accumulation, Flaw::overwrites, "used twice of input 0");
  expect_caught(check_accumulation, Flaw::overwrites, "added to a leaf of input 1");
  expect_caught(check_accumulation, Flaw::unwritten, "used twice of input 0[3]");
  expect_caught(check_accumulation, Flaw::needs_company, "alone of input 0");
}

TEST(PlantedErrors, ReproducibilityCatchesEveryBit) {
  expect_caught(check_reproducible, Flaw::run, "value in a second run");
  set_threads(2);
  expect_caught(check_reproducible, Flaw::threads, "value on 1 threads");
  set_threads(default_threads());
}

}  // namespace
}  // namespace hone::test
