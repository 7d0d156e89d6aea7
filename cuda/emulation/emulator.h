#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "cuda/grid.h"

namespace hone {

// In which order the emulated threads of a block, and the blocks of a grid, run between two barriers. A
// kernel whose results depend on it lacks a barrier.
enum class ThreadOrder { ascending, descending, random };
void set_thread_order(ThreadOrder order);

namespace emulation {

inline constexpr int kLanes = 32;

struct Index {
  unsigned x = 0, y = 0, z = 0;
};

// Of the thread that runs now.
extern Index thread_index, block_index, block_size, grid_size;

// Does what the device is asked for, or keeps it while a recording is made (cuda/emulation/runtime.cpp).
void perform(std::function<void()> action);

// Calls kernel(arguments) once for each thread of the grid, block by block. Throws Error for what a GPU would
// not forgive.
void run_grid(const Extent& grid, const Extent& block, size_t shared_bytes, void (*kernel)(void* arguments),
              void* arguments);

// The dynamic shared memory of the block: exactly as many bytes as were asked for, filled with NaN at its
// start.
char* shared_memory();

// Waits until all threads of the block wait here.
void sync_block();

// Waits until all lanes in `mask` have come with the same mask, and gives the value that lane `source`
// brought. The lane itself must be in the mask, and so must the source.
uint64_t exchange(uint32_t mask, uint64_t value, unsigned source);
// The same, giving a bit for each lane of the mask that brought something else than 0.
uint32_t ballot(uint32_t mask, bool value);

// Gives what each lane brought, of all 32.
std::array<uint64_t, kLanes> exchange_all(uint64_t value);

// Copies 16 bytes when the thread that asks waits for its copies, as late as a GPU may; a thread must not end
// before.
void copy_later(void* to, const void* from);
void wait_for_copies();

// c += a b for tiles of bf16 that are spread over all 32 lanes as in PTX's mma.m16n8k16: of a [16, 16] and c
// [16, 8] lane 4 g + t holds rows g and g + 8, of b [16, 8] column g; t says which numbers of it.
void multiply_tiles(float (&c)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]);

// Four 8 x 8 tiles of 16-bit numbers, as PTX's ldmatrix: lane 8 i + r brings where row r of tile i lies.
void load_tiles(uint32_t (&out)[4], const void* row, bool turned);

unsigned lane();

// Ends the kernel with an error that names it and this thread.
[[noreturn]] void refuse_kernel(const char* what);

}  // namespace emulation
}  // namespace hone
