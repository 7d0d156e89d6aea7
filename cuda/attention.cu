// Packed attention, forward and backward (Dao et al. 2022, 2023), of every type and alignment; what fits
// tensor cores is cuda/attention_bf16.cu's. A block for 32 queries (or keys) of a sequence and head:
// sequences of up to 32 take one block a head, longer ones stream tiles past each other. Must move q, k, v
// and out once, backward also dout, dq, dk and dv; scores and probabilities stay in registers and shared
// memory. dq and (dk, dv) have a kernel each, so that every block owns what it adds up: no atomics, the same
// bits in every run.
#include "core/kernels/attention.h"

#include "cuda/attention_arguments.h"
#include "cuda/attention_bf16.h"
#include "cuda/attention_bf16_backward.h"
#include "cuda/cudnn.h"
#include "cuda/cudnn_choice.h"

namespace hone::kernels {
namespace {

constexpr int64_t kMostColumns = 128;  // of a head

// The block's tiles in shared memory, one after another, and the warp's part of what comes behind them.
template <class A>
struct Shared {
  const TileShape& shape;

  __device__ A* tile(int i) const { return shared_memory<A>() + i * kTile * shape.stride; }
  __device__ A* own(int i) const { return tile(i) + warp_id() * kOwn * shape.stride; }
  __device__ A* lane_row(int i) const { return tile(i) + lane_id() * shape.stride; }
  __device__ A* weights(int tiles, int i) const {
    return tile(tiles) + (i * (kTile / kOwn) + warp_id()) * kOwn * kTile;
  }
  static size_t bytes(const TileShape& shape, int tiles, int weights, int numbers = 0) {
    return static_cast<size_t>(tiles * shape.size() + weights * kTile * kTile + numbers) * sizeof(A);
  }
};

template <class T, int kColumns>
__global__ void forward_kernel(ForwardArguments<T> s, BlockRows rows) {
  using A = Acc<T>;
  const Item item = Item::of(s, blockIdx.x, rows);
  if (item.first >= item.queries) return;  // the whole block
  const Shared<A> shared{s.tile};
  const int64_t query = item.first + warp_id() * kOwn;
  A* const weights = shared.weights(3, 0);
  const auto k = item.key_rows(s.k, s.tile.columns), v = item.key_rows(s.v, s.tile.columns);
  load_tile<T>(shared.tile(0), s.tile, item.query_rows(s.q, s.tile.columns).from(item.first));
  Sums<A, kColumns> sums;
  A top[kOwn], total[kOwn] = {}, score[kOwn];
  for (A& t : top) t = -INFINITY;
  for (int64_t key = 0; key < item.keys; key += kTile) {
    sync_block();  // all warps have read the last tile
    load_tile<T>(shared.tile(1), s.tile, k.from(key));
    load_tile<T>(shared.tile(2), s.tile, v.from(key));
    sync_block();
    if (query >= item.queries) continue;
    dot_products(score, shared.own(0), shared.lane_row(1), s.tile);
    const QueryMask mask(s.dropout, item.sequence, item.head, query, key);
#pragma unroll
    for (int r = 0; r < kOwn; ++r) {
      score[r] = key + lane_id() < item.keys ? score[r] * s.scale : A(-INFINITY);
      const A higher = std::max(top[r], warp_max(score[r])), rescale = device::exp(top[r] - higher);
      const A p = device::exp(score[r] - higher);
      top[r] = higher;
      total[r] = total[r] * rescale + p;
#pragma unroll
      for (int c = 0; c < kColumns; ++c) sums.at[r][c] *= rescale;
      weights[r * kTile + lane_id()] = p * mask.template at<A>(s.dropout, r);
    }
    sync_warp(kAllLanes);
    sums.add(weights, shared.tile(2), s.tile);
    sync_warp(kAllLanes);
  }
  A* const lse = s.lse + item.head * s.queries + item.query0 + query;
#pragma unroll
  for (int r = 0; r < kOwn; ++r) {
    total[r] = warp_sum(total[r]);
    if (lane_id() == 0 && query + r < item.queries)
      lse[r] = item.keys > 0 ? top[r] + device::log(total[r]) : A(0);
    total[r] = item.keys > 0 ? A(1) / total[r] : A(0);
  }
  sums.store(item.query_rows(s.out, s.tile.columns).from(query), total, s.tile.columns, false);
}

// dots[i] = dout out of the tile's row i, by all threads of the block.
template <class T>
__device__ void dout_times_out(Acc<T>* dots, const Acc<T>* dout, const TileShape& shape,
                               const HeadRows<const T>& out) {
  for (int r = static_cast<int>(warp_id()); r < kTile; r += kTile / kOwn) {
    Acc<T> sum = 0;
    for (int c = static_cast<int>(lane_id()); c < shape.columns && r < out.count; c += kWarp)
      sum += dout[r * shape.stride + c] * widen(out.data[r * out.stride + c]);
    sum = warp_sum(sum);
    if (lane_id() == 0) dots[r] = sum;
  }
}

template <class T, int kColumns>
__global__ void dq_kernel(BackwardArguments<T> s, BlockRows rows) {
  using A = Acc<T>;
  const Item item = Item::of(s, blockIdx.x, rows);
  if (item.first >= item.queries) return;  // the whole block
  const Shared<A> shared{s.tile};
  const int64_t query = item.first + warp_id() * kOwn;
  A *const weights = shared.weights(4, 0), *const dots = shared.tile(4) + kTile * kTile;
  const auto k = item.key_rows(s.k, s.tile.columns), v = item.key_rows(s.v, s.tile.columns);
  load_tile<T>(shared.tile(0), s.tile, item.query_rows(s.q, s.tile.columns).from(item.first));
  load_tile<T>(shared.tile(1), s.tile, item.query_rows(s.dout, s.tile.columns).from(item.first));
  sync_block();
  dout_times_out<T>(dots, shared.tile(1), s.tile, item.query_rows(s.out, s.tile.columns).from(item.first));
  const A* const lse = s.lse + item.head * s.queries + item.query0 + query;
  Sums<A, kColumns> sums;
  A score[kOwn], dp[kOwn], ones[kOwn];
  for (A& one : ones) one = 1;
  for (int64_t key = 0; key < item.keys; key += kTile) {
    sync_block();  // all warps have read the last tile, the first time dots are there
    load_tile<T>(shared.tile(2), s.tile, k.from(key));
    load_tile<T>(shared.tile(3), s.tile, v.from(key));
    sync_block();
    if (query >= item.queries) continue;
    dot_products(score, shared.own(0), shared.lane_row(2), s.tile);
    dot_products(dp, shared.own(1), shared.lane_row(3), s.tile);
    const QueryMask mask(s.dropout, item.sequence, item.head, query, key);
#pragma unroll
    for (int r = 0; r < kOwn; ++r) {
      const bool inside = query + r < item.queries && key + lane_id() < item.keys;
      const A p = inside ? device::exp(score[r] * s.scale - lse[r]) : A(0);
      const A dropped = dp[r] * mask.template at<A>(s.dropout, r);
      weights[r * kTile + lane_id()] = p * (dropped - dots[warp_id() * kOwn + r]) * s.scale;
    }
    sync_warp(kAllLanes);
    sums.add(weights, shared.tile(2), s.tile);
    sync_warp(kAllLanes);
  }
  sums.store(item.query_rows(s.dq, s.tile.columns).from(query), ones, s.tile.columns, s.dq.add);
}

template <class T, int kColumns>
__global__ void dk_dv_kernel(BackwardArguments<T> s, BlockRows rows) {
  using A = Acc<T>;
  const Item item = Item::of(s, blockIdx.x, rows);
  if (item.first >= item.keys) return;  // the whole block
  const Shared<A> shared{s.tile};
  const int64_t key = item.first + warp_id() * kOwn;
  A *const weights = shared.weights(4, 0), *const dscores = shared.weights(4, 1);
  A* const dots = shared.tile(4) + 2 * kTile * kTile;
  const auto q = item.query_rows(s.q, s.tile.columns), out = item.query_rows(s.out, s.tile.columns),
             dout = item.query_rows(s.dout, s.tile.columns);
  load_tile<T>(shared.tile(0), s.tile, item.key_rows(s.k, s.tile.columns).from(item.first));
  load_tile<T>(shared.tile(1), s.tile, item.key_rows(s.v, s.tile.columns).from(item.first));
  const A* const lse = s.lse + item.head * s.queries + item.query0;
  Sums<A, kColumns> dk, dv;
  A score[kOwn], dp[kOwn], ones[kOwn];
  for (A& one : ones) one = 1;
  for (int64_t first = 0; first < item.queries; first += kTile) {
    sync_block();  // all warps have read the last tile
    load_tile<T>(shared.tile(2), s.tile, q.from(first));
    load_tile<T>(shared.tile(3), s.tile, dout.from(first));
    sync_block();
    dout_times_out<T>(dots, shared.tile(3), s.tile, out.from(first));
    sync_block();
    if (key >= item.keys) continue;
    dot_products(score, shared.own(0), shared.lane_row(2), s.tile);
    dot_products(dp, shared.own(1), shared.lane_row(3), s.tile);
    const int64_t query = first + lane_id();
    const KeyMask mask(s.dropout, item.sequence, item.head, query, key);
    const A own_lse = query < item.queries ? lse[query] : A(0);
#pragma unroll
    for (int r = 0; r < kOwn; ++r) {
      const bool inside = query < item.queries && key + r < item.keys;
      const A p = inside ? device::exp(score[r] * s.scale - own_lse) : A(0);
      const A kept = mask.template at<A>(s.dropout, r);
      weights[r * kTile + lane_id()] = p * kept;
      dscores[r * kTile + lane_id()] = p * (dp[r] * kept - dots[lane_id()]) * s.scale;
    }
    sync_warp(kAllLanes);
    dk.add(dscores, shared.tile(2), s.tile);
    dv.add(weights, shared.tile(3), s.tile);
    sync_warp(kAllLanes);
  }
  if (s.dk) dk.store(item.key_rows(s.dk, s.tile.columns).from(key), ones, s.tile.columns, s.dk.add);
  if (s.dv) dv.store(item.key_rows(s.dv, s.tile.columns).from(key), ones, s.tile.columns, s.dv.add);
}

BlockRows tiles_of(const SeqLens& lens) { return {kTile, blocks_for(lens.longest(), kTile)}; }

// Calls f(columns a lane has, as a constant).
template <class F>
void with_columns(const char* kernel, int64_t head_dim, F&& f) {
  if (head_dim <= kWarp) return f(std::integral_constant<int, 1>{});
  if (head_dim <= 2 * kWarp) return f(std::integral_constant<int, 2>{});
  if (head_dim <= kMostColumns) return f(std::integral_constant<int, 4>{});
  refuse(kernel, "heads of " + std::to_string(head_dim) + " columns, on CUDA at most " +
                     std::to_string(kMostColumns) + "; use the CPU");
}

template <class T>
void forward(CudaStream& stream, const Attention& k) {
  const ForwardArguments<T> arguments = arguments_of<T>(stream, k);
  const BlockRows rows = tiles_of(k.query_lens);
  with_columns(k.name, k.head_dim(), [&](auto columns) {
    launch_kernel(forward_kernel<T, columns()>, k.query_lens.count() * k.heads * rows.tiles,
                  kAttentionThreads, Shared<Acc<T>>::bytes(arguments.tile, 3, 1), stream, arguments, rows);
  });
}

template <class T>
void backward(CudaStream& stream, const AttentionBackward& k) {
  const BackwardArguments<T> arguments = arguments_of<T>(stream, k);
  const int64_t pairs = k.query_lens.count() * k.heads;
  const BlockRows queries = tiles_of(k.query_lens), keys = tiles_of(k.key_lens);
  with_columns(k.name, k.head_dim(), [&](auto columns) {
    if (k.dq) {
      launch_kernel(dq_kernel<T, columns()>, pairs * queries.tiles, kAttentionThreads,
                    Shared<Acc<T>>::bytes(arguments.tile, 4, 1, kTile), stream, arguments, queries);
    }
    if (k.dk || k.dv) {
      launch_kernel(dk_dv_kernel<T, columns()>, pairs * keys.tiles, kAttentionThreads,
                    Shared<Acc<T>>::bytes(arguments.tile, 4, 2, kTile), stream, arguments, keys);
    }
  });
}

// True where tensor cores can compute k: the type, the size of heads and the alignment of all views fit.
template <class K>
bool fits_tensor_cores(const K& k, std::initializer_list<const View*> views) {
  const bool fits =
      k.q.dtype == Dtype::bf16 && k.head_dim() % kWide<bf16> == 0 && k.head_dim() <= kMostTensorColumns;
  return fits &&
         std::all_of(views.begin(), views.end(), [](const View* view) { return rows_aligned(*view); });
}

}  // namespace

void run(CudaStream& stream, const Attention& k) {
  if (use_cudnn(k) && run_cudnn(stream, k)) return;
  if (fits_tensor_cores(k, {&k.q, &k.k, &k.v, &k.out})) return forward_bf16(stream, k);
  with_floating(k.q.dtype, [&](auto t) { forward<decltype(t)>(stream, k); });
}

void run(CudaStream& stream, const AttentionBackward& k) {
  if (use_cudnn(k) && run_cudnn(stream, k)) return;
  if (fits_tensor_cores(k, {&k.q, &k.k, &k.v, &k.out, &k.dout, &k.dq.view, &k.dk.view, &k.dv.view}))
    return backward_bf16(stream, k);
  with_floating(k.q.dtype, [&](auto t) { backward<decltype(t)>(stream, k); });
}

}  // namespace hone::kernels
