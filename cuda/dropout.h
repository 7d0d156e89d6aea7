#pragma once

#include <hone/core/dropout.h>
#include "cuda/device.h"

namespace hone::kernels {

// A DropoutMask (core/dropout.h) as kernels read it. Step, seed and first sequence are read from device
// memory, so that a recorded launch may be repeated with others.
struct DropoutArguments {
  uint32_t site = 0, threshold = 0;  // threshold 0 keeps everything
  double scale = 1;
  const int32_t* state = nullptr;    // [3]: seed, step, first sequence
  const int32_t* offsets = nullptr;  // [sequences + 1]: the first row of each
  int64_t sequences = 0;
};

// The arguments for a dropout whose state is on the stream's device; an inactive one keeps everything.
inline DropoutArguments arguments_of(const char* kernel, const DropoutMask& dropout,
                                     const CudaStream& stream) {
  if (!dropout.active()) return {};
  const View state = dropout.state;
  if (state.device != stream.device)
    refuse(kernel, "dropout's state is " + describe(state) + ", launched on " + to_string(stream.device));
  return {dropout.site,
          dropout.threshold(),
          dropout.scale(),
          state.as<int32_t>(),
          dropout.rows.offsets(stream.device).view().as<int32_t>(),
          dropout.rows.count()};
}

// The sequence that holds this row: the last one that begins at or before it.
__device__ inline int64_t sequence_of(const int32_t* offsets, int64_t sequences, int64_t row) {
  int64_t low = 0, high = sequences;  // offsets[low] <= row < offsets[high]
  while (high - low > 1) {
    const int64_t middle = (low + high) / 2;
    if (offsets[middle] <= row)
      low = middle;
    else
      high = middle;
  }
  return low;
}

// sequence_of() for a row that all lanes of a warp ask for together: they look at 32 offsets at a time.
__device__ inline int64_t sequence_of_warp(const int32_t* offsets, int64_t sequences, int64_t row) {
  int64_t before = 0;  // sequences that begin at or before the row
  for (int64_t s = 0; s < sequences; s += kWarp) {
    const int64_t own = s + lane_id();
    before += count_bits(ballot(kAllLanes, own < sequences && offsets[own] <= row));
  }
  return before - 1;
}

// The key and counter of a row's random words.
struct DropoutRow {
  uint32_t seed = 0, step = 0, sequence = 0, where = 0;

  // A row of a tensor [rows, columns].
  __device__ static DropoutRow at(const DropoutArguments& dropout, int64_t row) {
    if (dropout.threshold == 0) return {};
    const int64_t s = sequence_of(dropout.offsets, dropout.sequences, row);
    return of(dropout, s, row - dropout.offsets[s], 0);
  }
  __device__ static DropoutRow of_warp(const DropoutArguments& dropout, int64_t row) {
    if (dropout.threshold == 0) return {};
    const int64_t s = sequence_of_warp(dropout.offsets, dropout.sequences, row);
    return of(dropout, s, row - dropout.offsets[s], 0);
  }
  // A query of attention: columns are keys.
  __device__ static DropoutRow of(const DropoutArguments& dropout, int64_t sequence, int64_t position,
                                  int64_t head) {
    if (dropout.threshold == 0) return {};
    return {static_cast<uint32_t>(dropout.state[0]), static_cast<uint32_t>(dropout.state[1]),
            static_cast<uint32_t>(dropout.state[2]) + static_cast<uint32_t>(sequence),
            static_cast<uint32_t>(position) | static_cast<uint32_t>(head) << 16};
  }
  // The words of columns 4 quad .. 4 quad + 3.
  __device__ std::array<uint32_t, 4> words(const DropoutArguments& dropout, int64_t quad) const {
    return philox({static_cast<uint32_t>(quad), where, sequence, step}, {seed, dropout.site});
  }
};

// The factor of an element with this random word: 0, or the scale.
template <class T>
__device__ inline T mask_of(const DropoutArguments& dropout, uint32_t word) {
  return word >= dropout.threshold ? static_cast<T>(dropout.scale) : T(0);
}

// values *= mask, for N columns (a multiple of 4) from a multiple of 4 on.
template <class T, int N>
__device__ inline void apply_dropout(Vec<T, N>& values, const DropoutArguments& dropout,
                                     const DropoutRow& row, int64_t column) {
  static_assert(N % 4 == 0);
  if (dropout.threshold == 0) return;
#pragma unroll
  for (int i = 0; i < N; i += 4) {
    const auto words = row.words(dropout, (column + i) / 4);
#pragma unroll
    for (int j = 0; j < 4; ++j) values[i + j] *= mask_of<T>(dropout, words[static_cast<size_t>(j)]);
  }
}

}  // namespace hone::kernels
