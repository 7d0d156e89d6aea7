#include <hone/core/dropout.h>

#include <vector>

namespace hone {
namespace {

Tensor numbers(uint32_t seed, uint32_t step, uint32_t first_sequence) {
  const std::vector<int32_t> words{static_cast<int32_t>(seed), static_cast<int32_t>(step),
                                   static_cast<int32_t>(first_sequence)};
  return Tensor::from(words, {3});
}

}  // namespace

DropoutState::DropoutState() : state_(Tensor::zeros({3}, Dtype::i32)) {}

void DropoutState::set(uint32_t seed, uint32_t step, uint32_t first_sequence) {
  set_ = true;
  const Tensor words = numbers(seed, step, first_sequence);
  if (state_.device().is_cpu() && !state_.sole()) {
    state_ = words;  // a graph made before keeps its own
  } else {
    state_.copy_from(words);
  }
}

void DropoutState::advance() {
  if (!set_) state_ = numbers(0, ++steps_, 0).to(state_.device());
}

}  // namespace hone
