#include "tests/support/unary_definition.h"

#include <cmath>
#include <numbers>

namespace hone::test {
namespace {

// The arithmetic that the entries of core/kernels/unary_functions.h are written in.
struct LibraryMath {
  using T = double;
  using V = double;

  static double erf(double x) { return std::erf(x); }
  static double exp(double x) { return std::exp(x); }
  static double log(double x) { return std::log(x); }
  static double tanh(double x) { return std::tanh(x); }
  static double all(double x) { return x; }
};

double entry(UnaryKind kind, double x) {
  double y = NAN;
  with_function(kind, [&](auto f) { y = f.template value<LibraryMath>(x); });
  return y;
}

}  // namespace

double definition(UnaryKind kind, double x) {
  switch (kind) {
    case UnaryKind::gelu:
      return 0.5 * x * std::erfc(-x / std::numbers::sqrt2);
    case UnaryKind::gelu_tanh:
      return 0.5 * x * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
    case UnaryKind::relu:
      return std::fmax(x, 0);
    case UnaryKind::tanh:
      return std::tanh(x);
    case UnaryKind::sigmoid:
      return 1 / (1 + std::exp(-x));
    case UnaryKind::exp:
      return std::exp(x);
    case UnaryKind::log:
      return std::log(x);
    case UnaryKind::silu:
      return x / (1 + std::exp(-x));
    default:
      return entry(kind, x);
  }
}

}  // namespace hone::test
