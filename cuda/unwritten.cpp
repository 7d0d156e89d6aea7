// Contracts without a CUDA kernel yet: who writes one deletes its line.
#include "core/kernels/adamw.h"
#include "core/kernels/attention.h"
#include "core/kernels/cross_entropy.h"
#include "core/kernels/layer_norm.h"
#include "core/kernels/max.h"
#include "core/kernels/reduce.h"
#include "core/kernels/softmax.h"

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
void run(CudaStream&, const CrossEntropy& k) { unwritten(k); }
void run(CudaStream&, const CrossEntropyBackward& k) { unwritten(k); }
void run(CudaStream&, const LayerNorm& k) { unwritten(k); }
void run(CudaStream&, const LayerNormBackward& k) { unwritten(k); }
void run(CudaStream&, const Max& k) { unwritten(k); }
void run(CudaStream&, const MaxBackward& k) { unwritten(k); }
void run(CudaStream&, const Sum& k) { unwritten(k); }
void run(CudaStream&, const Softmax& k) { unwritten(k); }
void run(CudaStream&, const SoftmaxBackward& k) { unwritten(k); }

}  // namespace hone
