// The optimizer's kernels over flat buffers. SumSquares must read x once, where marks do not know it to be 0:
// every block adds up a chunk that the size alone decides, one block the chunks. AdamW must read and write p,
// m and v and read g once: 28 bytes an element in f32; 30 with a shadow, 32 where it writes zeros to g, 24
// where marks know of no gradient, and none where they know of nothing and there is no decay. A thread takes
// 16 bytes of each, next to its neighbours', and is done: more a thread keep the memory less busy
// (docs/performance.md). The learning rate, the step, the loss and the norm are read from device memory, so
// that a recorded launch serves every step.
#include "core/kernels/adamw.h"

#include <span>

#include <hone/core/tensor.h>
#include "cuda/rows.h"

namespace hone::kernels {
namespace {

constexpr int kThreads = 256;

template <class T, class Wide>
__global__ void sum_squares_kernel(int64_t n, int64_t per_block, const T* x, double* parts,
                                   const int32_t* marks, Wide wide) {
  constexpr int N = kTake<T>;
  const int64_t begin = blockIdx.x * per_block, end = std::min(begin + per_block, n);
  double sum = 0;
  for (int64_t i = begin + int64_t{threadIdx.x} * N; i < end; i += kThreads * N) {
    if (marks != nullptr && marks[i / kMarked<T>] > mark::kGradient) continue;
    const auto values = take<N>(x + i, end - i, wide);
#pragma unroll
    for (int j = 0; j < N; ++j) sum += static_cast<double>(values[j]) * static_cast<double>(values[j]);
  }
  sum = block_sum(sum, shared_memory<double>());
  if (threadIdx.x == 0) parts[blockIdx.x] = sum;
}

__global__ void add_parts_kernel(int64_t n, const double* parts, double* out) {
  double sum = 0;
  for (int64_t i = threadIdx.x; i < n; i += kThreads) sum += parts[i];
  sum = block_sum(sum, shared_memory<double>());
  if (threadIdx.x == 0) *out = sum;
}

// What one step is for every element.
template <class T>
struct Step {
  T beta1, rest1, beta2, rest2, eps, size, v_scale, decay, clip;
  bool finite, still;  // still: what has neither gradient nor moments keeps its value

  __device__ static Step of(const AdamSettings& s, const double* control, const double* guard, int guarded) {
    const double rate = control[0], t = control[1], norm = device::sqrt(guard[1]);
    const double correction1 = s.bias_correction ? 1 - device::pow(s.beta1, t) : 1;
    const double correction2 = s.bias_correction ? 1 - device::pow(s.beta2, t) : 1;
    const double clip = s.clip_norm > 0 ? std::min(1.0, s.clip_norm / (norm + 1e-6)) : 1;
    const double size = rate / correction1 * (s.form == AdamForm::hf ? device::sqrt(correction2) : 1);
    const auto rounded = [](double x) { return static_cast<T>(x); };
    bool finite = true;
    for (int i = 0; i < guarded; ++i) finite = finite && guard[i] - guard[i] == 0;
    return {rounded(s.beta1),
            rounded(1 - s.beta1),
            rounded(s.beta2),
            rounded(1 - s.beta2),
            rounded(s.eps),
            rounded(size),
            rounded(1 / device::sqrt(correction2)),
            rounded(rate * s.weight_decay),
            rounded(clip),
            finite,
            rounded(rate * s.weight_decay) == T(0) && rounded(s.eps) > T(0)};
  }

