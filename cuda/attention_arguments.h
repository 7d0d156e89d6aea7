#pragma once

#include "core/kernels/attention.h"
#include "cuda/attention_tiles.h"

// What attention's kernels are told, and which part of it is a block's.
namespace hone::kernels {

template <class T>
struct Matrix {
  T* data;
  int64_t stride;

  explicit Matrix(const View& v) : data(v.as<T>()), stride(v.row_stride) {}
};

// What all kernels are told.
template <class T>
struct Shapes {
  Matrix<const T> q, k, v;
  Acc<T>* lse;
  const int32_t *query_offsets, *key_offsets;
  int64_t queries, heads;  // in all sequences
  TileShape tile;
  Acc<T> scale;
  DropoutArguments dropout;
};

template <class T>
struct Gradients {
  Matrix<const T> out, dout;
  Matrix<T> dq, dk, dv;
  bool add_dq, add_dk, add_dv;

  explicit Gradients(const AttentionBackward& k)
      : out(k.out),
        dout(k.dout),
        dq(k.dq.view),
        dk(k.dk.view),
        dv(k.dv.view),
        add_dq(k.dq.add),
        add_dk(k.dk.add),
        add_dv(k.dv.add) {}
};

// How a sequence's rows are shared out to blocks.
struct BlockRows {
  int64_t of_block, tiles;  // rows of a block, blocks of the longest sequence
  int shared = 0;           // rows of the other side in shared memory
};

// The block's part: the rows from `first` on of a sequence and head.
struct Item {
  int64_t sequence, head, first, query0, queries, key0, keys, rows_of_block;

  template <class T>
  __device__ static Item of(const Shapes<T>& shapes, int64_t block, const BlockRows& rows) {
    const int64_t pair = quotient(block, rows.tiles), sequence = quotient(pair, shapes.heads);
    const int32_t *q = shapes.query_offsets + sequence, *k = shapes.key_offsets + sequence;
    return {sequence,
            pair - sequence * shapes.heads,
            (block - pair * rows.tiles) * rows.of_block,
            q[0],
            q[1] - q[0],
            k[0],
            k[1] - k[0],
            rows.of_block};
  }
  // Of the sequence's rows on one side those that are the block's.
  __device__ int64_t own_rows(int64_t all) const { return std::min(all - first, rows_of_block); }
  template <class T>
  __device__ HeadRows<T> query_rows(const Matrix<T>& m, int columns) const {
    return {m.data + query0 * m.stride + head * columns, m.stride, queries};
  }
  template <class T>
  __device__ HeadRows<T> key_rows(const Matrix<T>& m, int columns) const {
    return {m.data + key0 * m.stride + head * columns, m.stride, keys};
  }
};

template <class T, class K>
Shapes<T> shapes_of(CudaStream& stream, const K& k, bool aligned) {
  const Device device = stream.device;
  aligned = aligned && rows_aligned(k.q) && rows_aligned(k.k) && rows_aligned(k.v);
  return {Matrix<const T>(k.q),
          Matrix<const T>(k.k),
          Matrix<const T>(k.v),
          k.lse.template as<Acc<T>>(),
          k.query_lens.offsets(device).view().template as<int32_t>(),
          k.key_lens.offsets(device).view().template as<int32_t>(),
          k.query_lens.total(),
          k.heads,
          tile_shape<T>(k.head_dim(), aligned),
          static_cast<Acc<T>>(1 / std::sqrt(static_cast<double>(k.head_dim()))),
          arguments_of(K::name, k.dropout, stream)};
}

}  // namespace hone::kernels
