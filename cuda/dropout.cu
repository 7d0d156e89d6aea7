// Dropout by masks that nobody stores. Must move x once and out once (twice with beta 1); the 40
// multiplications that Philox takes for every 4 elements hide behind that. A thread works on 4 or 8 columns
// of a row.
#include "core/kernels/dropout.h"

#include "cuda/dropout.h"
#include "cuda/rows.h"

namespace hone::kernels {
namespace {

constexpr int kThreads = 256;

template <class T>
__global__ void dropout_kernel(DropoutArguments dropout, int64_t rows, int64_t columns, const T* x,
                               int64_t x_stride, T* out, int64_t out_stride, bool wide, bool add) {
  const Piece at = Piece::of(global_thread(), columns, kPiece<T>);
  if (at.row >= rows) return;
  auto values = load_piece<kPiece<T>>(x + at.row * x_stride + at.column, at.count, wide);
  apply_dropout(values, dropout, DropoutRow::at(dropout, at.row), at.column);
  store_piece(out + at.row * out_stride + at.column, values, at.count, wide, add);
}

}  // namespace

void run(CudaStream& stream, const Dropout& k) {
  with_floating(k.x.dtype, [&](auto t) {
    using T = decltype(t);
    const int64_t rows = k.x.rows(), columns = k.x.columns();
    launch_kernel(dropout_kernel<T>, blocks_for(pieces(rows, columns, kPiece<T>), kThreads), kThreads, 0,
                  stream, arguments_of(k.name, k.dropout, stream), rows, columns, k.x.as<T>(), k.x.row_stride,
                  k.out.view.as<T>(), k.out.view.row_stride, rows_aligned(k.x) && rows_aligned(k.out.view),
                  k.out.add);
  });
}

}  // namespace hone::kernels
