// Packed attention of bf16 on tensor cores, for heads of up to 64 columns. A block of 4 warps takes a
// sequence and head as a whole up to 128 tokens, and 64 rows of a longer one; a warp 16 rows of its own side
// (queries forward and for dq, keys for dk and dv). The other side lies in shared memory, up to 128 rows at
// once. Must move q, k, v and out once, backward also dout, dq, dk and dv. A backward launch has a block for
// dq and one for dk and dv, so that every warp owns what it adds up: no atomics, the same bits in every run.
//
// Scores are sums in f32. Probabilities and their gradients, which cuda/attention.cu keeps in f32, become two
// bf16 each, the second what the first leaves over: 16 bits of precision.
#include "cuda/attention_bf16.h"

#include "cuda/attention_arguments.h"

namespace hone {
namespace {

constexpr int kWarps = 4, kRows = 16;  // of a warp
constexpr int kStep = 16;              // rows of the other side that are worked on together
constexpr int kMost = 128;             // of them in shared memory

// Four numbers of a product's 16 x 8 tile: rows g and g + 8, columns 2 t and 2 t + 1, where lane = 4 g + t.
struct Four {
  float at[4] = {};
};
__device__ int group() { return static_cast<int>(lane_id()) / 4; }
__device__ int member() { return static_cast<int>(lane_id()) % 4; }

__device__ float quad_sum(float x) {
  x += shuffle_xor(kAllLanes, x, 1);
  return x + shuffle_xor(kAllLanes, x, 2);
}
__device__ float quad_max(float x) {
  x = std::max(x, shuffle_xor(kAllLanes, x, 1));
  return std::max(x, shuffle_xor(kAllLanes, x, 2));
}

__device__ bf16 bf16_of(uint16_t bits) { return __builtin_bit_cast(bf16, bits); }
__device__ uint32_t pair_of(bf16 low, bf16 high) { return low.bits | static_cast<uint32_t>(high.bits) << 16; }
__device__ float low_of(uint32_t pair) { return float_of(bf16_of(static_cast<uint16_t>(pair))); }
__device__ float high_of(uint32_t pair) { return float_of(bf16_of(static_cast<uint16_t>(pair >> 16))); }

// 16 rows of a matrix as a product's left side.
template <int kWidth>
struct OwnRows {
  uint32_t at[kWidth / 16][4];

  __device__ OwnRows(const HeadRows<const bf16>& from, int columns) {
#pragma unroll
    for (int s = 0; s < kWidth / 16; ++s) {
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        const int row = group() + i % 2 * 8, column = 16 * s + 2 * member() + i / 2 * 8;
        const bool inside = row < from.count && column < columns;
        at[s][i] = inside ? load_wide<uint32_t>(from.data + row * from.stride + column) : 0;
      }
    }
  }
  // out[0] and out[1]: the dot products of rows g and g + 8 with those of `other`.
  __device__ void row_products(float (&out)[2], const OwnRows& other) const {
    out[0] = out[1] = 0;
#pragma unroll
    for (int s = 0; s < kWidth / 16; ++s) {
#pragma unroll
      for (int i = 0; i < 4; ++i)
        out[i % 2] += low_of(at[s][i]) * low_of(other.at[s][i]) + high_of(at[s][i]) * high_of(other.at[s][i]);
    }
    for (float& sum : out) sum = quad_sum(sum);
  }
};

// Rows in shared memory, 16 bytes apart from each other's beginning modulo all banks.
template <int kWidth>
struct Tile {
  static constexpr int kStride = kWidth + 8;
  bf16* data;

