// Embeddings. Forward must move a row of each table and one of y for every token. Backward must move dy once
// for each table, from the L2 cache at best, and the rows that tokens name twice. It does it without atomics,
// for all tables at once (blockIdx.y says which):
//   1. Every token's place in the order of (index, token) is the number of tokens before it in that order,
//      which a warp counts for four tokens at a time: n^2 comparisons, little for the thousands of tokens of
//      a batch.
//   2. The sorted tokens are cut into chunks. A thread adds up its columns of a chunk's tokens: a row of the
//      table whose tokens all lie in the chunk is written at once, others leave one part in each chunk.
//   3. The chunk where such a row's tokens begin adds the parts in order.
// There are too few threads to hide the time that a load takes, so each has several loads in flight.
#include "core/kernels/embedding.h"

#include <hone/core/tensor.h>
#include "core/kernels/rows.h"
#include "cuda/rows.h"

namespace hone::kernels {
namespace {

constexpr int kThreads = 256;
constexpr int kTokens = 4;  // tokens that a warp places at once
constexpr int kLook = 8;    // indices that a thread loads at once
// Rows whose columns a thread loads before it adds the first: 128 bytes, which registers have room for.
template <class T>
constexpr int kAhead = 128 / (kPiece<T> * static_cast<int>(sizeof(Acc<T>)));

template <class T>
struct Tables {
  Rows<const T> rows[3];
  const int32_t* index[3];
  int count;
};

// Numbers that a thread adds up: 16 bytes or more of every table and of the sum.
template <class T, class Out>
constexpr int kSum = std::max(kPiece<T>, kPiece<Out>);

template <class T, class Out, class Wide>
__global__ void forward_kernel(Tables<T> tables, int64_t tokens, int64_t columns, Out* y, int64_t y_stride,
                               Wide wide) {
  const Piece at = Piece::of(global_thread(), columns, kSum<T, Out>);
  if (at.row >= tokens) return;
  Vec<Acc<T>, kSum<T, Out>> sum{};
#pragma unroll
  for (int i = 0; i < 3; ++i) {
    if (i >= tables.count) continue;
    const T* row = tables.rows[i].data + tables.index[i][at.row] * tables.rows[i].stride;
    const auto values = load_piece<kSum<T, Out>>(row + at.column, at.count, wide);
#pragma unroll
    for (int j = 0; j < kSum<T, Out>; ++j) sum[j] += values[j];
  }
  store_piece(y + at.row * y_stride + at.column, sum, at.count, wide, false);
}

template <class T, class Out>
void forward(CudaStream& stream, const EmbeddingSum& k) {
  Tables<T> tables{};
  bool wide = rows_aligned(k.y);
  for (const View& table : k.tables) {
    const int i = tables.count++;
    tables.rows[i] = Rows<const T>(table);
    tables.index[i] = k.indices[static_cast<size_t>(i)].as<int32_t>();
    wide = wide && rows_aligned(table);
  }
  const int64_t tokens = k.y.rows(), columns = k.y.columns();
  with_whole<kSum<T, Out>>(columns, wide, [&](auto whole) {
    launch_kernel(forward_kernel<T, Out, decltype(whole)>,
                  blocks_for(pieces(tokens, columns, kSum<T, Out>), kThreads), kThreads, 0, stream, tables,
                  tokens, columns, k.y.as<Out>(), k.y.row_stride, whole);
  });
}

// A token's place in the order, as a number.
__device__ inline int64_t key_of(int32_t index, int64_t token) { return (int64_t{index} << 32) + token; }

// One X for each of the tables, chosen without an index: an indexed array would be copied to slow local
// memory.
template <class X>
struct EachTable {
  X of[3];
  __device__ X own() const { return blockIdx.y == 0 ? of[0] : blockIdx.y == 1 ? of[1] : of[2]; }
};

// order[i] is the i-th token in the order of (index, token), sorted[i] its index.
struct Sorting {
  const int32_t* index;
  bool wide;
  int32_t *order, *sorted;
};

__global__ void sort_kernel(int64_t tokens, EachTable<Sorting> all) {
  const auto [index, wide, order, sorted] = all.own();
  const int64_t first = global_thread() / kWarp * kTokens;
  if (first >= tokens) return;  // all lanes of a warp alike
  int64_t own[kTokens];
  int32_t before[kTokens] = {};
  for (int i = 0; i < kTokens; ++i) own[i] = first + i < tokens ? key_of(index[first + i], first + i) : 0;
  for (int64_t begin = lane_id() * kLook; begin < tokens; begin += kWarp * kLook) {
    const auto values = load_piece<kLook>(index + begin, tokens - begin, wide);
#pragma unroll
    for (int j = 0; j < kLook; ++j) {
      const int64_t key = begin + j < tokens ? key_of(values[j], begin + j) : INT64_MAX;
      for (int i = 0; i < kTokens; ++i) before[i] += key < own[i];
    }
  }
  for (int i = 0; i < kTokens; ++i) {
    const int32_t place = warp_sum(before[i]);
    if (first + i >= tokens || lane_id() != 0) continue;
    order[place] = static_cast<int32_t>(first + i);
    sorted[place] = static_cast<int32_t>(own[i] >> 32);
  }
}

// The sorted tokens in chunks; two rows of parts a chunk: of the row of the table that an earlier chunk
// began, and of the one that a later chunk goes on with.
template <class T>
struct Sorted {
  int64_t tokens, per_chunk, columns;
  const int32_t *order, *sorted;
  Acc<T>* parts;  // [chunks, 2, columns]