  __device__ void update(AdamForm form, T& p, T g, T& m, T& v) const {
    g *= clip;
    m = beta1 * m + rest1 * g;
    v = beta2 * v + rest2 * g * g;
    const T root = device::sqrt(v);
    if (form == AdamForm::hf) {
      p -= size * m / (root + eps);
      p -= decay * p;
    } else {
      p = (1 - decay) * p - size * m / (root * v_scale + eps);
    }
  }
};

template <class T>
struct Part {
  T *p, *g, *m, *v;
  bf16* shadow;    // may be null
  int32_t* marks;  // may be null
  const double* control;
  AdamSettings settings;
  int64_t n;
  int64_t end_block;  // behind the last of its blocks
  bool keeps_gradient;
};

// What one launch updates. Kernels take their arguments by value, so there is a limit; the rest takes further
// launches.
constexpr size_t kMostParts = 16;
template <class T>
struct Parts {
  Part<T> list[kMostParts];
  Step<T>* steps;  // a part's each
  const double* guard;
  int guarded;  // numbers of guard
};

// One thread for each part.
template <class T>
__global__ void prepare_steps_kernel(Parts<T> parts) {
  const Part<T>& own = parts.list[threadIdx.x];
  parts.steps[threadIdx.x] = Step<T>::of(own.settings, own.control, parts.guard, parts.guarded);
}

template <class T, int N, class Wide>
__device__ void write_shadow(bf16* to, const Vec<T, N>& p, int64_t count, Wide wide) {
  Vec<float, N> values;
#pragma unroll
  for (int i = 0; i < N; ++i) values[i] = static_cast<float>(p[i]);
  const Vec<bf16, N> shadow = narrow_all<bf16>(values);
  if (wide && count >= N) return store_vector(to, shadow);
  for (int i = 0; i < N && i < count; ++i) to[i] = shadow[i];
}

template <class T, class Wide>
__device__ void update_elements(const Step<T>& step, const Part<T>& at, int64_t i, int64_t count,
                                bool has_gradient, Wide wide) {
  constexpr int N = kWide<T>;
  auto g = take<N>(at.g + i, has_gradient ? count : 0, wide), m = take<N>(at.m + i, count, wide),
       v = take<N>(at.v + i, count, wide), p = take<N>(at.p + i, count, wide);
#pragma unroll
  for (int j = 0; j < N; ++j) step.update(at.settings.form, p[j], g[j], m[j], v[j]);
  give(at.p + i, p, count, wide, false);
  give(at.m + i, m, count, wide, false);
  give(at.v + i, v, count, wide, false);
  if (at.shadow != nullptr) write_shadow(at.shadow + i, p, count, wide);
}

// A mark belongs to one warp, which has read it before it writes to it.
template <class T>
__device__ int32_t take_mark(const Part<T>& at, int64_t i) {
  static_assert(kWarp * kWide<T> == kMarked<T>);
  const int32_t known = i < at.n ? at.marks[i / kMarked<T>] : mark::kNothing;
  sync_warp(kAllLanes);
  if (known == mark::kGradient) at.marks[i / kMarked<T>] = mark::kMoments;
  return known;
}

// Blocks that a multiprocessor must hold at once: as many as when the speed was measured. The compiler, left
// alone, takes registers for five.
template <class T, class Wide>
constexpr int kBlocks = sizeof(T) == 4 && std::is_same_v<Wide, std::true_type> ? 6 : 1;

template <class T, class Wide>
__global__ __launch_bounds__(kThreads, (kBlocks<T, Wide>)) void adamw_kernel(Parts<T> parts, Wide wide) {
  constexpr int N = kWide<T>;
  int own = 0;
  while (blockIdx.x >= parts.list[own].end_block) ++own;
  const Part<T>& at = parts.list[own];
  const int64_t block = blockIdx.x - (own == 0 ? 0 : parts.list[own - 1].end_block);
  const int64_t i = (block * kThreads + threadIdx.x) * N;
  const int32_t known = at.marks != nullptr ? take_mark(at, i) : mark::kAlways;
  if (i >= at.n) return;
  const Step<T> step = parts.steps[own];
  if (step.still && at.shadow == nullptr && known == mark::kNothing) return;
  const bool has_gradient = known <= mark::kGradient;
  if (step.finite) update_elements(step, at, i, at.n - i, has_gradient, wide);
  if (has_gradient && !at.keeps_gradient) give(at.g + i, Vec<T, N>{}, at.n - i, wide, false);
}

template <class T>
void update(CudaStream& stream, std::span<const AdamWPart> some, const View& guard) {
  const auto count = static_cast<int64_t>(some.size());
  const Tensor steps = Tensor::empty({count * static_cast<int64_t>(sizeof(Step<T>) / sizeof(T))},
                                     some[0].p.dtype, stream.device);
  Parts<T> parts;
  parts.steps = reinterpret_cast<Step<T>*>(steps.view().as<T>());
  parts.guard = guard.as<double>();
  parts.guarded = static_cast<int>(guard.elements());
  int64_t blocks = 0, sizes = 0;  // sizes: bits that any has
  bool wide = true;
  Part<T>* next = parts.list;
  for (const AdamWPart& part : some) {
    const int64_t n = part.p.elements();
    sizes |= n;
    wide = wide && rows_aligned(part.shadow);
    for (const View* view : {&part.p, &part.g, &part.m, &part.v}) wide = wide && rows_aligned(*view);
    blocks += blocks_for(n, kThreads * kWide<T>);
    *next++ = {part.p.as<T>(),
               part.g.as<T>(),
               part.m.as<T>(),
               part.v.as<T>(),
               part.shadow.as<bf16>(),
               part.marks.as<int32_t>(),
               part.control.as<double>(),
               part.settings,
               n,
               blocks,
               part.keeps_gradient};
  }
  launch_kernel(prepare_steps_kernel<T>, 1, count, 0, stream, parts);
  with_whole<kWide<T>>(sizes, wide, [&](auto whole) {
    launch_kernel(adamw_kernel<T, decltype(whole)>, blocks, kThreads, 0, stream, parts, whole);
  });
}

}  // namespace

void run(CudaStream& stream, const SumSquares& k) {
  with_master(k.x.dtype, [&](auto t) {
    using T = decltype(t);
    constexpr int64_t kChunk = 16384, kMostParts = 2048;
    const int64_t n = k.x.elements(),
                  per_block = blocks_for(std::max(kChunk, blocks_for(n, kMostParts)), kChunk) * kChunk;
    const int64_t blocks = blocks_for(n, per_block);
    const Tensor parts = Tensor::empty({blocks}, Dtype::f64, stream.device);
    double* const sums = parts.view().as<double>();
    const size_t scratch = kThreads / kWarp * sizeof(double);
    with_whole<kTake<T>>(n, rows_aligned(k.x), [&](auto wide) {
      launch_kernel(sum_squares_kernel<T, decltype(wide)>, blocks, kThreads, scratch, stream, n, per_block,
                    k.x.as<T>(), sums, k.marks.as<int32_t>(), wide);
    });
    launch_kernel(add_parts_kernel, 1, kThreads, scratch, stream, blocks, sums, k.out.as<double>());
  });
}

void run(CudaStream& stream, const AdamW& k) {
  for (std::span<const AdamWPart> rest = k.parts; !rest.empty();) {
    const auto some = rest.first(std::min(rest.size(), kMostParts));
    with_master(some[0].p.dtype, [&](auto t) { update<decltype(t)>(stream, some, k.guard); });
    rest = rest.subspan(some.size());
  }
}

}  // namespace hone::kernels
