#pragma once

#include "cuda/device.h"

// Rows of matrices, a few columns at a time, whatever their alignment and number.
namespace hone::kernels {

// Columns in a thread's piece of a row: 16 bytes, and at least the 4 whose dropout is one call of Philox.
template <class T>
inline constexpr int kPiece = std::max(kWide<T>, 4);

// Loads a piece of N numbers, of which `count` exist; the others are padded with 0. `wide` says that every
// row begins at a multiple of 16 bytes and that `from` is a multiple of N numbers behind its row's beginning.
template <int N, class T>
__device__ inline Vec<Acc<T>, N> load_piece(const T* from, int64_t count, bool wide) {
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

// Loads a piece in kernels that are compiled for aligned, whole pieces: N numbers, or none for a count that
// is not positive. There are no branches between such loads, so that several are in flight together; with the
// branches of the function above each is waited for before the next is issued.
template <int N, class T>
__device__ inline Vec<Acc<T>, N> load_piece(const T* from, int64_t count, std::true_type) {
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

// Calls f with the last argument of load_piece() and store_piece() for pieces of N of `columns` columns:
// true_type where all of them are aligned and whole, else `wide`, which says whether rows begin at multiples
// of 16 bytes.
template <int N, class F>
void with_whole(int64_t columns, bool wide, F&& f) {
  if (wide && columns % N == 0) return f(std::true_type{});
  f(wide);
}

// Stores the first `count` numbers of a piece, or adds them to what is there; `wide` as in load_piece().
template <class T, int N>
__device__ inline void store_piece(T* to, const Vec<Acc<T>, N>& value, int64_t count, bool wide, bool add) {
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
__device__ inline void store_piece(T* to, const Vec<Acc<T>, N>& value, int64_t count, std::true_type,
                                   bool add) {
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

// a / b for numbers that are not negative; fast when both fit 32 bits, as they nearly always do.
__device__ inline int64_t quotient(int64_t a, int64_t b) {
  return (a | b) >> 32 != 0 ? a / b
                            : static_cast<int64_t>(static_cast<uint32_t>(a) / static_cast<uint32_t>(b));
}

// Where the piece of thread i lies in a matrix whose rows are cut into pieces of `piece` columns, the last of
// which may be narrower.
struct Piece {
  int64_t row, column, count;

  __device__ static Piece of(int64_t i, int64_t columns, int piece) {
    const int64_t per_row = quotient(columns + piece - 1, piece), row = quotient(i, per_row);
    const int64_t column = (i - row * per_row) * piece;
    return {row, column, columns - column};
  }
};
inline int64_t pieces(int64_t rows, int64_t columns, int piece) { return rows * blocks_for(columns, piece); }

// Threads of a block that works on one row: a single warp for rows that it passes over in few rounds.
inline int threads_for_row(int64_t columns) { return columns <= 1024 ? kWarp : 256; }

template <class T>
__global__ void set_to_zero_kernel(int64_t rows, int64_t columns, T* x, int64_t stride, bool wide) {
  const Piece at = Piece::of(global_thread(), columns, kPiece<T>);
  if (at.row < rows)
    store_piece(x + at.row * stride + at.column, Vec<Acc<T>, kPiece<T>>{}, at.count, wide, false);
}

template <class T>
void set_to_zero(CudaStream& stream, const View& x) {
  constexpr int kThreads = 256;
  const int64_t count = pieces(x.rows(), x.columns(), kPiece<T>);
  launch_kernel(set_to_zero_kernel<T>, blocks_for(count, kThreads), kThreads, 0, stream, x.rows(),
                x.columns(), x.as<T>(), x.row_stride, rows_aligned(x));
}

}  // namespace hone::kernels
