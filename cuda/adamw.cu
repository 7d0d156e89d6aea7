// The optimizer's kernels over flat buffers. SumSquares must read x once, where marks do not know it to be 0:
// every block adds up a chunk that the size alone decides, one block the chunks. AdamW must read and write p,
// m and v and read g once: 28 bytes an element in f32; 30 with a shadow, 32 where it writes zeros to g, 24
// where marks know of no gradient, and none where they know of nothing and there is no decay. A thread loads
// 16 bytes of each, next to its neighbours', and is done: more a thread keep the memory less busy
// (docs/performance.md). The learning rate, the step, the loss and the norm are read from device memory, so
// that a recorded launch serves every step.
#include "core/kernels/adamw.h"

#include <span>

#include <hone/core/tensor.h>
#include "core/kernels/adamw_rows.h"
#include "cuda/rows.h"

namespace hone::kernels {
namespace {

constexpr int kThreads = 256;

template <class T, class Wide>
__global__ void sum_squares_kernel(int64_t n, int64_t per_block, const T* x, double* parts,
                                   const int32_t* marks, Wide wide) {
  constexpr int N = kPiece<T>;
  const int64_t begin = blockIdx.x * per_block, end = std::min(begin + per_block, n);
  double sum = 0;
  for (int64_t i = begin + int64_t{threadIdx.x} * N; i < end; i += kThreads * N) {
    if (marks != nullptr && marks[i / kMarked<T>] > mark::kGradient) continue;
    const auto values = load_piece<N>(x + i, end - i, wide);
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

struct StepMath {
  template <class T>
  __device__ static T sqrt(T x) {
    return device::sqrt(x);
  }
  __device__ static double pow(double x, double y) { return device::pow(x, y); }
};

template <class T>
struct Part : AdamWNumbers<T> {
  int64_t end_block;  // behind the last of its blocks
};

// The parts that one launch updates. Kernels' arguments are passed by value and limited in size, so further
// parts need further launches.
constexpr size_t kMostParts = 16;
template <class T>
struct Parts {
  Part<T> list[kMostParts];
  AdamStep<T>* steps;  // one for each part
  const double* guard;
  int guarded;  // length of guard
};

// Computes each part's step, in a thread of its own.
template <class T>
__global__ void prepare_steps_kernel(Parts<T> parts) {
  const Part<T>& own = parts.list[threadIdx.x];
  bool finite = true;
  for (int i = 0; i < parts.guarded; ++i) finite = finite && parts.guard[i] - parts.guard[i] == 0;
  parts.steps[threadIdx.x] = AdamStep<T>::template at<StepMath>(own, parts.guard[1], finite);
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
__device__ void update_elements(const AdamStep<T>& step, const Part<T>& at, int64_t i, int64_t count,
                                bool has_gradient, Wide wide) {
  constexpr int N = kWide<T>;
  auto g = load_piece<N>(at.g + i, has_gradient ? count : 0, wide), m = load_piece<N>(at.m + i, count, wide),
       v = load_piece<N>(at.v + i, count, wide), p = load_piece<N>(at.p + i, count, wide);
#pragma unroll
  for (int j = 0; j < N; ++j) step.template update<StepMath>(at.settings.form, p[j], g[j], m[j], v[j]);
  store_piece(at.p + i, p, count, wide, false);
  store_piece(at.m + i, m, count, wide, false);
  store_piece(at.v + i, v, count, wide, false);
  if (at.shadow != nullptr) write_shadow(at.shadow + i, p, count, wide);
}

// Reads the mark of number i and turns kGradient into kMoments. A mark belongs to one warp, all of whose
// lanes have read it before one writes.
template <class T>
__device__ int32_t read_mark(const Part<T>& at, int64_t i) {
  static_assert(kWarp * kWide<T> == kMarked<T>);
  const int32_t known = i < at.count ? at.marks[i / kMarked<T>] : mark::kNothing;
  sync_warp(kAllLanes);
  if (known == mark::kGradient) at.marks[i / kMarked<T>] = mark::kMoments;
  return known;
}

// Blocks that a multiprocessor must hold at once: as many as when the speed was measured. By itself the
// compiler uses so many registers that five fit.
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
  const int32_t known = at.marks != nullptr ? read_mark(at, i) : mark::kAlways;
  if (i >= at.count) return;
  const AdamStep<T> step = parts.steps[own];
  if (step.still() && at.shadow == nullptr && known == mark::kNothing) return;
  const bool has_gradient = known <= mark::kGradient;
  if (step.finite) update_elements(step, at, i, at.count - i, has_gradient, wide);
  if (has_gradient && !at.keeps_gradient) store_piece(at.g + i, Vec<T, N>{}, at.count - i, wide, false);
}

template <class T>
void update(CudaStream& stream, std::span<const AdamWPart> some, const View& guard) {
  const auto count = static_cast<int64_t>(some.size());
  const Tensor steps = Tensor::empty({count * static_cast<int64_t>(sizeof(AdamStep<T>) / sizeof(T))},
                                     some[0].p.dtype, stream.device);
  Parts<T> parts;
  parts.steps = reinterpret_cast<AdamStep<T>*>(steps.view().as<T>());
  parts.guard = guard.as<double>();
  parts.guarded = static_cast<int>(guard.elements());
  int64_t blocks = 0, sizes = 0;  // sizes: all counts, or-ed, to see whether any is not whole
  bool wide = true;
  Part<T>* next = parts.list;
  for (const AdamWPart& part : some) {
    const int64_t n = part.p.elements();
    sizes |= n;
    wide = wide && rows_aligned(part.shadow);
    for (const View* view : {&part.p, &part.g, &part.m, &part.v}) wide = wide && rows_aligned(*view);
    blocks += blocks_for(n, kThreads * kWide<T>);
    *next++ = {AdamWNumbers<T>(part), blocks};
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
    with_whole<kPiece<T>>(n, rows_aligned(k.x), [&](auto wide) {
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
