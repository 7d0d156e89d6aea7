// The starts and lengths of a packed batch's sequences as cuDNN wants them, a thread for a sequence. Must
// read both offsets once and write eleven numbers a sequence.
#include "cuda/ragged.h"

#include "cuda/device.h"
#include "cuda/stream.h"

namespace hone::kernels {
namespace {

constexpr int kThreads = 128;

struct RaggedArguments {
  const int32_t *queries, *keys;  // offsets
  int32_t strides[kQueries];      // of the tensors, from one token to the next
  int32_t sequences, columns;
  int32_t* rows;
};

__global__ void ragged_kernel(RaggedArguments a) {
  const auto s = static_cast<int32_t>(global_thread());
  if (s >= a.columns) return;
  const int32_t at = std::min(s, a.sequences);  // sequences beyond the last are empty
  const int32_t query = a.queries[at], key = a.keys[at];
  const bool last = at == a.sequences;
#pragma unroll
  for (int row = 0; row < kQueries; ++row)
    a.rows[row * a.columns + s] = (row < kKStart ? query : key) * a.strides[row];
  a.rows[kQueries * a.columns + s] = last ? 0 : a.queries[at + 1] - query;
  a.rows[kKeys * a.columns + s] = last ? 0 : a.keys[at + 1] - key;
}

int32_t stride(const View& v) { return static_cast<int32_t>(v.row_stride); }

template <class K>
RaggedArguments arguments_of(CudaStream& stream, const K& k, const View& rows) {
  RaggedArguments a{};
  a.queries = k.query_lens.offsets(stream.device).view().template as<int32_t>();
  a.keys = k.key_lens.offsets(stream.device).view().template as<int32_t>();
  a.strides[kLseStart] = static_cast<int32_t>(k.heads);
  a.strides[kQStart] = stride(k.q);
  a.strides[kKStart] = stride(k.k);
  a.strides[kVStart] = stride(k.v);
  a.strides[kOutStart] = stride(k.out);
  a.sequences = static_cast<int32_t>(k.query_lens.count());
  a.columns = static_cast<int32_t>(rows.columns());
  a.rows = rows.as<int32_t>();
  return a;
}

void launch_ragged(CudaStream& stream, const RaggedArguments& a) {
  launch_kernel(ragged_kernel, blocks_for(a.columns, kThreads), kThreads, 0, stream, a);
}

}  // namespace

void ragged_rows(CudaStream& stream, const Attention& k, const View& rows) {
  launch_ragged(stream, arguments_of(stream, k, rows));
}

void ragged_rows(CudaStream& stream, const AttentionBackward& k, const View& rows) {
  RaggedArguments a = arguments_of(stream, k, rows);
  a.strides[kDoutStart] = stride(k.dout);
  a.strides[kDqStart] = stride(k.dq.view);
  a.strides[kDkStart] = stride(k.dk.view);
  a.strides[kDvStart] = stride(k.dv.view);
  launch_ragged(stream, a);
}

}  // namespace hone::kernels
