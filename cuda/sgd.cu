// Stochastic gradient descent over flat buffers, a launch for each part. The kernel must read and write p and
// the momentum and read g once: 20 bytes an element in f32 with momentum, 12 without, and 4 more where it
// writes zeros to g. The learning rate, the loss and the norm are read from device memory, so that a recorded
// launch serves every step.
#include "core/kernels/sgd.h"

#include "cuda/rows.h"

namespace hone::kernels {
namespace {

constexpr int kThreads = 256;

template <class T>
struct Part {
  T *p, *g, *momentum;  // momentum may be null
  bf16* shadow;         // may be null
  int32_t* marks;       // may be null
  const double *control, *guard;
  SgdSettings settings;
  double weight_decay;
  int64_t n;
  int guarded;  // numbers of guard
  bool keeps_gradient;
};

// The update of every element.
template <class T>
struct Update {
  T rate, decay, momentum, clip;
  bool nesterov, finite;

  __device__ static Update of(const Part<T>& at) {
    const SgdSettings& s = at.settings;
    const double norm = s.clip_norm > 0 ? device::sqrt(at.guard[1]) : 0;
    const double clip = s.clip_norm > 0 ? std::min(1.0, s.clip_norm / (norm + 1e-6)) : 1;
    bool finite = true;
    for (int i = 0; i < at.guarded; ++i) finite = finite && at.guard[i] - at.guard[i] == 0;
    return {static_cast<T>(at.control[0]),
            static_cast<T>(at.weight_decay),
            static_cast<T>(s.momentum),
            static_cast<T>(clip),
            s.nesterov,
            finite};
  }
  __device__ void element(const Part<T>& at, int64_t i, T g) const {
    T p = at.p[i], d = clip * g + decay * p;
    if (at.momentum != nullptr) {
      const T m = momentum * at.momentum[i] + d;
      at.momentum[i] = m;
      d = nesterov ? d + momentum * m : m;
    }
    at.p[i] = p = p - rate * d;
    if (at.shadow != nullptr) at.shadow[i] = round_to_bf16(static_cast<float>(p));
  }
};

// A warp takes the elements that share a mark, which it has read before it writes to it.
template <class T>
__global__ void sgd_kernel(Part<T> at) {
  const int64_t block = global_thread() / kWarp, begin = block * kMarked<T>;
  if (begin >= at.n) return;
  const int32_t known = at.marks != nullptr ? at.marks[block] : mark::kAlways;
  sync_warp(kAllLanes);
  const bool still = at.weight_decay == 0 && at.shadow == nullptr;  // without a gradient and moments
  if (still && known == mark::kNothing) return;
  if (known == mark::kGradient && threadIdx.x % kWarp == 0) at.marks[block] = mark::kMoments;
  const bool has_gradient = known <= mark::kGradient;
  const auto update = Update<T>::of(at);
  const int64_t end = std::min<int64_t>(at.n, begin + kMarked<T>);
  for (int64_t i = begin + threadIdx.x % kWarp; i < end; i += kWarp) {
    if (update.finite) update.element(at, i, has_gradient ? at.g[i] : T(0));
    if (has_gradient && !at.keeps_gradient) at.g[i] = 0;
  }
}

template <class T>
void step(CudaStream& stream, const SgdPart& part, const View& guard) {
  const Part<T> at{part.p.as<T>(),
                   part.g.as<T>(),
                   part.momentum.as<T>(),
                   part.shadow.as<bf16>(),
                   part.marks.as<int32_t>(),
                   part.control.as<double>(),
                   guard.as<double>(),
                   part.settings,
                   part.weight_decay,
                   part.p.elements(),
                   static_cast<int>(guard.elements()),
                   part.keeps_gradient};
  const int64_t blocks = blocks_for(at.n, kThreads / kWarp * kMarked<T>);
  launch_kernel(sgd_kernel<T>, blocks, kThreads, 0, stream, at);
}

}  // namespace

void run(CudaStream& stream, const Sgd& k) {
  for (const SgdPart& part : k.parts) {
    with_master(part.p.dtype, [&](auto t) { step<decltype(t)>(stream, part, k.guard); });
  }
}

}  // namespace hone::kernels
