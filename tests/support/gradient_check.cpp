// Numeric gradients: for f64 and the loss L = sum(upstream * op(inputs)),
//   dL/dx ~ (L(x + h) - L(x - h)) / 2h,   h = cbrt(eps) max(1, |x|)
// whose error has two parts, h^2 L''' / 6 and eps |L| / h, both of the order of eps^(2/3).
#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "tests/support/ladder.h"

namespace hone::test {
namespace {

constexpr size_t kAllElements = 700;  // inputs of more elements are probed at this many, chosen at random

// dL/dx of one element of inputs[i]; the inputs may be changed and are restored.
double numeric(const Op& op, std::vector<Tensor>& inputs, const std::vector<double>& upstream, double& x) {
  const double before = x, h = std::cbrt(epsilon(Dtype::f64)) * std::max(1.0, std::abs(x));
  x = before + h;
  const auto above = value_of(op, inputs).to_vector<double>();
  x = before - h;
  const auto below = value_of(op, inputs).to_vector<double>();
  x = before;
  double sum = 0;
  for (size_t j = 0; j < above.size(); ++j) sum += upstream[j] * (above[j] - below[j]);
  return sum / ((before + h) - (before - h));
}

std::vector<size_t> elements_to_probe(size_t count) {
  std::vector<size_t> out;
  RandomStream random(7, RandomUse::shuffle, count);
  for (size_t i = 0; i < std::min(count, kAllElements); ++i) {
    out.push_back(count <= kAllElements ? i : static_cast<size_t>(random.below(count)));
  }
  return out;
}

}  // namespace

Failures check_gradients(const OpCase& c) {
  Failures failures;
  std::vector<Tensor> inputs = inputs_in(c, Dtype::f64);
  const Tensor upstream = upstream_for(c, Dtype::f64);
  const Evaluation analytic = evaluate(c.op, inputs, upstream);
  double magnitude = 1;  // the scale of rounding errors: the sum of all |upstream * value|
  const auto u = upstream.to_vector<double>(), y = analytic.value.to_vector<double>();
  for (size_t j = 0; j < u.size(); ++j) magnitude = std::max(magnitude, std::abs(u[j] * y[j]));
  const double bound = 20 * std::pow(epsilon(Dtype::f64), 2.0 / 3) * magnitude;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const auto gradient = analytic.grads[i].to_vector<double>();
    for (size_t e : elements_to_probe(gradient.size())) {
      const double expected = numeric(c.op, inputs, u, inputs[i].data<double>()[e]);
      const double allowed = bound * std::max(1.0, std::abs(expected));
      if (std::abs(gradient[e] - expected) <= allowed) continue;
      failures.push_back(fmt::format("{}: d input {}[{}] is {:.12g}, numerically {:.12g}: {:.3g} allowed",
                                     c.name, i, e, gradient[e], expected, allowed));
      break;
    }
  }
  return failures;
}

}  // namespace hone::test
