// Products of few rows, as a classifier's head and the last layer have them: c = a op(b) + bias + beta c for up to 64 rows. Must
// move op(b) once, which is nearly all, a and c (twice with beta 1); a comes from the cache to every block
// but the first. A block computes 32 rows x 8 columns of c, the grid is [n / 8, m / 32]: small tiles, since
// what counts is that many blocks read op(b) at once.
//   1. k is cut into parts of 256 (f64: 128). The block puts its 8 columns of a part of op(b) into shared
//      memory as they are stored, a column in a row; its loads are under way together with those of a.
//   2. A warp has 4 rows. Its lanes share k between them, 16 bytes of a row at a time: they read whole lines,
//      and each keeps a sum for every one of the warp's 32 numbers.
//   3. The lanes' sums are added in a tree, at whose end each lane has one number of c.
// The order of additions depends on k alone.
#include "cuda/small_product.h"

#include "cuda/rows.h"

namespace hone {
namespace {

constexpr int kWarps = 8, kThreads = kWarps * kWarp;
constexpr int kRows = 4, kColumns = 8;  // of c: a warp's and a block's
static_assert(kRows * kColumns == kWarp && kColumns == kWarps);

// Pieces of a part of k that a lane takes from each row: 8 numbers together, 4 of f64.
template <class T>
inline constexpr int kRounds = sizeof(T) == 2 ? 1 : 2;
template <class T>
inline constexpr int kPart = kRounds<T>* kWarp* kWide<T>;
// A row of shared memory, and 16 bytes more: columns of it lie in different banks.
template <class T>
inline constexpr int kPitch = kPart<T> + kWide<T>;

template <class T>
struct Product {
  int64_t m, n, k;
  const T *a, *b;
  const Acc<T>* bias;  // none: null
  T* c;
  int64_t a_stride, b_stride, c_stride;
  bool transpose_b, a_wide, b_wide, add;
};

// Where a thread's piece of a part of op(b) begins, in op(b): 16 bytes of a row of b. It lies along k if b is
// transposed, else across columns.
struct PieceOfB {
  int depth, column;

