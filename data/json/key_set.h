#pragma once

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace hone {

// The keys of one JSON object, to find a key that occurs twice. It is a hash table with few probes: keys that
// find no place, such as keys made to collide, go to an ordered set, so that no input makes it slow.
template <class Hash = std::hash<std::string>>
class KeySet {
 public:
  // False when the key is there already.
  bool insert(const std::string& key) {
    if (2 * (used_ + 1) > slots_.size()) grow();
    return place(Hash{}(key), key);
  }

 private:
  static constexpr size_t kProbes = 64, kFirstSlots = 16;
  struct Slot {
    size_t hash = 0;
    std::string key;
    bool taken = false;
  };

  bool place(size_t hash, std::string key) {
    if (!crowded_out_.empty() && crowded_out_.contains(key)) return false;
    for (size_t probe = 0; probe < kProbes; ++probe) {
      Slot& slot = slots_[(hash + probe) % slots_.size()];
      if (!slot.taken) {
        slot = {hash, std::move(key), true};
        ++used_;
        return true;
      }
      if (slot.hash == hash && slot.key == key) return false;
    }
    return crowded_out_.insert(std::move(key)).second;
  }

  void grow() {
    std::vector<Slot> old(std::max(kFirstSlots, 2 * slots_.size()));
    old.swap(slots_);
    used_ = 0;
    for (Slot& slot : old) {
      if (slot.taken) place(slot.hash, std::move(slot.key));
    }
  }

  std::vector<Slot> slots_;
  size_t used_ = 0;
  std::set<std::string> crowded_out_;
};

}  // namespace hone
