#include "cpu/packed_weights.h"

namespace hone {

PackedB::PackedB(const View& b, bool transposed, const void* layout, int64_t bytes) {
  bool first = false;
  if (b.kept != nullptr) {
    kept_ = b.kept->find({b.data, b.rows(), b.columns(), b.row_stride, transposed, layout}, bytes, first);
  }
  ready_ = kept_ != nullptr && kept_->ready.load(std::memory_order_acquire);
  if (!ready_ && !first) kept_ = nullptr;  // another thread is filling it
  if (!kept_) own_.emplace(bytes);
}

char* PackedB::data() const {
  return kept_ ? reinterpret_cast<char*>(kept_->memory.data<float>()) : own_->data();
}

void PackedB::packed() const {
  if (kept_) kept_->ready.store(true, std::memory_order_release);
}

}  // namespace hone
