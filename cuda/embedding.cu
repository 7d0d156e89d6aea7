// Embeddings. Forward must move a row of each table and one of y for every token. Backward must move dy once
// and the rows that tokens name twice, and does it without atomics:
//   1. Every token's place in the order of (index, token) is the number of tokens before it in that order,
//      which a warp counts for four tokens at a time: n^2 comparisons, little for the thousands of tokens of
//      a batch.
//   2. The sorted tokens are cut into chunks. A thread adds up its columns of a chunk's tokens: a row of the
//   table whose
//      tokens all lie in the chunk is written at once, others leave one part in each chunk.
//   3. The chunk where such a row's tokens begin adds the parts in order.
#include "core/kernels/embedding.h"

#include "core/tensor.h"
#include "cuda/rows.h"

namespace hone {
namespace {

constexpr int kThreads = 256;
constexpr int kTokens = 4;  // that a warp places at once

template <class T>
struct Tables {
  const T* rows[3];
  int64_t stride[3];
  const int32_t* index[3];
  int count;
};

template <class T>
__global__ void forward_kernel(Tables<T> tables, int64_t tokens, int64_t columns, T* y, int64_t y_stride,
                               bool wide) {
  const Piece at = Piece::of(global_thread(), columns, kTake<T>);
  if (at.row >= tokens) return;
  Vec<Acc<T>, kTake<T>> sum{};
#pragma unroll
  for (int i = 0; i < 3; ++i) {
    if (i >= tables.count) continue;
    const T* row = tables.rows[i] + tables.index[i][at.row] * tables.stride[i];
    const auto values = take<kTake<T>>(row + at.column, at.count, wide);
#pragma unroll
    for (int j = 0; j < kTake<T>; ++j) sum[j] += values[j];
  }
  give(y + at.row * y_stride + at.column, sum, at.count, wide, false);
}

template <class T>
void forward(CudaStream& stream, const EmbeddingSum& k) {
  Tables<T> tables{};
  bool wide = rows_aligned(k.y);
  for (const View& table : k.tables) {
    const int i = tables.count++;
    tables.rows[i] = table.as<T>();
    tables.stride[i] = table.row_stride;
    tables.index[i] = k.indices[static_cast<size_t>(i)].as<int32_t>();
    wide = wide && rows_aligned(table);
  }
  const int64_t tokens = k.y.rows(), columns = k.y.columns();
  launch_kernel(forward_kernel<T>, blocks_for(pieces(tokens, columns, kTake<T>), kThreads), kThreads, 0,
                stream, tables, tokens, columns, k.y.as<T>(), k.y.row_stride, wide);
}

// order[i] is the i-th token in the order of (index, token), sorted[i] its index.
__global__ void sort_kernel(int64_t tokens, const int32_t* index, int32_t* order, int32_t* sorted) {
  const int64_t first = global_thread() / kWarp * kTokens;
  if (first >= tokens) return;  // for all lanes of a warp alike
  int32_t own[kTokens], before[kTokens] = {};
  for (int i = 0; i < kTokens; ++i) own[i] = first + i < tokens ? index[first + i] : 0;
  for (int64_t other = lane_id(); other < tokens; other += kWarp) {
    const int32_t value = index[other];
    for (int i = 0; i < kTokens; ++i) before[i] += value < own[i] || (value == own[i] && other < first + i);
  }
  for (int i = 0; i < kTokens; ++i) {
    const int32_t place = warp_sum(before[i]);
    if (first + i >= tokens || lane_id() != 0) continue;
    order[place] = static_cast<int32_t>(first + i);
    sorted[place] = own[i];
  }
}

// The sorted tokens in chunks; two rows of parts a chunk: of the row of the table that an earlier chunk
// began, and of the one that a later chunk goes on with.
template <class T>
struct Sorted {
  int64_t tokens, per_chunk, columns, padding;
  const int32_t *order, *sorted;
  Acc<T>* parts;  // [chunks, 2, columns]

