#pragma once

#include "cuda/attention_arguments.h"

// The parts of attention in bf16 on tensor cores. A block has 4 warps, each 16 rows of its own side at a
// time (queries forward and for dq, keys for dk and dv). The other side lies in shared memory, up to 128 rows
// at once.
namespace hone::kernels {

inline constexpr int kWarps = 4;   // warps of a block
inline constexpr int kRows = 16;   // rows of the own side that a warp works on together
inline constexpr int kStep = 16;   // rows of the other side that a warp works on together
inline constexpr int kMost = 128;  // rows of the other side in shared memory

// A lane's fragment of a product's 16 x 8 tile: rows g and g + 8, columns 2 t and 2 t + 1, where lane = 4 g +
// t.
struct Fragment {
  float at[4] = {};
};
__device__ inline int group() { return static_cast<int>(lane_id()) / 4; }
__device__ inline int member() { return static_cast<int>(lane_id()) % 4; }

__device__ inline float quad_sum(float x) {
  x += shuffle_xor(kAllLanes, x, 1);
  return x + shuffle_xor(kAllLanes, x, 2);
}
__device__ inline float quad_max(float x) {
  x = std::max(x, shuffle_xor(kAllLanes, x, 1));
  return std::max(x, shuffle_xor(kAllLanes, x, 2));
}

// The two bf16 of a word, as float.
__device__ inline float low_of(uint32_t pair) { return __builtin_bit_cast(float, pair << 16); }
__device__ inline float high_of(uint32_t pair) { return __builtin_bit_cast(float, pair & 0xFFFF0000); }

// A lane's fragments of 16 rows of a matrix, the left side of a product.
template <int kWidth>
struct Tile;
template <int kWidth>
struct OwnRows {
  uint32_t at[kWidth / 16][4];

  // Loads the first rows of a tile; called by the whole warp.
  __device__ explicit OwnRows(const Tile<kWidth>& from) {
    const bf16* const row = from.data + lane_id() % 16 * from.kStride + lane_id() / 16 * 8;
#pragma unroll
    for (int s = 0; s < kWidth / 16; ++s) load_tiles<false>(at[s], row + 16 * s);
  }
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

// Rows of bf16 in shared memory; each begins 16 bytes further in the banks than the one before.
template <int kWidth>
struct Tile {
  static constexpr int kStride = kWidth + 8;
  bf16* data;

  // Loads the rows of `from`, padded with zeros to a multiple of 16; called by all threads of the block. They
  // can be read after wait_for_copies() and a barrier.
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

