#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "cuda/grid.h"

namespace hone {

// The order in which the emulated threads of a block, and the blocks of a grid, run between two barriers. A
// kernel whose results depend on it lacks a barrier.
enum class ThreadOrder { ascending, descending, random };
void set_thread_order(ThreadOrder order);

namespace emulation {

inline constexpr int kLanes = 32;

struct Index {
  unsigned x = 0, y = 0, z = 0;
};

// The indices of the thread that runs now.
extern Index thread_index, block_index, block_size, grid_size;

// Calls kernel(arguments) once for each thread of the grid, block by block. Throws Error for what a GPU would
// not forgive.
void run_grid(const Extent& grid, const Extent& block, size_t shared_bytes, void (*kernel)(void* arguments),
              void* arguments);

// The dynamic shared memory of the block: exactly as many bytes as were asked for, filled with NaN at its
// start.
char* shared_memory();

// Waits until all threads of the block wait here.
void sync_block();

// Waits until all lanes in `mask` have come with the same mask, and returns the value that lane `source`
// brought. The lane itself must be in the mask, and so must the source.
uint64_t exchange(uint32_t mask, uint64_t value, unsigned source);
// Waits in the same way, and returns a bit for each lane of the mask that brought something else than 0.
uint32_t ballot(uint32_t mask, bool value);

// Returns the value that each of the 32 lanes brought.
std::array<uint64_t, kLanes> exchange_all(uint64_t value);

// Copies 16 bytes when the thread that asks waits for its copies, as late as a GPU may; a thread must not end
// before.
void copy_later(void* to, const void* from);
void wait_for_copies();

unsigned lane();

// Ends the kernel with an error that names it and this thread.
[[noreturn]] void refuse_kernel(const char* what);

}  // namespace emulation
}  // namespace hone