  __device__ Acc<T>* part(int64_t chunk, int which) const { return parts + (chunk * 2 + which) * columns; }
  __device__ bool same(int64_t a, int64_t b) const { return sorted[a] == sorted[b]; }
};

// A table's gradient. A number has one thread that writes it, once.
template <class Out>
struct Table {
  GradRows<Out> gradient;
  int64_t padding;
  int32_t* marks;  // may be null

  // The numbers that a gradient is added to: 0 when it overwrites.
  template <int N, class Wide>
  __device__ Vec<Acc<Out>, N> old(int64_t row, int64_t column, int64_t count, Wide wide) const {
    return load_piece<N>(gradient.data + row * gradient.stride + column, gradient.add ? count : 0, wide);
  }
  template <int N, class Wide>
  __device__ void write(int64_t row, int64_t column, int64_t count, const Vec<Acc<Out>, N>& value,
                        Wide wide) const {
    const int64_t at = row * gradient.stride + column;
    store_piece(gradient.data + at, value, count, wide, false);
    if (marks == nullptr) return;
    marks[at / kMarked<Out>] = mark::kGradient;  // other threads may write the same value
    marks[(at + std::min(count, int64_t{N}) - 1) / kMarked<Out>] = mark::kGradient;
  }
};

template <class T, int N>
__device__ inline void add_to(Vec<T, N>& sum, const Vec<T, N>& values) {
#pragma unroll
  for (int i = 0; i < N; ++i) sum[i] += values[i];
}

template <class T, class Out, class Wide>
__global__ void chunk_kernel(EachTable<Sorted<T>> lists, const T* dy, int64_t dy_stride,
                             EachTable<Table<Out>> tables, Wide wide) {
  constexpr int N = kPiece<T>, Ahead = kAhead<T>;
  const Sorted<T> list = lists.own();
  const Table<Out> table = tables.own();
  const Piece at = Piece::of(global_thread(), list.columns, N);
  const int64_t begin = at.row * list.per_chunk;
  if (begin >= list.tokens) return;
  const int64_t end = std::min(begin + list.per_chunk, list.tokens);
  bool begun_before = begin > 0 && list.same(begin - 1, begin);
  Vec<Acc<T>, N> sum{};
  for (int64_t first = begin; first < end; first += Ahead) {
    int32_t tokens[Ahead], rows[Ahead + 1];
    Vec<Acc<T>, N> values[Ahead], old[Ahead];
#pragma unroll
    for (int i = 0; i < Ahead; ++i) tokens[i] = list.order[std::min(first + i, end - 1)];
#pragma unroll
    for (int i = 0; i <= Ahead; ++i) rows[i] = list.sorted[std::min(first + i, list.tokens - 1)];
#pragma unroll
    for (int i = 0; i < Ahead; ++i) {
      const int64_t count = first + i < end ? at.count : 0;
      values[i] = load_piece<N>(dy + tokens[i] * dy_stride + at.column, count, wide);
      old[i] = table.template old<N>(rows[i], at.column, count, wide);
    }
#pragma unroll
    for (int i = 0; i < Ahead; ++i) {
      const int64_t next = first + i + 1;
      const bool ends = next == list.tokens || rows[i] != rows[i + 1];
      add_to(sum, values[i]);
      if (next > end || (!ends && next < end)) continue;
      if (begun_before || !ends) {
        store_piece(list.part(at.row, begun_before ? 0 : 1) + at.column, sum, at.count, wide, false);
      } else if (rows[i] != table.padding) {
        add_to(old[i], sum);
        table.write(rows[i], at.column, at.count, old[i], wide);
      }
      begun_before = false;
      sum = {};
    }
  }
}

template <class T, class Out, class Wide>
__global__ void join_kernel(EachTable<Sorted<T>> lists, EachTable<Table<Out>> tables, Wide wide) {
  constexpr int N = kPiece<T>, Ahead = kAhead<T>;
  const Sorted<T> list = lists.own();
  const Table<Out> table = tables.own();
  const Piece at = Piece::of(global_thread(), list.columns, N);
  const int64_t begin = at.row * list.per_chunk, end = begin + list.per_chunk;
  if (end >= list.tokens || !list.same(end - 1, end)) return;  // nothing goes on
  if (begin > 0 && list.same(begin - 1, end - 1)) return;      // begun before
  const int32_t row = list.sorted[end];
  if (row == table.padding) return;
  auto old = table.template old<N>(row, at.column, at.count, wide);
  auto sum = load_piece<N>(list.part(at.row, 1) + at.column, at.count, wide);
  bool goes_on = true;  // once the row ends it does not come again
  for (int64_t first = at.row + 1; goes_on; first += Ahead) {
    bool same[Ahead];
    Vec<Acc<T>, N> values[Ahead];
#pragma unroll
    for (int i = 0; i < Ahead; ++i) {
      const int64_t start = (first + i) * list.per_chunk;
      same[i] = list.sorted[std::min(start, list.tokens - 1)] == row && start < list.tokens;
    }
#pragma unroll
    for (int i = 0; i < Ahead; ++i)
      values[i] = load_piece<N>(list.part(first + i, 0) + at.column, same[i] ? at.count : 0, wide);
#pragma unroll
    for (int i = 0; i < Ahead; ++i) add_to(sum, values[i]);
    goes_on = same[Ahead - 1];
  }
  add_to(old, sum);
  table.write(row, at.column, at.count, old, wide);
}

// About half the square root, so that no thread of step 2 or 3 has many parts to add.
int64_t tokens_per_chunk(int64_t tokens) {
  int64_t size = 8;
  while (4 * size * size < tokens) size *= 2;
  return size;
}

// The gradients of those tables whose gradients are of type Out.
template <class T, class Out>
void backward(CudaStream& stream, const EmbeddingBackward& k) {
  const int64_t tokens = k.dy.rows(), columns = k.dy.columns(), per_chunk = tokens_per_chunk(tokens);
  const int64_t chunks = blocks_for(tokens, per_chunk), most = static_cast<int64_t>(k.tables.size());
  const Tensor order = Tensor::empty({most, 2, tokens}, Dtype::i32, stream.device);
  const Tensor parts = Tensor::empty({most, chunks * 2, columns}, dtype_of<Acc<T>>, stream.device);
  EachTable<Sorting> sortings{};
  EachTable<Sorted<T>> lists{};
  EachTable<Table<Out>> tables{};
  bool wide = rows_aligned(k.dy) && rows_aligned(parts);
  int64_t count = 0;
  for (const TableGradient& table : k.tables) {
    const View &index = table.index, &view = table.dtable.view;
    if (view.dtype != dtype_of<Out>) continue;
    if (!table.dtable.add) set_to_zero<Out>(stream, view);
    int32_t* const places = order.view().as<int32_t>() + count * 2 * tokens;
    Acc<T>* const own_parts = parts.view().as<Acc<T>>() + count * chunks * 2 * columns;
    sortings.of[count] = {index.as<int32_t>(), rows_aligned(index), places, places + tokens};
    lists.of[count] = {tokens, per_chunk, columns, places, places + tokens, own_parts};
    tables.of[count++] = {GradRows<Out>(table.dtable), table.padding_index, table.marks.as<int32_t>()};
    wide = wide && rows_aligned(view);
  }
  const Extent sorting(blocks_for(blocks_for(tokens, kTokens) * kWarp, kThreads), count);
  launch_kernel(sort_kernel, sorting, kThreads, 0, stream, tokens, sortings);
  const Extent grid(blocks_for(pieces(chunks, columns, kPiece<T>), kWarp),
                    count);  // small blocks, since there is little work
  with_whole<kPiece<T>>(columns, wide, [&](auto whole) {
    using Wide = decltype(whole);
    launch_kernel(chunk_kernel<T, Out, Wide>, grid, kWarp, 0, stream, lists, k.dy.as<T>(), k.dy.row_stride,
                  tables, whole);
    launch_kernel(join_kernel<T, Out, Wide>, grid, kWarp, 0, stream, lists, tables, whole);
  });
}

}  // namespace

void run(CudaStream& stream, const EmbeddingSum& k) {
  with_floating(k.tables[0].dtype, [&](auto t) {
    using T = decltype(t);
    if constexpr (std::is_same_v<T, float>) {
      if (k.y.dtype == Dtype::bf16) return forward<float, bf16>(stream, k);
    }
    forward<T, T>(stream, k);
  });
}

void run(CudaStream& stream, const EmbeddingBackward& k) {
  with_floating(k.dy.dtype, [&](auto t) {
    using T = decltype(t);
    const auto any_of_type = [&](Dtype type) {
      return std::any_of(k.tables.begin(), k.tables.end(),
                         [&](const auto& table) { return table.dtable.view.dtype == type; });
    };
    if (any_of_type(dtype_of<T>)) backward<T, T>(stream, k);
    if constexpr (!std::is_same_v<T, Acc<T>>) {
      if (any_of_type(dtype_of<Acc<T>>)) backward<T, Acc<T>>(stream, k);
    }
  });
}

}  // namespace hone::kernels
