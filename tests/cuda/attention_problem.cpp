#include "tests/cuda/attention_problem.h"

#include <algorithm>
#include <cmath>

namespace hone::test {
namespace {

std::vector<float> numbers(const Tensor& x) { return x.to(Device{}).to(Dtype::f32).to_vector<float>(); }

double most(const std::vector<float>& x) {
  double most = 0;
  for (const float value : x) most = std::max(most, std::abs(double{value}));
  return most;
}

// The largest sums over the keys of a query, or the queries of a key.
class Sums {
 public:
  Sums(const AttentionProblem& problem, const AttentionResults& exact)
      : p_(problem),
        q_(numbers(problem.q)),
        kv_(numbers(problem.kv)),
        dout_(numbers(problem.dout)),
        out_(numbers(exact.out)),
        lse_(numbers(exact.lse)) {
    for (int64_t head = 0; head < p_.heads; ++head) {
      for (int64_t s = 0; s < p_.queries.count(); ++s) add(s, head);
    }
  }
  double largest() const {
    return std::max({by_query_ * most(kv_), by_key_ * most(q_), weights_ * most(dout_)});
  }

 private:
  int64_t columns() const { return p_.width / p_.heads; }
  // A row of a matrix, from the columns of this head on.
  const float* row(const std::vector<float>& x, int64_t row, int64_t width, int64_t column) const {
    return x.data() + row * width + column;
  }
  double dot(const float* a, const float* b) const {
    double sum = 0;
    for (int64_t c = 0; c < columns(); ++c) sum += double{a[c]} * b[c];
    return sum;
  }
  double magnitude(const float* a, const float* b) const {
    double sum = 0;
    for (int64_t c = 0; c < columns(); ++c) sum += std::abs(double{a[c]} * b[c]);
    return sum;
  }

  void add(int64_t s, int64_t head) {
    const int64_t keys = p_.keys.length(s), column = head * columns();
    std::vector<double> of_key(static_cast<size_t>(keys)), weight_of_key(of_key);
    for (int64_t i = p_.queries.begin(s); i < p_.queries.end(s); ++i) {
      const float *const q = row(q_, i, p_.q.shape()[1], column),
                         *const dout = row(dout_, i, p_.width, column),
                         *const out = row(out_, i, p_.width, column);
      const double lse = lse_[static_cast<size_t>(head * p_.queries.total() + i)], sum = dot(dout, out);
      double of_query = 0;
      for (int64_t j = 0; j < keys; ++j) {
        const float* const k = row(kv_, p_.keys.begin(s) + j, p_.kv.shape()[1], p_.first + column);
        const double p = std::exp(dot(q, k) * scale_ - lse);
        const double ds = p * (std::abs(dot(dout, k + p_.width) - sum) + magnitude(dout, out)) * scale_;
        of_query += ds;
        of_key[static_cast<size_t>(j)] += ds;
        weight_of_key[static_cast<size_t>(j)] += p;
      }
      by_query_ = std::max(by_query_, of_query);
    }
    for (const double ds : of_key) by_key_ = std::max(by_key_, ds);
    for (const double p : weight_of_key) weights_ = std::max(weights_, p);
  }

  const AttentionProblem& p_;
  std::vector<float> q_, kv_, dout_, out_, lse_;
  double scale_ = 1 / std::sqrt(static_cast<double>(columns()));
  double by_query_ = 0, by_key_ = 0, weights_ = 0;  // largest sums of |dS| and, for weights_, of P
};

}  // namespace

double bf16_gradient_bound(const AttentionProblem& problem, const AttentionResults& exact) {
  return 0x1p-9 * (Sums(problem, exact).largest() + std::max(largest(exact.dq), largest(exact.dkv)));
}

}  // namespace hone::test
