#pragma once

#include <atomic>
#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include <hone/core/tensor.h>
#include "core/view.h"

namespace hone {

// Everything that the packed form of a product's matrix depends on: the numbers, their order, and the kernels
// that read it, for which `layout` stands.
struct FormKey {
  const void* data;
  int64_t rows, columns, stride;
  bool transposed;
  const void* layout;

  auto operator<=>(const FormKey&) const = default;
};

// A packed form that later products find again.
struct KeptForm {
  explicit KeptForm(int64_t bytes) : memory(Tensor::empty({(bytes + 3) / 4})) {}
  Tensor memory;
  std::atomic<bool> ready = false;  // somebody has filled it
};

// The packed forms of weights in one block of memory. They belong to that block, so no model disturbs
// another's; every view of it leads here. A form is kept while a promise (core/fixed_weights.h) says that its
// numbers keep their values, and made on the second use: a matrix that is used once costs no memory.
class KeptForms {
 public:
  struct Promise {
    const char *begin, *end;                                  // the bytes that it is about
    bool broken = false;                                      // something wrote to them
    std::map<FormKey, std::shared_ptr<KeptForm>> forms = {};  // null: used once so far
  };

  void add(Promise& promise);
  void remove(const Promise& promise);
  size_t bytes(const Promise& promise) const;

  // The form of this key, which takes so many bytes; null where none is kept (yet). `first`: it is new, and
  // the caller's to fill.
  std::shared_ptr<KeptForm> find(const FormKey& key, int64_t bytes, bool& first);
  // Breaks the promises about memory that is written to: its forms are never used again.
  void changed(const View& written);

 private:
  mutable std::mutex mutex_;
  std::vector<Promise*> promises_;
};

}  // namespace hone
