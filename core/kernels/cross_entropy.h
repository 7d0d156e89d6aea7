#pragma once

#include <hone/core/packed_batch.h>
#include "core/launch.h"

namespace hone::kernels {

// Cross-entropy of softmax(logits) against labels, through log-softmax:
//   loss = sum over rows of (log(sum(exp(logits))) - logits[label]) / divisor
//   probabilities = softmax(logits), kept for the backward pass
//   logits, probabilities [rows, classes], labels [rows] i32, loss [1]. divisor: the rows of the step's whole
//   window.
// A row whose label is kNoLabel has no part in the loss and gets no gradient.
struct CrossEntropy {
  static constexpr auto name = "cross_entropy";
  View logits, labels, loss, probabilities;
  double divisor = 1;

  Arguments inputs() const { return {{"logits", logits}, {"labels", labels}}; }
  Arguments outputs() const { return {{"loss", loss}, {"probabilities", probabilities}}; }
  double flops() const { return 5.0 * static_cast<double>(logits.elements()); }
  void check(const char* op = name) const;
};
void run(CpuStream&, const CrossEntropy&);
void run(CudaStream&, const CrossEntropy&);

// dlogits (+)= dloss (probabilities - onehot(label)) / divisor, and (+)= 0 in rows without a label.
struct CrossEntropyBackward {
  static constexpr auto name = "cross_entropy_backward";
  View probabilities, labels, dloss;
  GradOut dlogits;
  double divisor = 1;

  Arguments inputs() const {
    return {{"probabilities", probabilities}, {"labels", labels}, {"dloss", dloss}};
  }
  Arguments outputs() const { return {{"dlogits", dlogits.view}}; }
  double flops() const { return 2.0 * static_cast<double>(probabilities.elements()); }
  void check(const char* op = name) const;
};
void run(CpuStream&, const CrossEntropyBackward&);
void run(CudaStream&, const CrossEntropyBackward&);

}  // namespace hone::kernels
