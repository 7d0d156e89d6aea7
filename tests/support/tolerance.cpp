#include "tests/support/tolerance.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/view.h"

namespace hone::test {

double epsilon(Dtype dtype) {
  if (dtype == Dtype::bf16)
    return 0x1p-8;  // half of the distance from 1 to the next number: the error of rounding
  return dtype == Dtype::f32 ? std::numeric_limits<float>::epsilon() : std::numeric_limits<double>::epsilon();
}

std::vector<double> doubles(const Tensor& x) {
  if (x.dtype() == Dtype::f64) return x.to_vector<double>();
  if (x.dtype() == Dtype::bf16) {
    const auto halves = x.span<bf16>();
    return {halves.begin(), halves.end()};
  }
  const auto values = x.span<float>();
  return {values.begin(), values.end()};
}

double largest(const Tensor& x) {
  double top = 0;
  for (double value : doubles(x)) top = std::max(top, std::abs(value));
  return top;
}

double rounding_bound(Dtype dtype, int64_t reduction, double magnitude) {
  return 2 * epsilon(dtype) * (10 + static_cast<double>(reduction)) * std::max(1.0, magnitude);
}

Failures compare(const std::string& what, const Tensor& actual, const Tensor& expected, double bound) {
  if (actual.shape() != expected.shape()) {
    return {fmt::format("{}: shape {}, expected {}", what, to_string(actual.shape()),
                        to_string(expected.shape()))};
  }
  const auto a = doubles(actual), e = doubles(expected);
  size_t worst = 0;
  double difference = -1;
  for (size_t i = 0; i < a.size(); ++i) {
    const bool wrong_kind = std::isfinite(a[i]) != std::isfinite(e[i]);
    const double d = wrong_kind ? INFINITY : (std::isfinite(a[i]) ? std::abs(a[i] - e[i]) : 0);
    if (d > difference) worst = i, difference = d;
  }
  if (difference <= bound) return {};
  return {fmt::format("{}[{}]: {:.9g}, expected {:.9g}: differs by {:.3g}, {:.3g} allowed", what, worst,
                      a[worst], e[worst], difference, bound)};
}

Failures compare_bits(const std::string& what, const Tensor& actual, const Tensor& expected) {
  const View a = actual, e = expected;
  if (a.shape != e.shape || a.dtype != e.dtype)
    return {what + ": " + describe(a) + ", expected " + describe(e)};
  if (actual.bytes() == 0 || std::memcmp(a.data, e.data, static_cast<size_t>(actual.bytes())) == 0) return {};
  return {what + ": not the same bits"};
}

void append(Failures& to, Failures more) {
  to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

std::string joined(const Failures& failures) {
  std::string out;
  for (const std::string& failure : failures) out += failure + "\n";
  return out;
}

}  // namespace hone::test
