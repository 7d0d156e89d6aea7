// Contracts without a CUDA kernel yet: who writes one deletes its line.
#include "core/kernels/adamw.h"
#include "core/kernels/attention.h"

namespace hone {
namespace {

template <class K>
[[noreturn]] void unwritten(const K&) {
  refuse(K::name, "has no CUDA kernel yet");
}

}  // namespace

void run(CudaStream&, const SumSquares& k) { unwritten(k); }
void run(CudaStream&, const AdamW& k) { unwritten(k); }
void run(CudaStream&, const Attention& k) { unwritten(k); }
void run(CudaStream&, const AttentionBackward& k) { unwritten(k); }

}  // namespace hone
