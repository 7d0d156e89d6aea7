#include "core/kernels/sgd.h"

#include <algorithm>
#include <cmath>

#include "core/dispatch.h"
#include "cpu/thread_pool.h"

namespace hone::kernels {
namespace {

constexpr int64_t kChunk = 65536;

// The update of every element of a part.
template <class T>
struct Update {
  T rate, decay, momentum, clip;
  bool nesterov, finite;

  static Update of(const SgdPart& part, double norm, bool finite) {
    const SgdSettings& s = part.settings;
    const double clip = s.clip_norm > 0 ? std::min(1.0, s.clip_norm / (norm + 1e-6)) : 1;
    return {static_cast<T>(part.control.as<double>()[0]),
            static_cast<T>(part.weight_decay),
            static_cast<T>(s.momentum),
            static_cast<T>(clip),
            s.nesterov,
            finite};
  }
  // m is null without momentum.
  void operator()(T& p, T g, T* m) const {
    T d = clip * g + decay * p;
    if (m != nullptr) {
      *m = momentum * *m + d;
      d = nesterov ? d + momentum * *m : *m;
    }
    p -= rate * d;
  }
};

// Elements [begin, end), which share a mark.
template <class T>
void update_block(const Update<T>& update, const SgdPart& part, int64_t begin, int64_t end) {
  int32_t* const mark = part.marks ? part.marks.as<int32_t>() + begin / kMarked<T> : nullptr;
  const bool has_gradient = mark == nullptr || *mark <= mark::kGradient;
  const bool still = part.weight_decay == 0 && !part.shadow;  // without a gradient and moments
  if (still && mark != nullptr && *mark == mark::kNothing) return;
  if (mark != nullptr && *mark == mark::kGradient) *mark = mark::kMoments;
  T* const g = part.g.as<T>();
  if (update.finite) {
    T *const p = part.p.as<T>(), *const m = part.momentum.as<T>();
    for (int64_t i = begin; i < end; ++i) update(p[i], has_gradient ? g[i] : T(0), m ? m + i : nullptr);
    for (int64_t i = begin; part.shadow && i < end; ++i)
      part.shadow.as<bf16>()[i] = bf16(static_cast<float>(p[i]));
  }
  if (has_gradient && !part.keeps_gradient) std::fill(g + begin, g + end, T(0));
}

template <class T>
void step(const Sgd& k) {
  const double* const guard = k.guard.as<double>();
  const bool finite =
      std::all_of(guard, guard + k.guard.elements(), [](double x) { return std::isfinite(x); });
  for (const SgdPart& part : k.parts) {
    const auto update = Update<T>::of(part, std::sqrt(guard[1]), finite);
    parallel_ranges(part.p.elements(), kChunk, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; i += kMarked<T>)
        update_block(update, part, i, std::min<int64_t>(end, i + kMarked<T>));
    });
  }
}

}  // namespace

void run(CpuStream&, const Sgd& k) {
  with_master(k.parts[0].p.dtype, [&](auto t) { step<decltype(t)>(k); });
}

}  // namespace hone::kernels
