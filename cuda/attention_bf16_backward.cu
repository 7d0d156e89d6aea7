// The gradient of packed attention of bf16 on tensor cores (the forward pass: cuda/attention_bf16.cu). A
// block takes a sequence and head as a whole up to 128 tokens, two warps for dq, two for dk and dv; of longer
// ones 64 rows, and dq has blocks of its own. So every warp owns what it adds up: no atomics, the same bits
// in every run. Must move q, k, v, out, dout, dq, dk and dv once.
#include "cuda/attention_bf16_backward.h"

#include "cuda/attention_bf16.h"
#include "cuda/attention_tensor_tiles.h"

namespace hone::kernels {
namespace {

// lse and D = sum(dout out) of up to 128 queries, in shared memory.
template <int kWidth>
struct QueryNumbers {
  float *lse, *dots;

  // Loads them from query `chunk` on; called by all threads of the block, four of which work on a query.
  __device__ void load(const BackwardArguments<bf16>& s, const Item& item, int64_t chunk) const {
    const auto out = item.query_rows(s.out, s.tile.columns).from(chunk),
               dout = item.query_rows(s.dout, s.tile.columns).from(chunk);
    const float* const from = s.lse + item.head * s.queries + item.query0 + chunk;
    const int rows = static_cast<int>(std::min<int64_t>(kMost, (out.count + kStep - 1) / kStep * kStep));
    for (int i = static_cast<int>(threadIdx.x); i < (4 * rows + kWarp - 1) / kWarp * kWarp;
         i += kWarps * kWarp) {
      const int row = i / 4;
      float sum = 0;
#pragma unroll
      for (int piece = 0; piece < kWidth / 32; ++piece) {
        const int column = (4 * piece + member()) * 8;
        if (row >= out.count || column >= s.tile.columns) continue;
        const auto a = load_vector<8>(out.data + row * out.stride + column),
                   b = load_vector<8>(dout.data + row * dout.stride + column);
#pragma unroll
        for (int c = 0; c < 8; ++c) sum += float_of(a[c]) * float_of(b[c]);
      }
      sum = quad_sum(sum);
      if (member() == 0) dots[row] = sum, lse[row] = row < out.count ? from[row] : 0;
    }
  }
};

// A block's tiles and numbers in shared memory. Where a block takes a whole sequence all are there at once;
// of longer ones those that dq needs, or those that dk and dv need, take turns in the same place.
template <int kWidth>
struct BackwardShared {
  Tile<kWidth> k, v, q, dout;
  QueryNumbers<kWidth> numbers;
  Kept kept;

