#pragma once

#include <string>
#include <vector>

#include <hone/core/tensor.h>

namespace hone::test {

// The failures that a check found, a line each; empty when it passed. Checks return this, and do not assert,
// so that tests can show that each fails when it should.
using Failures = std::vector<std::string>;

double epsilon(Dtype dtype);
double largest(const Tensor& x);  // the largest magnitude; 0 for an empty tensor
std::vector<double> doubles(const Tensor& x);

// The error that rounding may cause in a result computed in `dtype`: eps times the number of terms in the
// longest sum, times the magnitude of the terms (at least 1, the inputs' own).
double rounding_bound(Dtype dtype, int64_t reduction, double magnitude);

// The worst of the differences larger than `bound`. A NaN in only one of the two tensors counts as a
// difference.
Failures compare(const std::string& what, const Tensor& actual, const Tensor& expected, double bound);
// Reports any difference in bits.
Failures compare_bits(const std::string& what, const Tensor& actual, const Tensor& expected);

void append(Failures& to, Failures more);
std::string joined(const Failures& failures);

}  // namespace hone::test
