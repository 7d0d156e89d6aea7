#pragma once

#include "cuda/attention_arguments.h"

// What attention of bf16 on tensor cores is made of. A block has 4 warps, each 16 rows of its own side at a
// time (queries forward and for dq, keys for dk and dv). The other side lies in shared memory, up to 128 rows
// at once.
namespace hone {

inline constexpr int kWarps = 4, kRows = 16;  // of a warp
inline constexpr int kStep = 16;              // rows of the other side that are worked on together
inline constexpr int kMost = 128;             // of them in shared memory

// Four numbers of a product's 16 x 8 tile: rows g and g + 8, columns 2 t and 2 t + 1, where lane = 4 g + t.
struct Four {
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

__device__ inline bf16 bf16_of(uint16_t bits) { return __builtin_bit_cast(bf16, bits); }
__device__ inline uint32_t pair_of(bf16 low, bf16 high) {
  return low.bits | static_cast<uint32_t>(high.bits) << 16;
}
__device__ inline float low_of(uint32_t pair) { return float_of(bf16_of(static_cast<uint16_t>(pair))); }
__device__ inline float high_of(uint32_t pair) {
  return float_of(bf16_of(static_cast<uint16_t>(pair >> 16)));
}

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

// Rows in shared memory, which begin 16 bytes further in the banks, one after another.
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

  // += weights [16, 16] tile [16, kWidth].
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

// What dropout keeps of 16 own rows and 16 of the other side. 4 keys share a call of Philox: every lane makes
// two of the step's 64 calls, and hands out the results.
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
  // Where own rows are keys: puts the lane's own numbers' bits in its place, by all lanes of the warp together. (Without
  // dropout, too: a question asked here costs the registers that are scarce.)
  __device__ void turn_to_keys() {
    static_assert(kStep == 16);
    uint32_t own = 0;
#pragma unroll
    for (int column = 0; column < 4; ++column) {
      const auto source = static_cast<unsigned>(column / 2 * 8 + column % 2 + 2 * member() + group() / 4 * 16);
      const uint32_t all = shuffle(kAllLanes, bits, source) >> group() % 4;
      own |= ((all & 1) | (all >> 4 & 1) << 2) << (column / 2 * 4 + column % 2);
    }
    bits = own;
  }
  // The factor of number i of Four[j], after turn_to_keys().
  __device__ float of_key(int j, int i) const { return !active ? 1 : (bits >> (4 * j + i) & 1) != 0 ? kept : 0; }
};

// The position of a number of Four[j] among the step's 16.
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
  sync_block();  // what was there is read
  a.load(from_a.from(chunk), columns);
  b.load(from_b.from(chunk), columns);
}

// How the rows of a batch whose longest sequence has this many are laid out.
inline BlockRows rows_for(int64_t longest) {
  const int64_t of_block = longest <= kMost ? kMost : kWarps * kRows;
  return {of_block, blocks_for(longest, of_block),
          static_cast<int>(std::min<int64_t>(kMost, blocks_for(longest, kStep) * kStep))};
}
inline int64_t longest_of(const SeqLens& a, const SeqLens& b) { return std::max(a.longest(), b.longest()); }

// Calls f(columns of a tile, as a constant).
template <class F>
void with_width(int64_t head_dim, F&& f) {
  if (head_dim <= 32) return f(std::integral_constant<int, 32>{});
  return f(std::integral_constant<int, kMostTensorColumns>{});
}

}  // namespace hone