  // Rows of `from` up to the next multiple of 16, by all threads of the block; 0 where there is nothing. They
  // are there after wait_for_copies() and a barrier.
  __device__ void load(const HeadRows<const bf16>& from, int columns) const {
    constexpr int kPieces = kWidth / 8;
    const int rows = static_cast<int>(std::min<int64_t>(kMost, (from.count + kStep - 1) / kStep * kStep));
    for (int i = static_cast<int>(threadIdx.x); i < rows * kPieces; i += kWarps * kWarp) {
      const int row = i / kPieces, column = i % kPieces * 8;
      bf16* const place = data + row * kStride + column;
      if (row < from.count && column < columns)
        copy_wide_async(place, from.data + row * from.stride + column);
      else
        store_vector(place, Vec<bf16, 8>{});
    }
  }
  __device__ Tile from(int row) const { return {data + row * kStride}; }
  __device__ HeadRows<const bf16> rows_from(int64_t row, int64_t count) const {
    return {data + row * kStride, kStride, count - row};
  }

  // out[j] = own rows times rows 8 j .. 8 j + 7 of the tile, which are columns of the result.
  __device__ void dot_products(Four (&out)[kStep / 8], const OwnRows<kWidth>& own) const {
#pragma unroll
    for (int j = 0; j < kStep / 8; ++j) {
      out[j] = {};
      const bf16* const row = data + (8 * j + lane_id() % 8) * kStride + lane_id() / 8 * 8;
#pragma unroll
      for (int s = 0; s < kWidth / 16; s += 2) {
        uint32_t tiles[4];
        load_tiles<false>(tiles, row + 16 * s);
        multiply_tiles(out[j].at, own.at[s], {tiles[0], tiles[1]});
        multiply_tiles(out[j].at, own.at[s + 1], {tiles[2], tiles[3]});
      }
    }
  }
};

// The warp's 16 rows of a result.
template <int kWidth>
struct RowSums {
  Four at[kWidth / 8];

  // += weights [16, 32] tile [32, kWidth].
  __device__ void add(const Four (&weights)[kStep / 8], const Tile<kWidth>& tile) {
#pragma unroll
    for (int s = 0; s < kStep / 16; ++s) {
      uint32_t high[4], low[4];
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        const float* const two = weights[2 * s + i / 2].at + i % 2 * 2;
        const bf16 a = round_to_bf16(two[0]), b = round_to_bf16(two[1]);
        high[i] = pair_of(a, b);
        low[i] = pair_of(round_to_bf16(two[0] - float_of(a)), round_to_bf16(two[1] - float_of(b)));
      }
      const bf16* const row = tile.data + (16 * s + lane_id() % 16) * tile.kStride + lane_id() / 16 * 8;
#pragma unroll
      for (int n = 0; n < kWidth / 8; n += 2) {
        uint32_t tiles[4];
        load_tiles<true>(tiles, row + 8 * n);
#pragma unroll
        for (int i = 0; i < 2; ++i) {
          multiply_tiles(at[n + i].at, high, {tiles[2 * i], tiles[2 * i + 1]});
          multiply_tiles(at[n + i].at, low, {tiles[2 * i], tiles[2 * i + 1]});
        }
      }
    }
  }
  __device__ void scale(const float (&factor)[2]) {
#pragma unroll
    for (int n = 0; n < kWidth / 8; ++n) {
#pragma unroll
      for (int i = 0; i < 4; ++i) at[n].at[i] *= factor[i / 2];
    }
  }
  // to = beta to + *this, in the rows that are there.
  __device__ void store(const HeadRows<bf16>& to, int columns, bool add) const {
#pragma unroll
    for (int n = 0; n < kWidth / 8; ++n) {
#pragma unroll
      for (int r = 0; r < 2; ++r) {
        const int row = group() + 8 * r, column = 8 * n + 2 * member();
        if (row >= to.count || column >= columns) continue;
        bf16* const place = to.data + row * to.stride + column;
        float a = at[n].at[2 * r], b = at[n].at[2 * r + 1];
        if (add) a += float_of(place[0]), b += float_of(place[1]);
        store_wide(place, pair_of(round_to_bf16(a), round_to_bf16(b)));
      }
    }
  }
};

// What dropout keeps of 16 own rows and 32 of the other side. 4 keys share a call of Philox: every lane makes
// four of the step's 128 calls, and hands out the results.
struct Mask {
  uint32_t bits = 0;  // four a call
  float kept;
  bool active;

