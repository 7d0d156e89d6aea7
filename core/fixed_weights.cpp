#include "core/fixed_weights.h"

#include "core/kept_forms.h"

namespace hone {

struct FixedWeights::Fixed {
  explicit Fixed(const Tensor& weights)
      : tensor(weights),
        forms(weights.kept_forms()),
        promise{weights.view().as<char>(), weights.view().as<char>() + weights.bytes()} {
    forms.add(promise);
  }
  ~Fixed() { forms.remove(promise); }
  Fixed(const Fixed&) = delete;
  Fixed& operator=(const Fixed&) = delete;

  Tensor tensor;  // keeps the memory, and with it the forms
  KeptForms& forms;
  KeptForms::Promise promise;
};

FixedWeights::FixedWeights(const std::vector<Tensor>& tensors) {
  for (const Tensor& tensor : tensors) {
    if (tensor.device().is_cpu()) all_.push_back(std::make_unique<Fixed>(tensor));
  }
}

FixedWeights::~FixedWeights() = default;

size_t FixedWeights::packed_bytes() const {
  size_t sum = 0;
  for (const auto& fixed : all_) sum += fixed->forms.bytes(fixed->promise);
  return sum;
}

}  // namespace hone
