// Weights that are packed once for many products. A pack is found by all that its contents depend on: which
// numbers, in which order, for which kernels. It is made on the second use, so that what is used once costs
// no memory.
#include "cpu/packed_weights.h"

#include <algorithm>
#include <atomic>
#include <compare>
#include <map>
#include <mutex>

#include <hone/core/fixed_weights.h>

namespace hone {
namespace {

std::atomic<uint64_t> g_version = 0;

struct Key {
  const void* data;
  int64_t rows, columns, stride;
  bool transposed;
  const void* layout;

  auto operator<=>(const Key&) const = default;
};

}  // namespace

struct PackedB::Pack {
  explicit Pack(int64_t bytes) : memory(bytes) {}
  ScratchBytes memory;
  std::atomic<bool> ready = false;
};

struct FixedWeights::Packs {
  std::vector<Tensor> tensors;
  uint64_t version = g_version;
  std::map<Key, std::shared_ptr<PackedB::Pack>> by_key;  // null: used once so far

  bool holds(const void* data) const {
    return std::ranges::any_of(tensors, [&](const Tensor& tensor) {
      const auto* begin = static_cast<const char*>(tensor.view().data);
      return data >= begin && data < begin + tensor.bytes();
    });
  }
};

namespace {

// All promises that are in force.
struct Promises {
  std::mutex mutex;
  std::vector<FixedWeights::Packs*> list;
  std::atomic<size_t> count = 0;  // of list, to be read without the mutex
};

Promises& promises() {
  static Promises& all = *new Promises;  // NOLINT: weights in static storage may go after it would
  return all;
}

// The pack of this key, made if it is wanted a second time; null where nothing is kept. `first`: whether it
// is the caller's to fill.
std::shared_ptr<PackedB::Pack> find(const Key& key, int64_t bytes, bool& first) {
  Promises& all = promises();
  if (all.count == 0) return nullptr;
  const std::lock_guard lock(all.mutex);
  for (FixedWeights::Packs* packs : all.list) {
    if (!packs->holds(key.data)) continue;
    if (packs->version != g_version) {
      packs->by_key.clear();
      return nullptr;
    }
    const auto [at, added] = packs->by_key.try_emplace(key);
    if (added) return nullptr;
    first = at->second == nullptr;
    if (first) at->second = std::make_shared<PackedB::Pack>(bytes);
    return at->second;
  }
  return nullptr;
}

}  // namespace

PackedB::PackedB(const View& b, bool transposed, const void* layout, int64_t bytes) {
  bool first = false;
  pack_ = find({b.data, b.rows(), b.columns(), b.row_stride, transposed, layout}, bytes, first);
  ready_ = pack_ != nullptr && pack_->ready.load(std::memory_order_acquire);
  if (!ready_ && !first) pack_ = nullptr;  // somebody else is filling it
  if (!pack_) own_.emplace(bytes);
}

char* PackedB::data() const { return pack_ ? pack_->memory.data() : own_->data(); }

void PackedB::packed() const {
  if (pack_) pack_->ready.store(true, std::memory_order_release);
}

FixedWeights::FixedWeights(std::vector<Tensor> tensors) : packs_(std::make_unique<Packs>()) {
  std::erase_if(tensors, [](const Tensor& tensor) { return !tensor.device().is_cpu(); });
  packs_->tensors = std::move(tensors);
  const std::lock_guard lock(promises().mutex);
  promises().list.push_back(packs_.get());
  promises().count = promises().list.size();
}

FixedWeights::~FixedWeights() {
  const std::lock_guard lock(promises().mutex);
  std::erase(promises().list, packs_.get());
  promises().count = promises().list.size();
}

size_t FixedWeights::packed_bytes() const {
  const std::lock_guard lock(promises().mutex);
  size_t bytes = 0;
  for (const auto& [key, pack] : packs_->by_key) bytes += pack ? pack->memory.bytes() : 0;
  return bytes;
}

void weights_changed() { ++g_version; }

}  // namespace hone
