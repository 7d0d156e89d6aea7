#include "cuda/emulation/fibre.h"

#include <sanitizer/asan_interface.h>
#include <sys/mman.h>

#include <hone/core/error.h>
#include "cuda/emulation/context.h"

// Only there under AddressSanitizer.
extern "C" {
[[gnu::weak]] void __sanitizer_start_switch_fiber(void** fake_stack, const void* bottom, size_t size);
[[gnu::weak]] void __sanitizer_finish_switch_fiber(void* fake_stack, const void** bottom_old,
                                                   size_t* size_old);
}

namespace hone::emulation {
namespace {

constexpr size_t kStack = size_t{256} << 10, kGuard = 4096;

Fibre* g_left = nullptr;  // whom the last switch left

}  // namespace

Fibre::Fibre(void (*entry)()) {
  void* memory = mmap(nullptr, kStack + kGuard, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw Error("emulation: no memory for a thread's stack");
  mprotect(memory, kGuard, PROT_NONE);
  stack_ = static_cast<char*>(memory) + kGuard;
  bottom_ = stack_;
  size_ = kStack;
  restart(entry);
}

Fibre::~Fibre() {
  if (stack_ == nullptr) return;
  ASAN_UNPOISON_MEMORY_REGION(stack_, kStack);
  munmap(stack_ - kGuard, kStack + kGuard);
}

void Fibre::restart(void (*entry)()) {
  ASAN_UNPOISON_MEMORY_REGION(stack_, kStack);
  fake_stack_ = nullptr;
  context_ = make_context(stack_, kStack, entry);
}

void Fibre::entered() {
  if (__sanitizer_finish_switch_fiber == nullptr) return;
  const void* bottom = nullptr;
  size_t size = 0;
  __sanitizer_finish_switch_fiber(nullptr, &bottom, &size);
  if (g_left->stack_ == nullptr) g_left->bottom_ = bottom, g_left->size_ = size;
}

void Fibre::switch_to(Fibre& other) {
  g_left = this;
  if (__sanitizer_start_switch_fiber == nullptr) return hone_switch_context(&context_, other.context_);
  __sanitizer_start_switch_fiber(&fake_stack_, other.bottom_, other.size_);
  hone_switch_context(&context_, other.context_);
  const void* bottom = nullptr;
  size_t size = 0;
  __sanitizer_finish_switch_fiber(fake_stack_, &bottom, &size);
  if (g_left->stack_ == nullptr) g_left->bottom_ = bottom, g_left->size_ = size;
}

}  // namespace hone::emulation
