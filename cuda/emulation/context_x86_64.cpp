// The registers that a function must preserve in the System V ABI go onto the stack; the stack pointer is the
// context.
#include <cstdint>

#include "cuda/emulation/context.h"

asm(R"(
.text
.globl hone_switch_context
.type hone_switch_context, @function
hone_switch_context:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size hone_switch_context, .-hone_switch_context
)");

namespace hone::emulation {

void* make_context(char* stack, size_t size, void (*entry)()) {
  auto* top = reinterpret_cast<uint64_t*>(reinterpret_cast<uintptr_t>(stack + size) & ~uintptr_t{15});
  *--top = 0;  // where entry() would return to, and what aligns its frame
  *--top = reinterpret_cast<uint64_t>(entry);
  for (int i = 0; i < 6; ++i) *--top = 0;
  return top;
}

}  // namespace hone::emulation