  // of_keys: the own rows are keys. Both first positions are multiples of 16.
  __device__ Mask(const DropoutArguments& dropout, const Item& item, bool of_keys, int64_t own, int64_t other)
      : kept(static_cast<float>(dropout.scale)), active(dropout.threshold != 0) {
    if (!active) return;
    const int64_t query = (of_keys ? other : own) + lane_id() % 16,
                  quad = (of_keys ? own : other) / 4 + lane_id() / 16;
#pragma unroll 1  // registers are scarce
    for (int call = 0; call < kStep / 8; ++call) {
      const int half = call / 2, pair = call % 2 * 2;
      const DropoutRow row =
          DropoutRow::of(dropout, item.sequence, query + (of_keys ? 16 * half : 0), item.head);
      bits |= kept_keys(dropout, row, quad + (of_keys ? 0 : 4 * half) + pair) << 4 * call;
    }
  }
  // values *= mask, for all lanes of the warp together; own rows are queries.
  __device__ void apply_to_queries(Four (&values)[kStep / 8]) const {
    if (!active) return;
#pragma unroll
    for (int r = 0; r < 2; ++r) {
      const auto source = static_cast<unsigned>(group() + 8 * r + member() / 2 * 16);
      const uint32_t all = shuffle(kAllLanes, bits, source) >> member() % 2 * 2;
#pragma unroll
      for (int j = 0; j < kStep / 8; ++j) {
        values[j].at[2 * r] *= (all >> 4 * j & 1) != 0 ? kept : 0;
        values[j].at[2 * r + 1] *= (all >> 4 * j & 2) != 0 ? kept : 0;
      }
    }
  }
  // The factor of a number of Four[j] where own rows are keys, for all lanes together.
  __device__ float of_key(int j, int i) const {
    if (!active) return 1;
    const auto source = static_cast<unsigned>(8 * (j % 2) + 2 * member() + i % 2 + group() / 4 * 16);
    const uint32_t all = shuffle(kAllLanes, bits, source);
    return (all >> (4 * (j / 2 * 2 + i / 2) + group() % 4) & 1) != 0 ? kept : 0;
  }
};

// The position of a number of Four[j] among the step's 32.
__device__ int column_of(int j, int i) { return 8 * j + 2 * member() + i % 2; }

// Scores of the first `count` of 32 keys become exp(scale score - top), with the highest score so far as top:
// what was summed before must be multiplied by `rescale`. total: a lane's part of the sum.
__device__ void soften(Four (&p)[kStep / 8], float (&top)[2], float (&total)[2], float (&rescale)[2],
                       float scale, int count) {
  float higher[2] = {top[0], top[1]};
#pragma unroll
  for (int j = 0; j < kStep / 8; ++j) {
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      p[j].at[i] = column_of(j, i) < count ? p[j].at[i] * scale : -INFINITY;
      higher[i / 2] = std::max(higher[i / 2], p[j].at[i]);
    }
  }
#pragma unroll
  for (int r = 0; r < 2; ++r) {
    higher[r] = quad_max(higher[r]);
    rescale[r] = device::exp(top[r] - higher[r]);
    total[r] *= rescale[r];
    top[r] = higher[r];
  }
#pragma unroll
  for (int j = 0; j < kStep / 8; ++j) {
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      p[j].at[i] = device::exp(p[j].at[i] - top[i / 2]);
      total[i / 2] += p[j].at[i];
    }
  }
}

// The warps that share a block's own rows, 16 a warp and round. `loads`: they also put the other side into
// shared memory, up to 128 rows at a time; else all of it is there.
struct Team {
  int first = 0, warps = kWarps;
  bool loads = true;

  __device__ int64_t rounds(int64_t own_rows, const Item& item) const {
    return quotient(std::min(own_rows - item.first, item.rows_of_block) + warps * kRows - 1, warps * kRows);
  }
  __device__ int64_t own_row(int64_t round, const Item& item) const {
    return item.first + (round * warps + warp_id() - first) * kRows;
  }
};

