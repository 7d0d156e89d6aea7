#pragma once

#include <memory>
#include <optional>

#include "core/view.h"
#include "cpu/scratch.h"

namespace hone {

// Where the packed form of one product's b is: kept, where a FixedWeights allows that, else in working
// memory.
class PackedB {
 public:
  // `layout` stands for the kernels that the form is for; it takes so many bytes.
  PackedB(const View& b, bool transposed, const void* layout, int64_t bytes);

  char* data() const;
  bool ready() const { return ready_; }  // it is there already
  void packed() const;                   // it is there now

  struct Pack;

 private:
  std::shared_ptr<Pack> pack_;  // null: nothing is kept
  std::optional<ScratchBytes> own_;
  bool ready_ = false;
};

}  // namespace hone
