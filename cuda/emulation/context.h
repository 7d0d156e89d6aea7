#pragma once

#include <cstddef>

// Switching between stacks, without anything of threads: one file for each kind of processor, chosen by
// CMake.
namespace hone::emulation {

// Prepares `stack` so that the first switch to the context returned calls entry(), which must never return.
void* make_context(char* stack, size_t size, void (*entry)());

// Stores where we are in *from and goes on where `to` was left.
extern "C" void hone_switch_context(void** from, void* to);

}  // namespace hone::emulation
