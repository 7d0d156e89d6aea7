#pragma once

#include "cuda/dropout.h"
#include "cuda/rows.h"

// The parts of attention's kernels. A block owns 32 rows of one side of a sequence's and head's scores
// (queries forward and for dq, keys for dk and dv), 8 of them each of its 4 warps. The other side passes by
// in tiles of 32 rows, a lane each: so a score's own row is the same in all lanes of a warp, and its other
// row is the lane's.
namespace hone::kernels {

inline constexpr int kTile = 32, kOwn = 8;
inline constexpr int kAttentionThreads = kTile / kOwn * kWarp;

// A column range of some rows of a matrix: one sequence and head.
template <class T>
struct HeadRows {
  T* data;
  int64_t stride, count;

  __device__ HeadRows from(int64_t row) const { return {data + row * stride, stride, count - row}; }
};

// Rows in shared memory lie `stride` numbers apart: `width` columns (head_dim, rounded up) and 16 bytes more,
// so that lanes that read the same column of 8 rows, 16 bytes each, meet no bank twice.
struct TileShape {
  int columns, width, stride;
  bool wide;  // head_dim and the rows allow 16 bytes at once

  int64_t size() const { return int64_t{kTile} * stride; }
};
template <class T>
TileShape tile_shape(int64_t head_dim, bool aligned) {
  const int64_t width = blocks_for(head_dim, kPiece<T>) * kPiece<T>;
  return {static_cast<int>(head_dim), static_cast<int>(width), static_cast<int>(width) + kWide<Acc<T>>,
          aligned && head_dim % kWide<T> == 0};
}

// Loads the first 32 rows of `from`, widened and padded with zeros; called by all threads of the block.
template <class T>
__device__ inline void load_tile(Acc<T>* tile, const TileShape& shape, const HeadRows<const T>& from) {
  constexpr int N = kPiece<T>;
  const int per_row = shape.width / N;
  for (int i = static_cast<int>(threadIdx.x); i < kTile * per_row; i += kAttentionThreads) {
    const int row = i / per_row, column = i % per_row * N;
    Vec<Acc<T>, N> values{};
    if (row < from.count)
      values = load_piece<N>(from.data + row * from.stride + column, shape.columns - column, shape.wide);
    store_piece(tile + row * shape.stride + column, values, N, true, false);
  }
}

// out[r] = the dot product of the warp's row r and the lane's row.
template <class A>
__device__ inline void dot_products(A (&out)[kOwn], const A* own, const A* lane_row, const TileShape& shape) {
  constexpr int N = kWide<A>;
#pragma unroll
  for (int r = 0; r < kOwn; ++r) out[r] = 0;
  for (int c = 0; c < shape.width; c += N) {
    const auto b = load_vector<N>(lane_row + c);
#pragma unroll
    for (int r = 0; r < kOwn; ++r) {
      const auto a = load_vector<N>(own + r * shape.stride + c);
#pragma unroll
      for (int i = 0; i < N; ++i) out[r] += a[i] * b[i];
    }
  }
}

// The warp's 8 rows of a result with up to 32 kColumns columns: the lane's of each.
template <class A, int kColumns>
struct Sums {
  A at[kOwn][kColumns] = {};

  // += weights [8][32] tile [32][columns].
  __device__ void add(const A* weights, const A* tile, const TileShape& shape) {
    constexpr int N = kWide<A>;
    int column[kColumns];
#pragma unroll
    for (int c = 0; c < kColumns; ++c)
      column[c] = std::min(static_cast<int>(lane_id()) + c * kWarp, shape.width - 1);
    for (int j = 0; j < kTile; j += N) {
      Vec<A, N> w[kOwn];
#pragma unroll
      for (int r = 0; r < kOwn; ++r) w[r] = load_vector<N>(weights + r * kTile + j);
#pragma unroll
      for (int i = 0; i < N; ++i) {
#pragma unroll
        for (int c = 0; c < kColumns; ++c) {
          const A value = tile[(j + i) * shape.stride + column[c]];
#pragma unroll
          for (int r = 0; r < kOwn; ++r) at[r][c] += w[r][i] * value;
        }
      }
    }
  }

  // Stores factor[r] times row r, or adds it to what is there, for the rows that exist.
  template <class T>
  __device__ void store(const HeadRows<T>& to, const A (&factor)[kOwn], int columns, bool add) const {
#pragma unroll
    for (int r = 0; r < kOwn; ++r) {
#pragma unroll
      for (int c = 0; c < kColumns; ++c) {
        const int column = static_cast<int>(lane_id()) + c * kWarp;
        if (r < to.count && column < columns)
          accumulate(to.data[r * to.stride + column], at[r][c] * factor[r], add);
      }
    }
  }
};

// The dropout mask of one query's scores with keys 4 quad .. 4 quad + 3, as bits.
__device__ inline uint32_t kept_keys(const DropoutArguments& dropout, const DropoutRow& query, int64_t quad) {
  const auto words = query.words(dropout, quad);
  uint32_t bits = 0;
  for (unsigned i = 0; i < 4; ++i) bits |= (words[i] >= dropout.threshold ? 1u : 0u) << i;
  return bits;
}

// The mask where the warp's rows are queries and lanes keys. 4 keys share a call of Philox: every lane makes
// two of the 8 x 8 calls of a tile, and hands out the results.
struct QueryMask {
  uint32_t bits[kOwn / 4] = {};

  __device__ QueryMask(const DropoutArguments& dropout, int64_t sequence, int64_t head, int64_t query,
                       int64_t key) {
    if (dropout.threshold == 0) return;
#pragma unroll
    for (int i = 0; i < kOwn / 4; ++i) {
      const int64_t position = query + i * 4 + lane_id() / 8;
      bits[i] =
          kept_keys(dropout, DropoutRow::of(dropout, sequence, position, head), key / 4 + lane_id() % 8);
    }
  }
  // The factor of the warp's row and the lane's key; called by all lanes together.
  template <class A>
  __device__ A at(const DropoutArguments& dropout, int row) const {
    if (dropout.threshold == 0) return A(1);
    const auto source = static_cast<unsigned>(row % 4 * 8) + lane_id() / 4;
    const uint32_t four = shuffle(kAllLanes, bits[row / 4], source);
    return (four >> lane_id() % 4 & 1) != 0 ? static_cast<A>(dropout.scale) : A(0);
  }
};

// The mask where the warp's rows are keys, from a multiple of 8 on, and the lane's row is a query.
struct KeyMask {
  uint32_t bits = 0;

  __device__ KeyMask(const DropoutArguments& dropout, int64_t sequence, int64_t head, int64_t query,
                     int64_t key) {
    if (dropout.threshold == 0) return;
    const DropoutRow row = DropoutRow::of(dropout, sequence, query, head);
    bits = kept_keys(dropout, row, key / 4) | kept_keys(dropout, row, key / 4 + 1) << 4;
  }
  template <class A>
  __device__ A at(const DropoutArguments& dropout, int row) const {
    if (dropout.threshold == 0) return A(1);
    return (bits >> row & 1) != 0 ? static_cast<A>(dropout.scale) : A(0);
  }
};

}  // namespace hone::kernels