  template <class T>
  __device__ static PieceOfB of(int round, bool transposed) {
    constexpr int kDown = kPart<T> / kWide<T>, kAcross = kColumns / kWide<T>;
    const int i = round * kThreads + static_cast<int>(threadIdx.x);
    if (transposed) return {i % kDown * kWide<T>, i / kDown};
    return {i / kAcross, i % kAcross * kWide<T>};
  }
};

// Puts rows from `from` on and columns from `column` on of op(b) into shared memory [kColumns][kPitch], and
// zeros for what lies beyond.
template <class T>
__device__ void fetch_b(const Product<T>& p, int64_t from, int64_t column, T* to) {
  constexpr int N = kWide<T>;
  Vec<Acc<T>, N> values[kRounds<T>];
#pragma unroll
  for (int round = 0; round < kRounds<T>; ++round) {
    const PieceOfB piece = PieceOfB::of<T>(round, p.transpose_b);
    const int64_t i = from + piece.depth, j = column + piece.column;
    const int64_t place = p.transpose_b ? j * p.b_stride + i : i * p.b_stride + j;
    const int64_t count = i < p.k && j < p.n ? (p.transpose_b ? p.k - i : p.n - j) : 0;
    values[round] = take<N>(p.b + place, count, p.b_wide);
  }
#pragma unroll
  for (int round = 0; round < kRounds<T>; ++round) {
    const PieceOfB piece = PieceOfB::of<T>(round, p.transpose_b);
    T* const place = to + piece.column * kPitch<T> + piece.depth;
    if (p.transpose_b) {
      give(place, values[round], N, true, false);
    } else {
#pragma unroll
      for (int q = 0; q < N; ++q) place[q * kPitch<T>] = narrow<T>(values[round][q]);
    }
  }
}

// The lane's pieces of a warp's rows of a, which begin at `row`; zeros for what lies beyond.
template <class T>
__device__ void fetch_a(const Product<T>& p, int64_t row, int64_t from,
                        Vec<Acc<T>, kWide<T>> (&to)[kRounds<T>][kRows]) {
  constexpr int N = kWide<T>;
#pragma unroll
  for (int round = 0; round < kRounds<T>; ++round) {
    const int64_t i = from + (round * kWarp + lane_id()) * N;
#pragma unroll
    for (int r = 0; r < kRows; ++r) {
      const int64_t count = row + r < p.m ? p.k - i : 0;
      to[round][r] = take<N>(p.a + (row + r) * p.a_stride + i, count, p.a_wide);
    }
  }
}

// Adds the products of the lane's pieces to its sums.
template <class T>
__device__ void multiply(const Vec<Acc<T>, kWide<T>> (&a)[kRounds<T>][kRows], const T* b,
                         Acc<T> (&sums)[kRows * kColumns]) {
  constexpr int N = kWide<T>;
#pragma unroll
  for (int round = 0; round < kRounds<T>; ++round) {
#pragma unroll
    for (int j = 0; j < kColumns; ++j) {
      const auto values = load_vector<N>(b + j * kPitch<T> + (round * kWarp + lane_id()) * N);
#pragma unroll
      for (int r = 0; r < kRows; ++r) {
#pragma unroll
        for (int q = 0; q < N; ++q) sums[r * kColumns + j] += a[round][r][q] * widen(values[q]);
      }
    }
  }
}

// Of 2 `half` sums that each lane has a share of, lane i's result is the i-th. A lane keeps half of its sums
// and passes the others to the lane that keeps those, and so on.
template <unsigned half, class T>
__device__ T sum_of_lane(T (&shares)[kWarp]) {
  const bool upper = (lane_id() & half) != 0;
#pragma unroll
  for (unsigned i = 0; i < half; ++i) {
    const T passed = upper ? shares[i] : shares[i + half];
    shares[i] = (upper ? shares[i + half] : shares[i]) + shuffle_xor(kAllLanes, passed, half);
  }
  if constexpr (half > 1)
    return sum_of_lane<half / 2>(shares);
  else
    return shares[0];
}

// Two blocks share the registers of a multiprocessor.
template <class T>
__global__ __launch_bounds__(kThreads, sizeof(T) == 8 ? 1 : 2) void small_product_kernel(Product<T> p) {
  T* b = shared_memory<T>();  // [kColumns][kPitch]
  const int64_t first_row = int64_t{blockIdx.y} * kWarps * kRows + warp_id() * kRows;
  const int64_t first_column = int64_t{blockIdx.x} * kColumns;
  Acc<T> sums[kRows * kColumns] = {};
  for (int64_t from = 0; from < p.k; from += kPart<T>) {
    Vec<Acc<T>, kWide<T>> a[kRounds<T>][kRows];
    fetch_a(p, first_row, from, a);
    sync_block();  // the part before has been used
    fetch_b(p, from, first_column, b);
    sync_block();
    multiply(a, b, sums);
  }
  Acc<T> sum = sum_of_lane<kWarp / 2>(sums);
  const int64_t row = first_row + lane_id() / kColumns, column = first_column + lane_id() % kColumns;
  if (row >= p.m || column >= p.n) return;
  if (p.bias != nullptr) sum += p.bias[column];
  put(p.c + row * p.c_stride + column, sum, p.add);
}

// Beyond, cuBLASLt has blocks enough; and a shorter sum is not worth sharing between lanes. Of products in bf16 it was
// wrong about wide ones only.
constexpr int64_t kMostRows = 64, kMostColumns = 4096, kLeastDepth = 32, kLeastColumnsOfBf16 = 1024;

bool is_small(const Gemm& g) {
  const Dtype type = g.c.view.dtype;
  const bool has_kernel = type != Dtype::f64 || kHasF64;
  const bool fits = g.m() <= kMostRows && g.n() <= kMostColumns && g.k() >= kLeastDepth &&
                    (type != Dtype::bf16 || g.n() >= kLeastColumnsOfBf16);
  return has_kernel && fits && g.a.dtype == type && (!g.bias || g.bias.dtype == acc_of(type)) &&
         !g.transpose_a && !g.activation;
}

}  // namespace

bool small_product(CudaStream& stream, const Gemm& g) {
  if (!is_small(g)) return false;
  with_floating(g.c.view.dtype, [&](auto t) {
    using T = decltype(t);
    const Product<T> product{.m = g.m(),
                             .n = g.n(),
                             .k = g.k(),
                             .a = g.a.as<T>(),
                             .b = g.b.as<T>(),
                             .bias = g.bias ? g.bias.as<Acc<T>>() : nullptr,
                             .c = g.c.view.as<T>(),
                             .a_stride = g.a.row_stride,
                             .b_stride = g.b.row_stride,
                             .c_stride = g.c.view.row_stride,
                             .transpose_b = g.transpose_b,
                             .a_wide = rows_aligned(g.a),
                             .b_wide = rows_aligned(g.b),
                             .add = g.c.beta != 0};
    launch_kernel(small_product_kernel<T>,
                  {blocks_for(product.n, kColumns), blocks_for(product.m, kWarps * kRows)}, kThreads,
                  kColumns * kPitch<T> * sizeof(T), stream, product);
  });
  return true;
}

}  // namespace hone
