#pragma once

#include "cuda/device.h"

// Rows of matrices, a few columns at a time, whatever their alignment and number.
namespace hone::kernels {

// How many columns a thread takes at once: 16 bytes, and at least the 4 that share a call of Philox.
template <class T>
inline constexpr int kTake = std::max(kWide<T>, 4);

// N numbers from `from` on, of which `count` are there; the others are 0. `wide`: all rows begin at a
// multiple of 16 bytes, and `from` lies a multiple of N after such a beginning.
template <int N, class T>
__device__ inline Vec<Acc<T>, N> take(const T* from, int64_t count, bool wide) {
  Vec<Acc<T>, N> out;
  if (wide && count >= N && N % kWide<T> == 0) {
#pragma unroll
    for (int i = 0; i < N; i += kWide<T>) {
      const auto part = load_vector<kWide<T>>(from + i);
#pragma unroll
      for (int j = 0; j < kWide<T> && i + j < N; ++j) out[i + j] = widen(part[j]);
    }
    return out;
  }
#pragma unroll
  for (int i = 0; i < N; ++i) out[i] = i < count ? widen(from[i]) : Acc<T>(0);
  return out;
}

// The same where it is known, when a kernel is compiled, that all pieces are aligned and whole: N numbers, or
// none for a count that is not positive. Without branches, several such pieces are on their way together;
// above, one is waited for before the next is asked for.
template <int N, class T>
__device__ inline Vec<Acc<T>, N> take(const T* from, int64_t count, std::true_type) {
  static_assert(N % kWide<T> == 0);
  Vec<T, kWide<T>> parts[N / kWide<T>] = {};
  if (count > 0) {
#pragma unroll
    for (int i = 0; i < N / kWide<T>; ++i) parts[i] = load_vector<kWide<T>>(from + i * kWide<T>);
  }
  Vec<Acc<T>, N> out;
#pragma unroll
  for (int i = 0; i < N; ++i) out[i] = widen(parts[i / kWide<T>][i % kWide<T>]);
  return out;
}

// Calls f with what take() and give() are to know of pieces of N numbers in rows of so many columns, of which
// `wide` says whether they begin at multiples of 16 bytes: std::true_type, or a bool.
template <int N, class F>
void with_whole(int64_t columns, bool wide, F&& f) {
  if (wide && columns % N == 0) return f(std::true_type{});
  f(wide);
}

// to (+)= value in the first `count` places; `wide` as above.
template <class T, int N>
__device__ inline void give(T* to, const Vec<Acc<T>, N>& value, int64_t count, bool wide, bool add) {
  if (wide && count >= N && N % kWide<T> == 0) {
#pragma unroll
    for (int i = 0; i < N; i += kWide<T>) {
      Vec<T, kWide<T>> part{};
      if (add) part = load_vector<kWide<T>>(to + i);
#pragma unroll
      for (int j = 0; j < kWide<T> && i + j < N; ++j) accumulate(part[j], value[i + j], add);
      store_vector(to + i, part);
    }
    return;
  }
#pragma unroll
  for (int i = 0; i < N; ++i) {
    if (i < count) accumulate(to[i], value[i], add);
  }
}

template <class T, int N>
__device__ inline void give(T* to, const Vec<Acc<T>, N>& value, int64_t count, std::true_type, bool add) {
  static_assert(N % kWide<T> == 0);
  if (count <= 0) return;
#pragma unroll
  for (int i = 0; i < N; i += kWide<T>) {
    Vec<T, kWide<T>> old{};
    if (add) old = load_vector<kWide<T>>(to + i);
    Vec<Acc<T>, kWide<T>> sum;
#pragma unroll
    for (int j = 0; j < kWide<T>; ++j) sum[j] = add ? widen(old[j]) + value[i + j] : value[i + j];
    store_vector(to + i, narrow_all<T>(sum));
  }
}

// a / b for numbers that are not negative: fast when both have 32 bits, as nearly always.
__device__ inline int64_t quotient(int64_t a, int64_t b) {
  return (a | b) >> 32 != 0 ? a / b
                            : static_cast<int64_t>(static_cast<uint32_t>(a) / static_cast<uint32_t>(b));
}

// A matrix cut into pieces of `piece` columns, the last of a row perhaps narrower: thread i's piece.
struct Piece {
  int64_t row, column, count;

  __device__ static Piece of(int64_t i, int64_t columns, int piece) {
    const int64_t per_row = quotient(columns + piece - 1, piece), row = quotient(i, per_row);
    const int64_t column = (i - row * per_row) * piece;
    return {row, column, columns - column};
  }
};
inline int64_t pieces(int64_t rows, int64_t columns, int piece) { return rows * blocks_for(columns, piece); }

// Of a block that works on one row: a single warp while that makes few rounds.
inline int threads_for_row(int64_t columns) { return columns <= 1024 ? kWarp : 256; }

template <class T>
__global__ void set_to_zero_kernel(int64_t rows, int64_t columns, T* x, int64_t stride, bool wide) {
  const Piece at = Piece::of(global_thread(), columns, kTake<T>);
  if (at.row < rows) give(x + at.row * stride + at.column, Vec<Acc<T>, kTake<T>>{}, at.count, wide, false);
}

template <class T>
void set_to_zero(CudaStream& stream, const View& x) {
  constexpr int kThreads = 256;
  const int64_t count = pieces(x.rows(), x.columns(), kTake<T>);
  launch_kernel(set_to_zero_kernel<T>, blocks_for(count, kThreads), kThreads, 0, stream, x.rows(),
                x.columns(), x.as<T>(), x.row_stride, rows_aligned(x));
}

}  // namespace hone::kernels
