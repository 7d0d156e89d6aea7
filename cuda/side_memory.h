#pragma once

#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

namespace hone {

// The memory of a device that was released while side work was under way, which may still use it.
class SideMemory {
 public:
  void begin() {
    const std::lock_guard lock(mutex_);
    under_way_ = true;
  }
  // Keeps a part and says true, or false when no side work is under way: then it is free at once.
  bool keep(void* pointer, size_t bytes) {
    const std::lock_guard lock(mutex_);
    if (under_way_) parts_.emplace_back(pointer, bytes);
    return under_way_;
  }
  bool under_way() const {
    const std::lock_guard lock(mutex_);
    return under_way_;
  }
  // Ends it, when later work waits for the side work, and gives back what was kept.
  std::vector<std::pair<void*, size_t>> end() {
    const std::lock_guard lock(mutex_);
    under_way_ = false;
    return std::exchange(parts_, {});
  }

 private:
  mutable std::mutex mutex_;
  bool under_way_ = false;
  std::vector<std::pair<void*, size_t>> parts_;
};

}  // namespace hone
