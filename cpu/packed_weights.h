#pragma once

#include <memory>
#include <optional>

#include "core/kept_forms.h"
#include "core/view.h"
#include "cpu/scratch.h"

namespace hone {

// The memory for the packed form of one product's b: kept for later products where b is a fixed weight
// (core/fixed_weights.h), working memory of this product otherwise.
class PackedB {
 public:
  // `layout` stands for the kernels that read the form, which takes so many bytes.
  PackedB(const View& b, bool transposed, const void* layout, int64_t bytes);

  char* data() const;
  bool ready() const { return ready_; }  // the form is there, packed by an earlier product
  void packed() const;                   // must be called once this product has packed it

 private:
  std::shared_ptr<KeptForm> kept_;  // null: nothing is kept
  std::optional<ScratchBytes> own_;
  bool ready_ = false;
};

}  // namespace hone
