#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <utility>

namespace hone {

// The bookkeeping of one region of memory: which parts of it are free. A request gets the smallest free part
// that is large enough (of equals the lowest), so the same requests get the same places. Neighbours that are
// free are joined. Places are offsets into the region; sizes are in bytes.
class Arena {
 public:
  static constexpr size_t kAlignment = 64;

  explicit Arena(size_t capacity);

  // The offset of `bytes` bytes, or kNone when no free part is large enough.
  static constexpr size_t kNone = static_cast<size_t>(-1);
  size_t take(size_t bytes);
  void give_back(size_t offset, size_t bytes);

  size_t used() const { return used_; }
  size_t peak() const { return peak_; }  // the largest used() so far
  size_t capacity() const { return capacity_; }

  // The bytes that a request occupies: at least one unit more than it asks for, so that a write past its end
  // hits nobody's memory.
  static size_t rounded(size_t bytes) { return (bytes / kAlignment + 2) * kAlignment; }

 private:
  void add_free(size_t offset, size_t bytes);
  void remove_free(std::map<size_t, size_t>::iterator part);

  size_t capacity_, used_ = 0, peak_ = 0;
  std::map<size_t, size_t> by_offset_;           // offset -> size
  std::set<std::pair<size_t, size_t>> by_size_;  // (size, offset)
};

}  // namespace hone
