#pragma once

#include "core/kernels/attention.h"
#include "core/kernels/attention_rows.h"
#include "cuda/attention_tiles.h"

// The arguments of attention's kernels, and which part of the work is a block's.
namespace hone::kernels {

// The arguments of every kernel; Tensors is AttentionRows<T> or AttentionBackwardRows<T>.
template <class T, class Tensors>
struct AttentionArguments : Tensors {
  const int32_t *query_offsets, *key_offsets;
  TileShape tile;
  Acc<T> scale;
  DropoutArguments dropout;
};
template <class T>
using ForwardArguments = AttentionArguments<T, AttentionRows<T>>;
template <class T>
using BackwardArguments = AttentionArguments<T, AttentionBackwardRows<T>>;

// The share of a sequence's rows that each block works on.
struct BlockRows {
  int64_t of_block, tiles;  // rows of a block, blocks of the longest sequence
  int shared = 0;           // rows of the other side in shared memory
};

// The block's part: the rows from `first` on of a sequence and head.
struct Item {
  int64_t sequence, head, first, query0, queries, key0, keys, rows_of_block;

  template <class Arguments>
  __device__ static Item of(const Arguments& arguments, int64_t block, const BlockRows& rows) {
    const int64_t pair = quotient(block, rows.tiles), sequence = quotient(pair, arguments.heads);
    const int32_t *q = arguments.query_offsets + sequence, *k = arguments.key_offsets + sequence;
    return {sequence,
            pair - sequence * arguments.heads,
            (block - pair * rows.tiles) * rows.of_block,
            q[0],
            q[1] - q[0],
            k[0],
            k[1] - k[0],
            rows.of_block};
  }
  // The number of the block's own rows, where the sequence has `all` on that side.
  __device__ int64_t own_rows(int64_t all) const { return std::min(all - first, rows_of_block); }
  template <class T>
  __device__ HeadRows<T> query_rows(const Rows<T>& m, int columns) const {
    return {m.data + query0 * m.stride + head * columns, m.stride, queries};
  }
  template <class T>
  __device__ HeadRows<T> key_rows(const Rows<T>& m, int columns) const {
    return {m.data + key0 * m.stride + head * columns, m.stride, keys};
  }
};

// The arguments for a contract; `aligned`: rows of tensors other than q, k and v begin at multiples of 16
// bytes.
template <class T, class Tensors, class K>
AttentionArguments<T, Tensors> arguments_of(CudaStream& stream, const K& k, bool aligned) {
  const Device device = stream.device;
  aligned = aligned && rows_aligned(k.q) && rows_aligned(k.k) && rows_aligned(k.v);
  return {Tensors(k),
          k.query_lens.offsets(device).view().template as<int32_t>(),
          k.key_lens.offsets(device).view().template as<int32_t>(),
          tile_shape<T>(k.head_dim(), aligned),
          static_cast<Acc<T>>(1 / std::sqrt(static_cast<double>(k.head_dim()))),
          arguments_of(K::name, k.dropout, stream)};
}
template <class T>
ForwardArguments<T> arguments_of(CudaStream& stream, const Attention& k) {
  return arguments_of<T, AttentionRows<T>>(stream, k, true);
}
template <class T>
BackwardArguments<T> arguments_of(CudaStream& stream, const AttentionBackward& k) {
  return arguments_of<T, AttentionBackwardRows<T>>(stream, k, rows_aligned(k.dout));
}

}  // namespace hone::kernels