// Two matrices' rows from `chunk` on to shared memory, by the whole block.
template <int kWidth>
__device__ void load_both(const Tile<kWidth>& a, const HeadRows<const bf16>& from_a, const Tile<kWidth>& b,
                          const HeadRows<const bf16>& from_b, int64_t chunk, int columns) {
  sync_block();  // what was there is read
  a.load(from_a.from(chunk), columns);
  b.load(from_b.from(chunk), columns);
}

template <int kWidth>
__global__ void forward_kernel(Shapes<bf16> s, Matrix<bf16> out, BlockRows rows) {
  const Item item = Item::of(s, blockIdx.x, rows);
  if (item.first >= item.queries) return;  // the whole block
  const int columns = s.tile.columns;
  const Team team;
  const Tile<kWidth> k{shared_memory<bf16>()}, v = k.from(rows.shared);
  for (int64_t round = 0; round < team.rounds(item.queries, item); ++round) {
    const int64_t query = team.own_row(round, item);
    const OwnRows<kWidth> q(item.query_rows(s.q, columns).from(query), columns);
    RowSums<kWidth> sums{};
    float top[2] = {-INFINITY, -INFINITY}, total[2] = {};
    for (int64_t chunk = 0; chunk < item.keys; chunk += kMost) {
      if (round == 0) {  // later rounds find all keys there
        load_both(k, item.key_rows(s.k, columns), v, item.key_rows(s.v, columns), chunk, columns);
        wait_for_copies();
        sync_block();
      }
      const int64_t end = query < item.queries ? std::min(item.keys, chunk + kMost) : chunk;
      for (int64_t key = chunk; key < end; key += kStep) {
        Four p[kStep / 8];
        k.from(static_cast<int>(key - chunk)).dot_products(p, q);
        float rescale[2];
        soften(p, top, total, rescale, s.scale, static_cast<int>(std::min<int64_t>(kStep, item.keys - key)));
        sums.scale(rescale);
        Mask(s.dropout, item, false, query, key).apply_to_queries(p);
        sums.add(p, v.from(static_cast<int>(key - chunk)));
      }
    }
    float* const lse = s.lse + item.head * s.queries + item.query0 + query;
    for (int r = 0; r < 2; ++r) {
      total[r] = quad_sum(total[r]);
      const int row = group() + 8 * r;
      if (member() == 0 && query + row < item.queries)
        lse[row] = item.keys > 0 ? top[r] + device::log(total[r]) : 0;
      total[r] = item.keys > 0 ? 1 / total[r] : 0;
    }
    sums.scale(total);
    sums.store(item.query_rows(out, columns).from(query), columns, false);
  }
}

// Of up to 128 queries, in shared memory: lse and D = sum(dout out).
template <int kWidth>
struct QueryNumbers {
  float *lse, *dots;