  // out[j] = the products of the own rows with rows 8 j .. 8 j + 7 of the tile, which become columns.
  __device__ void dot_products(Fragment (&out)[kStep / 8], const OwnRows<kWidth>& own) const {
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

// A lane's fragments of the 16 rows of a result that a warp computes.
template <int kWidth>
struct RowSums {
  Fragment at[kWidth / 8];

  // += weights [16, 16] tile [16, kWidth].
  __device__ void add(const Fragment (&weights)[kStep / 8], const Tile<kWidth>& tile) {
#pragma unroll
    for (int s = 0; s < kStep / 16; ++s) {
      uint32_t high[4], low[4];
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        const float* const two = weights[2 * s + i / 2].at + i % 2 * 2;
        high[i] = round_pair(two[0], two[1]);
        low[i] = round_pair(two[0] - low_of(high[i]), two[1] - high_of(high[i]));
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
  // Stores the rows that exist, or adds them to what is there.
  __device__ void store(const HeadRows<bf16>& to, int columns, bool add) const {
#pragma unroll
    for (int r = 0; r < 2; ++r) {
      const int row = group() + 8 * r;
      if (row >= to.count) continue;
      bf16* const place = to.data + row * to.stride + 2 * member();
      uint32_t old[kWidth / 8] = {};
      if (add) {
#pragma unroll
        for (int n = 0; n < kWidth / 8; ++n)
          old[n] = 8 * n < columns ? load_wide<uint32_t>(place + 8 * n) : 0;
      }
#pragma unroll
      for (int n = 0; n < kWidth / 8; ++n) {
        if (8 * n < columns)
          store_wide(place + 8 * n,
                     round_pair(at[n].at[2 * r] + low_of(old[n]), at[n].at[2 * r + 1] + high_of(old[n])));
      }
    }
  }
};

// The dropout mask of a block's scores as bits in shared memory: a word for a query and 16 keys, for up to
// 128 queries and 128 keys.
struct Kept {
  static constexpr int kWords = kMost / 16;  // for each query
  uint16_t* words;
  float scale;
  bool active;

  __device__ Kept(uint16_t* at, const DropoutArguments& dropout)
      : words(at), scale(static_cast<float>(dropout.scale)), active(dropout.threshold != 0) {}
  static size_t bytes(int64_t queries) { return static_cast<size_t>(queries) * kWords * sizeof(uint16_t); }

  // Makes the bits of these queries and keys; called by all threads of the block, which may read them after a
  // barrier. A thread makes the four calls of Philox that a word needs.
  __device__ void load(const DropoutArguments& dropout, const Item& item, int64_t query0, int64_t queries,
                       int64_t key0, int64_t keys) const {
    if (!active) return;
    const DropoutRow first = DropoutRow::of(dropout, item.sequence, query0, item.head);
    const unsigned across = word_count(keys), all = 16 * word_count(queries) * across;
    for (unsigned i = threadIdx.x; i < all; i += kWarps * kWarp) {
      const unsigned query = i / across, word = i - query * across;
      DropoutRow row = first;
      row.where += query;
      uint32_t bits = 0;
#pragma unroll
      for (int quad = 0; quad < 4; ++quad)
        bits |= kept_keys(dropout, row, key0 / 4 + 4 * word + quad) << 4 * quad;
      words[query * kWords + word] = static_cast<uint16_t>(bits);
    }
  }
  // values *= mask: 16 queries from `query` on, 16 keys from `key` on, as load() counts them.
  __device__ void apply_to_queries(Fragment (&values)[kStep / 8], int query, int key) const {
    if (!active) return;
#pragma unroll
    for (int r = 0; r < 2; ++r) {
      const uint32_t word = words[(query + group() + 8 * r) * kWords + key / 16] >> 2 * member();
#pragma unroll
      for (int j = 0; j < kStep / 8; ++j) {
        values[j].at[2 * r] *= (word >> 8 * j & 1) != 0 ? scale : 0;
        values[j].at[2 * r + 1] *= (word >> 8 * j & 2) != 0 ? scale : 0;
      }
    }
  }
  // The mask's factors for 16 keys and 16 queries, in fragments of a product whose rows are keys.
  __device__ void factors_of_keys(Fragment (&out)[kStep / 8], int key, int query) const {
#pragma unroll
    for (int j = 0; j < kStep / 8; ++j) {
#pragma unroll
      for (int column = 0; column < 2; ++column) {
        const uint32_t word =
            active ? words[(query + 8 * j + 2 * member() + column) * kWords + key / 16] >> group() : 0;
        out[j].at[column] = !active ? 1 : (word & 1) != 0 ? scale : 0;
        out[j].at[2 + column] = !active ? 1 : (word >> 8 & 1) != 0 ? scale : 0;
      }
    }
  }

 private:
  __device__ static unsigned word_count(int64_t n) { return static_cast<unsigned>(n + 15) / 16; }
};

// The column, among a step's 16, of number i of fragment j.
__device__ inline int column_of(int j, int i) { return 8 * j + 2 * member() + i % 2; }

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
__device__ inline void load_both(const Tile<kWidth>& a, const HeadRows<const bf16>& from_a,
                                 const Tile<kWidth>& b, const HeadRows<const bf16>& from_b, int64_t chunk,
                                 int columns) {
  sync_block();  // all warps have read the last rows
  a.load(from_a.from(chunk), columns);
  b.load(from_b.from(chunk), columns);
}

// The blocks' rows for a batch whose longest sequence has this many tokens.
inline BlockRows rows_for(int64_t longest) {
  const int64_t of_block = longest <= kMost ? kMost : kWarps * kRows;
  return {of_block, blocks_for(longest, of_block),
          static_cast<int>(std::min<int64_t>(kMost, blocks_for(longest, kStep) * kStep))};
}
inline int64_t longest_of(const SeqLens& a, const SeqLens& b) { return std::max(a.longest(), b.longest()); }

// Calls f with the columns of a tile as a constant.
template <class F>
void with_width(int64_t head_dim, F&& f) {
  if (head_dim <= 32) return f(std::integral_constant<int, 32>{});
  return f(std::integral_constant<int, kMostTensorColumns>{});
}

}  // namespace hone::kernels