  __device__ BackwardShared(const BlockRows& rows, bool whole, const DropoutArguments& dropout)
      : k{shared_memory<bf16>()},
        v(k.from(rows.shared)),
        q(whole ? v.from(rows.shared) : k),
        dout(q.from(rows.shared)),
        numbers{reinterpret_cast<float*>(dout.from(rows.shared).data), nullptr},
        kept(reinterpret_cast<uint16_t*>(numbers.lse + 2 * rows.shared), dropout) {
    numbers.dots = numbers.lse + rows.shared;
  }
  static size_t bytes(const BlockRows& rows, bool whole) {
    const size_t tiles = whole ? 4 : 2, row = Tile<kWidth>::kStride * sizeof(bf16);
    return static_cast<size_t>(rows.shared) * (tiles * row + 2 * sizeof(float)) + Kept::bytes(rows.shared);
  }
};

template <int kWidth>
__device__ void compute_dq(const BackwardArguments<bf16>& s, const Item& item,
                           const BackwardShared<kWidth>& shared, const Team& team) {
  const int columns = s.tile.columns;
  for (int64_t round = 0; round < team.rounds(item.queries, item); ++round) {
    const int64_t query = team.own_row(round, item);
    if (!team.loads && query >= item.queries) continue;
    const auto own = [&](const Tile<kWidth>& tile, const Rows<const bf16>& m) {
      return team.loads ? OwnRows<kWidth>(item.query_rows(m, columns).from(query), columns)
                        : OwnRows<kWidth>(tile.from(static_cast<int>(query)));
    };
    const OwnRows<kWidth> q = own(shared.q, s.q), dout = own(shared.dout, s.dout);
    float dots[2], lse[2];
    if (team.loads)
      dout.row_products(dots, OwnRows<kWidth>(item.query_rows(s.out, columns).from(query), columns));
    for (int r = 0; r < 2; ++r) {
      const int64_t row = query + group() + 8 * r;
      const bool there = row < item.queries;
      if (!team.loads) dots[r] = there ? shared.numbers.dots[row] : 0;
      lse[r] = there ? s.lse[item.head * s.queries + item.query0 + row] : 0;
    }
    RowSums<kWidth> sums{};
    for (int64_t chunk = 0; chunk < item.keys; chunk += kMost) {
      if (team.loads && round == 0) {
        load_both(shared.k, item.key_rows(s.k, columns), shared.v, item.key_rows(s.v, columns), chunk,
                  columns);
        shared.kept.load(s.dropout, item, item.first, item.own_rows(item.queries), chunk,
                         std::min<int64_t>(item.keys - chunk, kMost));
        wait_for_copies();
        sync_block();
      }
      const int64_t end = query < item.queries ? std::min(item.keys, chunk + kMost) : chunk;
      for (int64_t key = chunk; key < end; key += kStep) {
        const int at = static_cast<int>(key - chunk);
        Fragment score[kStep / 8], dp[kStep / 8];
        shared.k.from(at).dot_products(score, q);
        shared.v.from(at).dot_products(dp, dout);
        shared.kept.apply_to_queries(dp, static_cast<int>(query - item.first), at);
#pragma unroll
        for (int j = 0; j < kStep / 8; ++j) {
#pragma unroll
          for (int i = 0; i < 4; ++i) {
            const bool there = key + column_of(j, i) < item.keys;
            const float p = device::exp(there ? score[j].at[i] * s.scale - lse[i / 2] : -INFINITY);
            dp[j].at[i] = p * (dp[j].at[i] - dots[i / 2]) * s.scale;
          }
        }
        sums.add(dp, shared.k.from(at));
      }
    }
    sums.store(item.query_rows(s.dq, columns).from(query), columns, s.dq.add);
  }
}

template <int kWidth>
__device__ void compute_dk_dv(const BackwardArguments<bf16>& s, const Item& item,
                              const BackwardShared<kWidth>& shared, const Team& team) {
  const int columns = s.tile.columns;
  const int queries = static_cast<int>(item.queries), keys = static_cast<int>(item.keys);
  const int rounds = static_cast<int>(team.rounds(item.keys, item));
  for (int round = 0; round < rounds; ++round) {
    const int key = static_cast<int>(team.own_row(round, item));
    if (!team.loads && key >= keys) continue;
    const auto own = [&](const Tile<kWidth>& tile, const Rows<const bf16>& m) {
      return team.loads ? OwnRows<kWidth>(item.key_rows(m, columns).from(key), columns)
                        : OwnRows<kWidth>(tile.from(key));
    };
    const OwnRows<kWidth> k = own(shared.k, s.k), v = own(shared.v, s.v);
    RowSums<kWidth> dk{}, dv{};
    for (int chunk = 0; chunk < queries; chunk += kMost) {
      if (team.loads && round == 0) {
        load_both(shared.q, item.query_rows(s.q, columns), shared.dout, item.query_rows(s.dout, columns),
                  chunk, columns);
        shared.numbers.load(s, item, chunk);
        shared.kept.load(s.dropout, item, chunk, std::min<int64_t>(queries - chunk, kMost), item.first,
                         item.own_rows(item.keys));
        wait_for_copies();
        sync_block();
      }
      const int end = key < keys ? std::min(queries, chunk + kMost) : chunk;
      for (int query = chunk; query < end; query += kStep) {
        const int at = query - chunk;
        Fragment p[kStep / 8], mask[kStep / 8], ds[kStep / 8];
        shared.q.from(at).dot_products(p, k);
        shared.dout.from(at).dot_products(ds, v);
        shared.kept.factors_of_keys(mask, key - static_cast<int>(item.first), at);
#pragma unroll
        for (int j = 0; j < kStep / 8; ++j) {
#pragma unroll
          for (int i = 0; i < 4; ++i) {
            const int column = column_of(j, i);
            const bool there = query + column < queries;
            const float weight =
                device::exp(there ? p[j].at[i] * s.scale - shared.numbers.lse[at + column] : -INFINITY);
            p[j].at[i] = weight * mask[j].at[i];
            ds[j].at[i] = (p[j].at[i] * ds[j].at[i] - weight * shared.numbers.dots[at + column]) * s.scale;
          }
        }
        dv.add(p, shared.dout.from(at));
        dk.add(ds, shared.q.from(at));
      }
    }
    if (s.dk) dk.store(item.key_rows(s.dk, columns).from(key), columns, s.dk.add);
    if (s.dv) dv.store(item.key_rows(s.dv, columns).from(key), columns, s.dv.add);
  }
}

// A block for a whole sequence and head: two warps for dq, two for dk and dv. Three blocks share a
// multiprocessor where shared memory allows, so that 32 sequences and 12 heads are one wave on an H100 or
// H200 of 132.
template <int kWidth>
__global__ __launch_bounds__(kWarps* kWarp, 3) void whole_backward_kernel(BackwardArguments<bf16> s,
                                                                          BlockRows rows) {
  const Item item = Item::of(s, blockIdx.x, rows);
  const int columns = s.tile.columns;
  const BackwardShared<kWidth> shared(rows, true, s.dropout);
  load_both(shared.k, item.key_rows(s.k, columns), shared.v, item.key_rows(s.v, columns), 0, columns);
  load_both(shared.q, item.query_rows(s.q, columns), shared.dout, item.query_rows(s.dout, columns), 0,
            columns);
  shared.kept.load(s.dropout, item, 0, item.queries, 0, item.keys);
  shared.numbers.load(s, item, 0);
  wait_for_copies();
  sync_block();
  constexpr int kHalf = kWarps / 2;
  if (warp_id() < kHalf) {
    if (s.dq) compute_dq<kWidth>(s, item, shared, {0, kHalf, false});
  } else if (s.dk || s.dv) {
    compute_dk_dv<kWidth>(s, item, shared, {kHalf, kHalf, false});
  }
}

// The gradient of longer sequences: a block works on 64 rows, for dq where blockIdx.y is 0, for dk and dv
// where it is 1.
template <int kWidth>
__global__ void backward_kernel(BackwardArguments<bf16> s, BlockRows rows) {
  const Item item = Item::of(s, blockIdx.x, rows);
  const BackwardShared<kWidth> shared(rows, false, s.dropout);
  if (blockIdx.y == 0) {
    if (s.dq && item.first < item.queries) compute_dq<kWidth>(s, item, shared, {});
  } else if ((s.dk || s.dv) && item.first < item.keys) {
    compute_dk_dv<kWidth>(s, item, shared, {});
  }
}

}  // namespace

void backward_bf16(CudaStream& stream, const AttentionBackward& k) {
  const BackwardArguments<bf16> arguments = arguments_of<bf16>(stream, k);
  const BlockRows rows = rows_for(longest_of(k.query_lens, k.key_lens));
  const int64_t pairs = k.query_lens.count() * k.heads;
  with_width(k.head_dim(), [&](auto width) {
    const bool whole = rows.of_block == kMost;
    launch_kernel(whole ? whole_backward_kernel<width()> : backward_kernel<width()>,
                  {pairs * rows.tiles, whole ? 1 : 2}, kWarps * kWarp,
                  BackwardShared<width()>::bytes(rows, whole), stream, arguments, rows);
  });
}

}  // namespace hone::kernels