  // From query `chunk` on, by all threads of the block, four for a query.
  __device__ void load(const Shapes<bf16>& s, const Gradients<bf16>& g, const Item& item,
                       int64_t chunk) const {
    const auto out = item.query_rows(g.out, s.tile.columns).from(chunk),
               dout = item.query_rows(g.dout, s.tile.columns).from(chunk);
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

  __device__ BackwardShared(const BlockRows& rows, bool whole)
      : k{shared_memory<bf16>()},
        v(k.from(rows.shared)),
        q(whole ? v.from(rows.shared) : k),
        dout(q.from(rows.shared)) {
    numbers.lse = reinterpret_cast<float*>(dout.from(rows.shared).data);
    numbers.dots = numbers.lse + rows.shared;
  }
  static size_t bytes(const BlockRows& rows, bool whole) {
    const size_t tiles = whole ? 4 : 2, row = Tile<kWidth>::kStride * sizeof(bf16);
    return static_cast<size_t>(rows.shared) * (tiles * row + 2 * sizeof(float));
  }
};

template <int kWidth>
__device__ void compute_dq(const Shapes<bf16>& s, const Gradients<bf16>& g, const Item& item,
                           const BackwardShared<kWidth>& shared, const Team& team) {
  const int columns = s.tile.columns;
  for (int64_t round = 0; round < team.rounds(item.queries, item); ++round) {
    const int64_t query = team.own_row(round, item);
    const auto own = [&](const Tile<kWidth>& tile, const Matrix<const bf16>& m) {
      return team.loads ? item.query_rows(m, columns).from(query) : tile.rows_from(query, item.queries);
    };
    const OwnRows<kWidth> q(own(shared.q, s.q), columns), dout(own(shared.dout, g.dout), columns);
    float dots[2], lse[2];
    if (team.loads)
      dout.row_products(dots, OwnRows<kWidth>(item.query_rows(g.out, columns).from(query), columns));
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
        wait_for_copies();
        sync_block();
      }
      const int64_t end = query < item.queries ? std::min(item.keys, chunk + kMost) : chunk;
      for (int64_t key = chunk; key < end; key += kStep) {
        const int at = static_cast<int>(key - chunk);
        Four score[kStep / 8], dp[kStep / 8];
        shared.k.from(at).dot_products(score, q);
        shared.v.from(at).dot_products(dp, dout);
        Mask(s.dropout, item, false, query, key).apply_to_queries(dp);
#pragma unroll
        for (int j = 0; j < kStep / 8; ++j) {
#pragma unroll
          for (int i = 0; i < 4; ++i) {
            const float p =
                key + column_of(j, i) < item.keys ? device::exp(score[j].at[i] * s.scale - lse[i / 2]) : 0;
            dp[j].at[i] = p * (dp[j].at[i] - dots[i / 2]) * s.scale;
          }
        }
        sums.add(dp, shared.k.from(at));
      }
    }
    sums.store(item.query_rows(g.dq, columns).from(query), columns, g.add_dq);
  }
}

template <int kWidth>
__device__ void compute_dk_dv(const Shapes<bf16>& s, const Gradients<bf16>& g, const Item& item,
                              const BackwardShared<kWidth>& shared, const Team& team) {
  const int columns = s.tile.columns;
  for (int64_t round = 0; round < team.rounds(item.keys, item); ++round) {
    const int64_t key = team.own_row(round, item);
    const auto own = [&](const Tile<kWidth>& tile, const Matrix<const bf16>& m) {
      return team.loads ? item.key_rows(m, columns).from(key) : tile.rows_from(key, item.keys);
    };
    const OwnRows<kWidth> k(own(shared.k, s.k), columns), v(own(shared.v, s.v), columns);
    RowSums<kWidth> dk{}, dv{};
    for (int64_t chunk = 0; chunk < item.queries; chunk += kMost) {
      if (team.loads && round == 0) {
        load_both(shared.q, item.query_rows(s.q, columns), shared.dout, item.query_rows(g.dout, columns),
                  chunk, columns);
        shared.numbers.load(s, g, item, chunk);
        wait_for_copies();
        sync_block();
      }
      const int64_t end = key < item.keys ? std::min(item.queries, chunk + kMost) : chunk;
      for (int64_t query = chunk; query < end; query += kStep) {
        const int at = static_cast<int>(query - chunk);
        Four p[kStep / 8], ds[kStep / 8];
        shared.q.from(at).dot_products(p, k);
        shared.dout.from(at).dot_products(ds, v);
        const Mask mask(s.dropout, item, true, key, query);
#pragma unroll
        for (int j = 0; j < kStep / 8; ++j) {
#pragma unroll
          for (int i = 0; i < 4; ++i) {
            const int column = column_of(j, i);
            const float probability =
                query + column < item.queries
                    ? device::exp(p[j].at[i] * s.scale - shared.numbers.lse[at + column])
                    : 0;
            p[j].at[i] = probability * mask.of_key(j, i);
            ds[j].at[i] =
                (p[j].at[i] * ds[j].at[i] - probability * shared.numbers.dots[at + column]) * s.scale;
          }
        }
        dk.add(ds, shared.q.from(at));
        dv.add(p, shared.dout.from(at));
      }
    }
    if (g.dk.data != nullptr) dk.store(item.key_rows(g.dk, columns).from(key), columns, g.add_dk);
    if (g.dv.data != nullptr) dv.store(item.key_rows(g.dv, columns).from(key), columns, g.add_dv);
  }
}