  __device__ Acc<T>* part(int64_t chunk, int which) const { return parts + (chunk * 2 + which) * columns; }
  __device__ bool same(int64_t a, int64_t b) const { return sorted[a] == sorted[b]; }
};

template <class T, class Out>
__global__ void chunk_kernel(Sorted<T> list, const T* dy, int64_t dy_stride, Out* table, int64_t stride,
                             bool wide, bool parts_wide) {
  constexpr int N = kTake<T>;
  const Piece at = Piece::of(global_thread(), list.columns, N);
  const int64_t begin = at.row * list.per_chunk;
  if (begin >= list.tokens) return;
  const int64_t end = std::min(begin + list.per_chunk, list.tokens);
  bool begun_before = begin > 0 && list.same(begin - 1, begin);
  Vec<Acc<T>, N> sum{};
  for (int64_t i = begin; i < end; ++i) {
    const auto values = take<N>(dy + list.order[i] * dy_stride + at.column, at.count, wide);
#pragma unroll
    for (int j = 0; j < N; ++j) sum[j] += values[j];
    const bool ends = i + 1 == list.tokens || !list.same(i, i + 1);
    if (!ends && i + 1 < end) continue;
    const int32_t row = list.sorted[i];
    if (row != list.padding) {
      if (begun_before || !ends)
        give(list.part(at.row, begun_before ? 0 : 1) + at.column, sum, at.count, parts_wide, false);
      else
        give(table + row * stride + at.column, sum, at.count, wide, true);
    }
    begun_before = false;
    sum = {};
  }
}

template <class T, class Out>
__global__ void join_kernel(Sorted<T> list, Out* table, int64_t stride, bool wide, bool parts_wide) {
  constexpr int N = kTake<T>;
  const Piece at = Piece::of(global_thread(), list.columns, N);
  const int64_t begin = at.row * list.per_chunk, end = begin + list.per_chunk;
  if (end >= list.tokens || !list.same(end - 1, end)) return;  // nothing goes on
  if (begin > 0 && list.same(begin - 1, end - 1)) return;      // begun before
  const int32_t row = list.sorted[end];
  if (row == list.padding) return;
  auto sum = take<N>(list.part(at.row, 1) + at.column, at.count, parts_wide);
  for (int64_t chunk = at.row + 1; chunk * list.per_chunk < list.tokens; ++chunk) {
    if (list.sorted[chunk * list.per_chunk] != row) break;
    const auto values = take<N>(list.part(chunk, 0) + at.column, at.count, parts_wide);
#pragma unroll
    for (int j = 0; j < N; ++j) sum[j] += values[j];
  }
  give(table + row * stride + at.column, sum, at.count, wide, true);
}

// About half the square root, so that no thread of step 2 or 3 has many parts to add.
int64_t tokens_per_chunk(int64_t tokens) {
  int64_t size = 8;
  while (4 * size * size < tokens) size *= 2;
  return size;
}

template <class T, class Out>
void backward(CudaStream& stream, const EmbeddingBackward& k, Out* table) {
  const View& dtable = k.dtable.view;
  if (k.dtable.beta == 0) set_to_zero<Out>(stream, dtable);
  const int64_t tokens = k.dy.rows(), columns = k.dy.columns(), per_chunk = tokens_per_chunk(tokens);
  const int64_t chunks = blocks_for(tokens, per_chunk);
  const Tensor order = Tensor::empty({2, tokens}, Dtype::i32, stream.device);
  const Tensor parts = Tensor::empty({chunks * 2, columns}, dtype_of<Acc<T>>, stream.device);
  int32_t* const places = order.view().as<int32_t>();
  launch_kernel(sort_kernel, blocks_for(blocks_for(tokens, kTokens) * kWarp, kThreads), kThreads, 0, stream,
                tokens, k.index.as<int32_t>(), places, places + tokens);
  const Sorted<T> list{
      tokens, per_chunk, columns, k.padding_index, places, places + tokens, parts.view().as<Acc<T>>()};
  const int64_t blocks = blocks_for(pieces(chunks, columns, kTake<T>), kWarp);  // small: there are few
  const bool wide = rows_aligned(dtable), parts_wide = rows_aligned(parts);
  launch_kernel(chunk_kernel<T, Out>, blocks, kWarp, 0, stream, list, k.dy.as<T>(), k.dy.row_stride, table,
                dtable.row_stride, wide && rows_aligned(k.dy), parts_wide);
  launch_kernel(join_kernel<T, Out>, blocks, kWarp, 0, stream, list, table, dtable.row_stride, wide,
                parts_wide);
}

}  // namespace

void run(CudaStream& stream, const EmbeddingSum& k) {
  with_floating(k.y.dtype, [&](auto t) { forward<decltype(t)>(stream, k); });
}

void run(CudaStream& stream, const EmbeddingBackward& k) {
  with_floating(k.dy.dtype, [&](auto t) {
    using T = decltype(t);
    with_output<T>(k.dtable.view, [&](auto* table) { backward<T>(stream, k, table); });
  });
}

}  // namespace hone
