// Packed attention of bf16 on tensor cores, for heads of up to 64 columns. A block takes a sequence and head
// as a whole up to 128 tokens, and 64 queries of a longer one. Must move q, k, v and out once.
//
// Scores are sums in f32. Probabilities and their gradients, which cuda/attention.cu keeps in f32, become two
// bf16 each, the second what the first leaves over: 16 bits of precision.
#include "cuda/attention_bf16.h"

#include "cuda/attention_tensor_tiles.h"

namespace hone::kernels {
namespace {

// One step of a streaming softmax: the scores of the first `count` of 16 keys become exp(scale score - top),
// where top is the highest score so far; earlier sums must be multiplied by `rescale`. total: a lane's part
// of the sum.
__device__ void streaming_softmax(Fragment (&p)[kStep / 8], float (&top)[2], float (&total)[2],
                                  float (&rescale)[2], float scale, int count) {
  float higher[2] = {top[0], top[1]};
#pragma unroll
  for (int j = 0; j < kStep / 8; ++j) {
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      p[j].at[i] = column_of(j, i) < count ? p[j].at[i] * scale : -INFINITY;
      higher[i / 2] = std::max(higher[i / 2], p[j].at[i]);
    }
  }
#pragma unroll
  for (int r = 0; r < 2; ++r) {
    higher[r] = quad_max(higher[r]);
    rescale[r] = device::exp(top[r] - higher[r]);
    total[r] *= rescale[r];
    top[r] = higher[r];
  }
#pragma unroll
  for (int j = 0; j < kStep / 8; ++j) {
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      p[j].at[i] = device::exp(p[j].at[i] - top[i / 2]);
      total[i / 2] += p[j].at[i];
    }
  }
}

template <int kWidth>
__global__ void forward_kernel(ForwardArguments<bf16> s, BlockRows rows) {
  const Item item = Item::of(s, blockIdx.x, rows);
  if (item.first >= item.queries) return;  // the whole block
  const int columns = s.tile.columns;
  const Team team;
  const Tile<kWidth> k{shared_memory<bf16>()}, v = k.from(rows.shared);
  const Kept kept(reinterpret_cast<uint16_t*>(v.from(rows.shared).data), s.dropout);
  for (int64_t round = 0; round < team.rounds(item.queries, item); ++round) {
    const int64_t query = team.own_row(round, item);
    const OwnRows<kWidth> q(item.query_rows(s.q, columns).from(query), columns);
    RowSums<kWidth> sums{};
    float top[2] = {-INFINITY, -INFINITY}, total[2] = {};
    for (int64_t chunk = 0; chunk < item.keys; chunk += kMost) {
      if (round == 0) {  // later rounds find all keys there
        load_both(k, item.key_rows(s.k, columns), v, item.key_rows(s.v, columns), chunk, columns);
        kept.load(s.dropout, item, item.first, item.own_rows(item.queries), chunk,
                  std::min<int64_t>(item.keys - chunk, kMost));
        wait_for_copies();
        sync_block();
      }
      const int64_t end = query < item.queries ? std::min(item.keys, chunk + kMost) : chunk;
      for (int64_t key = chunk; key < end; key += kStep) {
        Fragment p[kStep / 8];
        k.from(static_cast<int>(key - chunk)).dot_products(p, q);
        float rescale[2];
        streaming_softmax(p, top, total, rescale, s.scale,
                          static_cast<int>(std::min<int64_t>(kStep, item.keys - key)));
        sums.scale(rescale);
        kept.apply_to_queries(p, static_cast<int>(query - item.first), static_cast<int>(key - chunk));
        sums.add(p, v.from(static_cast<int>(key - chunk)));
      }
    }
    float* const lse = s.lse + item.head * s.queries + item.query0 + query;
    for (int r = 0; r < 2; ++r) {
      total[r] = quad_sum(total[r]);
      const int row = group() + 8 * r;
      if (member() == 0 && query + row < item.queries)
        lse[row] = item.keys > 0 ? top[r] + device::log(total[r]) : 0;
      total[r] = item.keys > 0 ? 1 / total[r] : 0;
    }
    sums.scale(total);
    sums.store(item.query_rows(s.out, columns).from(query), columns, false);
  }
}

}  // namespace

void forward_bf16(CudaStream& stream, const Attention& k) {
  const ForwardArguments<bf16> arguments = arguments_of<bf16>(stream, k);
  const BlockRows rows = rows_for(longest_of(k.query_lens, k.key_lens));
  with_width(k.head_dim(), [&](auto width) {
    const size_t bytes = static_cast<size_t>(2 * rows.shared * Tile<width()>::kStride) * sizeof(bf16) +
                         Kept::bytes(std::min<int64_t>(rows.of_block, rows.shared));
    launch_kernel(forward_kernel<width()>, k.query_lens.count() * k.heads * rows.tiles, kWarps * kWarp, bytes,
                  stream, arguments, rows);
  });
}

}  // namespace hone::kernels