// A block for a whole sequence and head: two warps for dq, two for dk and dv.
template <int kWidth>
__global__ void whole_backward_kernel(Shapes<bf16> s, Gradients<bf16> g, BlockRows rows) {
  const Item item = Item::of(s, blockIdx.x, rows);
  const int columns = s.tile.columns;
  const BackwardShared<kWidth> shared(rows, true);
  load_both(shared.k, item.key_rows(s.k, columns), shared.v, item.key_rows(s.v, columns), 0, columns);
  load_both(shared.q, item.query_rows(s.q, columns), shared.dout, item.query_rows(g.dout, columns), 0,
            columns);
  shared.numbers.load(s, g, item, 0);
  wait_for_copies();
  sync_block();
  constexpr int kHalf = kWarps / 2;
  if (warp_id() < kHalf) {
    if (g.dq.data != nullptr) compute_dq<kWidth>(s, g, item, shared, {0, kHalf, false});
  } else if (g.dk.data != nullptr || g.dv.data != nullptr) {
    compute_dk_dv<kWidth>(s, g, item, shared, {kHalf, kHalf, false});
  }
}

// Of longer sequences a block takes 64 rows: blockIdx.y 0 for dq, 1 for dk and dv.
template <int kWidth>
__global__ void backward_kernel(Shapes<bf16> s, Gradients<bf16> g, BlockRows rows) {
  const Item item = Item::of(s, blockIdx.x, rows);
  const BackwardShared<kWidth> shared(rows, false);
  if (blockIdx.y == 0) {
    if (g.dq.data != nullptr && item.first < item.queries) compute_dq<kWidth>(s, g, item, shared, {});
  } else if ((g.dk.data != nullptr || g.dv.data != nullptr) && item.first < item.keys) {
    compute_dk_dv<kWidth>(s, g, item, shared, {});
  }
}

// How the rows of a batch whose longest sequence has this many are laid out.
BlockRows rows_for(int64_t longest) {
  const int64_t of_block = longest <= kMost ? kMost : kWarps * kRows;
  return {of_block, blocks_for(longest, of_block),
          static_cast<int>(std::min<int64_t>(kMost, blocks_for(longest, kStep) * kStep))};
}
int64_t longest_of(const SeqLens& a, const SeqLens& b) { return std::max(a.longest(), b.longest()); }

// Calls f(columns of a tile, as a constant).
template <class F>
void with_width(int64_t head_dim, F&& f) {
  if (head_dim <= 32) return f(std::integral_constant<int, 32>{});
  return f(std::integral_constant<int, kMostTensorColumns>{});
}

}  // namespace

void forward_bf16(CudaStream& stream, const Attention& k) {
  const Shapes<bf16> shapes = shapes_of<bf16>(stream, k, true);
  const BlockRows rows = rows_for(longest_of(k.query_lens, k.key_lens));
  with_width(k.head_dim(), [&](auto width) {
    const size_t bytes = static_cast<size_t>(2 * rows.shared * Tile<width()>::kStride) * sizeof(bf16);
    launch_kernel(forward_kernel<width()>, k.query_lens.count() * k.heads * rows.tiles, kWarps * kWarp, bytes,
                  stream, shapes, Matrix<bf16>(k.out), rows);
  });
}

void backward_bf16(CudaStream& stream, const AttentionBackward& k) {
  const Shapes<bf16> shapes = shapes_of<bf16>(stream, k, true);
  const BlockRows rows = rows_for(longest_of(k.query_lens, k.key_lens));
  const int64_t pairs = k.query_lens.count() * k.heads;
  with_width(k.head_dim(), [&](auto width) {
    const bool whole = rows.of_block == kMost;
    launch_kernel(whole ? whole_backward_kernel<width()> : backward_kernel<width()>,
                  {pairs * rows.tiles, whole ? 1 : 2}, kWarps * kWarp,
                  BackwardShared<width()>::bytes(rows, whole), stream, shapes, Gradients<bf16>(k), rows);
  });
}

}  // namespace hone
