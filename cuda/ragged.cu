// The starts and lengths of a packed batch's sequences as cuDNN wants them, a thread for a sequence. Must
// read both offsets once and write seven numbers a sequence.
#include "cuda/cudnn.h"
#include "cuda/device.h"
#include "cuda/stream.h"

namespace hone {
namespace {

constexpr int kThreads = 128;

struct RaggedArguments {
  const int32_t *queries, *keys;  // offsets
  int32_t strides[kLseStart];     // of q, k, v and out
  int32_t heads, sequences, columns;
  int32_t* rows;
};

__global__ void ragged_kernel(RaggedArguments a) {
  const auto s = static_cast<int32_t>(global_thread());
  if (s >= a.columns) return;
  const int32_t at = std::min(s, a.sequences);  // sequences beyond the last are empty
  const int32_t query = a.queries[at], key = a.keys[at];
  const bool last = at == a.sequences;
  const int32_t values[kRaggedRows] = {
      query * a.strides[kQStart],     key * a.strides[kKStart], key * a.strides[kVStart],
      query * a.strides[kOutStart],   query * a.heads,          last ? 0 : a.queries[at + 1] - query,
      last ? 0 : a.keys[at + 1] - key};
#pragma unroll
  for (int row = 0; row < kRaggedRows; ++row) a.rows[row * a.columns + s] = values[row];
}

}  // namespace

void ragged_rows(CudaStream& stream, const Attention& k, const View& rows) {
  const auto stride = [](const View& v) { return static_cast<int32_t>(v.row_stride); };
  const int64_t columns = rows.columns();
  const RaggedArguments arguments{k.query_lens.offsets(stream.device).view().as<int32_t>(),
                                  k.key_lens.offsets(stream.device).view().as<int32_t>(),
                                  {stride(k.q), stride(k.k), stride(k.v), stride(k.out)},
                                  static_cast<int32_t>(k.heads),
                                  static_cast<int32_t>(k.query_lens.count()),
                                  static_cast<int32_t>(columns),
                                  rows.as<int32_t>()};
  launch_kernel(ragged_kernel, blocks_for(columns, kThreads), kThreads, 0, stream, arguments);
}

}  // namespace hone
