#include "core/kernels/cross_entropy.h"

#include <algorithm>
#include <cmath>

#include "core/accumulate.h"
#include "core/dispatch.h"

namespace hone::kernels {
namespace {

// Serial: a batch has a few dozen rows.
template <class T>
void forward(const CrossEntropy& k) {
  const int64_t n = k.logits.columns();
  double loss = 0;
  for (int64_t r = 0; r < k.logits.rows(); ++r) {
    const T* x = k.logits.as<T>() + r * k.logits.row_stride;
    T* p = k.probabilities.as<T>() + r * n;
    const T top = *std::max_element(x, x + n);
    T sum = 0;
    for (int64_t c = 0; c < n; ++c) sum += p[c] = std::exp(x[c] - top);
    for (int64_t c = 0; c < n; ++c) p[c] /= sum;
    const int32_t label = k.labels.as<int32_t>()[r];
    if (label != kNoLabel) loss += std::log(sum) - (x[label] - top);  // this order: a sure row's loss is tiny
  }
  *k.loss.as<T>() = static_cast<T>(loss / k.divisor);
}

template <class T>
void backward(const CrossEntropyBackward& k) {
  const int64_t n = k.probabilities.columns();
  for (int64_t r = 0; r < k.probabilities.rows(); ++r) {
    const int32_t label = k.labels.as<int32_t>()[r];
    const T scale = *k.dloss.as<T>() / static_cast<T>(k.divisor);
    const T* p = k.probabilities.as<T>() + r * n;
    T* dx = k.dlogits.view.as<T>() + r * k.dlogits.view.row_stride;
    for (int64_t c = 0; c < n; ++c) {
      const T d = label == kNoLabel ? T(0) : scale * (p[c] - (c == label ? T(1) : T(0)));  // p may be NaN
      accumulate(dx[c], d, k.dlogits.add);
    }
  }
}

}  // namespace

void run(CpuStream&, const CrossEntropy& k) {
  with_master(k.logits.dtype, [&](auto t) { forward<decltype(t)>(k); });
}

void run(CpuStream&, const CrossEntropyBackward& k) {
  with_master(k.probabilities.dtype, [&](auto t) { backward<decltype(t)>(k); });
}

}  // namespace hone::kernels
