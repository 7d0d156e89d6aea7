// Sums. Must move x once. Over rows: cuda/column_sums.h. Over columns: a block a row. Over all: over the rows
// first, and then over the one row that is left.
#include "core/kernels/reduce.h"

#include "cuda/column_sums.h"

namespace hone::kernels {
namespace {

template <class T, class Out>
__global__ void row_sums_kernel(int64_t columns, const T* x, int64_t stride, Acc<T> scale, Out* out,
                                bool add) {
  constexpr int N = kPiece<T>;
  const int64_t row = blockIdx.x;
  Acc<T> sum = 0;
  for (int64_t c = int64_t{threadIdx.x} * N; c < columns; c += int64_t{blockDim.x} * N) {
    const auto values = load_piece<N>(x + row * stride + c, columns - c, false);
#pragma unroll
    for (int i = 0; i < N; ++i) sum += values[i];
  }
  sum = block_sum(sum, shared_memory<Acc<T>>());
  if (threadIdx.x == 0) accumulate(out[row], static_cast<Acc<Out>>(scale * sum), add);
}

template <class T, class Out>
void over_columns(CudaStream& stream, const View& x, double scale, Out* out, bool add) {
  const int threads = threads_for_row(x.columns());
  launch_kernel(row_sums_kernel<T, Out>, x.rows(), threads, threads / kWarp * sizeof(Acc<T>), stream,
                x.columns(), x.as<T>(), x.row_stride, scale, out, add);
}

template <class T, class Out>
void over_all(CudaStream& stream, const View& x, double scale, Out* out, bool add) {
  const Tensor row = Tensor::empty({1, x.columns()}, dtype_of<Acc<T>>, stream.device);
  const View view = row;
  add_columns<T>(stream, x, 1, view.as<Acc<T>>(), false);
  over_columns<Acc<T>>(stream, view, scale, out, add);
}

template <class T, class Out>
void sum(CudaStream& stream, const Sum& k, Out* out) {
  const bool add = k.out.add;
  switch (k.axis) {
    case Axis::rows:
      return add_columns<T>(stream, k.x, k.scale, out, add);
    case Axis::columns:
      return over_columns<T>(stream, k.x, k.scale, out, add);
    case Axis::all:
      return over_all<T>(stream, k.x, k.scale, out, add);
  }
}

}  // namespace

void run(CudaStream& stream, const Sum& k) {
  with_floating(k.x.dtype, [&](auto t) {
    using T = decltype(t);
    with_output<T>(k.out.view, [&](auto* out) { sum<T>(stream, k, out); });
  });
}

}  // namespace hone::kernels
