// Copies with conversion, and transposes. Both must move x once and out once (twice with beta 1). A copy's
// threads load or store 16 bytes of the wider type each; a transpose goes through tiles of 32 x 32 in shared
// memory, so that both sides are moved in whole rows.
#include "core/kernels/copy.h"

#include "cuda/rows.h"

namespace hone::kernels {
namespace {

constexpr int kThreads = 256;
constexpr int kTile = 32, kTileRows = 8;  // threads of a transpose's block: 32 x 8

template <class T, class Out>
__global__ void copy_kernel(int64_t rows, int64_t columns, const T* x, int64_t x_stride, Out* out,
                            int64_t out_stride, Acc<Out> scale, bool wide, bool add) {
  constexpr int kPiece = std::max(kWide<T>, kWide<Out>);
  const Piece at = Piece::of(global_thread(), columns, kPiece);
  if (at.row >= rows) return;
  const auto values = load_piece<kPiece>(x + at.row * x_stride + at.column, at.count, wide);
  Vec<Acc<Out>, kPiece> scaled;
#pragma unroll
  for (int i = 0; i < kPiece; ++i) scaled[i] = scale * static_cast<Acc<Out>>(values[i]);
  store_piece(out + at.row * out_stride + at.column, scaled, at.count, wide, add);
}

template <class T, class Out>
void copy(CudaStream& stream, const Copy& k) {
  const bool whole = k.x.contiguous() && k.out.view.contiguous();  // one long row
  const int64_t rows = whole ? 1 : k.x.rows(), columns = whole ? k.x.elements() : k.x.columns();
  const int64_t count = pieces(rows, columns, std::max(kWide<T>, kWide<Out>));
  launch_kernel(copy_kernel<T, Out>, blocks_for(count, kThreads), kThreads, 0, stream, rows, columns,
                k.x.as<T>(), k.x.row_stride, k.out.view.as<Out>(), k.out.view.row_stride, k.scale,
                rows_aligned(k.x) && rows_aligned(k.out.view), k.out.add);
}

template <class T>
__global__ void transpose_kernel(int64_t rows, int64_t columns, int64_t tiles_across, const T* x,
                                 int64_t x_stride, T* y, int64_t y_stride, bool add) {
  T* tile = shared_memory<T>();  // [kTile][kTile + 1], so that a column's rows lie in different banks
  const int64_t row0 = quotient(blockIdx.x, tiles_across) * kTile;
  const int64_t column0 = (blockIdx.x - row0 / kTile * tiles_across) * kTile;
  const int across = static_cast<int>(threadIdx.x), down = static_cast<int>(threadIdx.y);
  for (int r = down; r < kTile; r += kTileRows) {
    if (row0 + r < rows && column0 + across < columns)
      tile[r * (kTile + 1) + across] = x[(row0 + r) * x_stride + column0 + across];
  }
  sync_block();
  for (int c = down; c < kTile; c += kTileRows) {
    if (column0 + c < columns && row0 + across < rows)
      accumulate(y[(column0 + c) * y_stride + row0 + across], widen(tile[across * (kTile + 1) + c]), add);
  }
}

}  // namespace

void run(CudaStream& stream, const Copy& k) {
  if (k.x.dtype == Dtype::i32) return copy<int32_t, int32_t>(stream, k);
  with_floating(k.x.dtype, [&](auto from) {
    with_floating(k.out.view.dtype, [&](auto to) { copy<decltype(from), decltype(to)>(stream, k); });
  });
}

void run(CudaStream& stream, const Transpose& k) {
  with_floating(k.x.dtype, [&](auto t) {
    using T = decltype(t);
    const int64_t across = blocks_for(k.x.columns(), kTile), down = blocks_for(k.x.rows(), kTile);
    launch_kernel(transpose_kernel<T>, across * down, {kTile, kTileRows}, kTile * (kTile + 1) * sizeof(T),
                  stream, k.x.rows(), k.x.columns(), across, k.x.as<T>(), k.x.row_stride, k.y.view.as<T>(),
                  k.y.view.row_stride, k.y.add);
  });
}

}  // namespace hone::kernels
