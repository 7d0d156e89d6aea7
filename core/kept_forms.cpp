#include "core/kept_forms.h"

namespace hone {

void KeptForms::add(Promise& promise) {
  const std::lock_guard lock(mutex_);
  promises_.push_back(&promise);
}

void KeptForms::remove(const Promise& promise) {
  const std::lock_guard lock(mutex_);
  std::erase(promises_, &promise);
}

size_t KeptForms::bytes(const Promise& promise) const {
  const std::lock_guard lock(mutex_);
  size_t sum = 0;
  for (const auto& [key, form] : promise.forms) sum += form ? static_cast<size_t>(form->memory.bytes()) : 0;
  return sum;
}

std::shared_ptr<KeptForm> KeptForms::find(const FormKey& key, int64_t bytes, bool& first) {
  const std::lock_guard lock(mutex_);
  for (Promise* promise : promises_) {
    if (promise->broken || key.data < promise->begin || key.data >= promise->end) continue;
    const auto [at, added] = promise->forms.try_emplace(key);
    if (added) return nullptr;
    first = at->second == nullptr;
    if (first) at->second = std::make_shared<KeptForm>(bytes);
    return at->second;
  }
  return nullptr;
}

void KeptForms::changed(const View& written) {
  const auto* const begin = static_cast<const char*>(written.data);
  const auto* const end = begin + written.bytes_spanned();
  const std::lock_guard lock(mutex_);
  for (Promise* promise : promises_) {
    if (begin >= promise->end || promise->begin >= end) continue;
    promise->broken = true;
    promise->forms.clear();
  }
}

}  // namespace hone
