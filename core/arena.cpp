#include "core/arena.h"

#include <algorithm>
#include <iterator>

namespace hone {

Arena::Arena(size_t capacity) : capacity_(capacity) { add_free(0, capacity); }

size_t Arena::take(size_t bytes) {
  const size_t size = rounded(bytes);
  const auto best = by_size_.lower_bound({size, 0});
  if (best == by_size_.end()) return kNone;
  const auto [free, offset] = *best;
  remove_free(by_offset_.find(offset));
  if (free > size) add_free(offset + size, free - size);
  used_ += size;
  peak_ = std::max(peak_, used_);
  return offset;
}

void Arena::give_back(size_t offset, size_t bytes) {
  size_t size = rounded(bytes);
  used_ -= size;
  const auto next = by_offset_.lower_bound(offset);
  if (next != by_offset_.begin()) {
    const auto before = std::prev(next);
    if (before->first + before->second == offset) {
      offset = before->first;
      size += before->second;
      remove_free(before);
    }
  }
  if (next != by_offset_.end() && next->first == offset + size) {
    size += next->second;
    remove_free(next);
  }
  add_free(offset, size);
}

void Arena::add_free(size_t offset, size_t bytes) {
  by_offset_[offset] = bytes;
  by_size_.insert({bytes, offset});
}

void Arena::remove_free(std::map<size_t, size_t>::iterator part) {
  by_size_.erase({part->second, part->first});
  by_offset_.erase(part);
}

}  // namespace hone
