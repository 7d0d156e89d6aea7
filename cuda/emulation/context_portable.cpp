// For processors without a switch of their own: swapcontext, some twenty times slower (it saves the signal
// mask).
#include <ucontext.h>

#include <new>

#include "cuda/emulation/context.h"

namespace hone::emulation {

void* make_context(char* stack, size_t size, void (*entry)()) {
  auto* context = new (stack) ucontext_t;
  getcontext(context);
  const size_t used = (sizeof(ucontext_t) + 63) / 64 * 64;
  context->uc_stack.ss_sp = stack + used;
  context->uc_stack.ss_size = size - used;
  context->uc_link = nullptr;
  makecontext(context, entry, 0);
  return context;
}

extern "C" void hone_switch_context(void** from, void* to) {
  ucontext_t here;  // on the stack that is left, and so there until somebody comes back
  *from = &here;
  swapcontext(&here, static_cast<ucontext_t*>(to));
}

}  // namespace hone::emulation
