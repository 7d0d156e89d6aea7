#pragma once

#include <cstdint>
#include <type_traits>

namespace hone {

// The number of threads that kernels run on, the calling one included: see CpuOptions
// (core/device_options.h). The default is that of cores the process may use (cpu/default_threads.h). Not to
// be set while kernels run.
void set_threads(int threads);
int threads();
int default_threads();

namespace detail {
void run_chunks(int64_t chunks, void (*call)(void* context, int64_t chunk), void* context);
}

// Calls f(chunk) for every chunk in [0, chunks), on all threads, and returns when all are done. Which thread
// runs which chunk is left to chance, so f's results must depend on the chunk alone. An exception from f is
// thrown again here. A call from within f runs serially.
template <class F>
void parallel_for(int64_t chunks, F&& f) {
  using Plain = std::remove_reference_t<F>;
  detail::run_chunks(
      chunks, [](void* context, int64_t chunk) { (*static_cast<Plain*>(context))(chunk); },
      const_cast<void*>(static_cast<const void*>(&f)));
}

// parallel_for over [0, n) in pieces of `size` (the last may be shorter): f(begin, end).
template <class F>
void parallel_ranges(int64_t n, int64_t size, F&& f) {
  parallel_for((n + size - 1) / size, [&](int64_t chunk) {
    const int64_t begin = chunk * size;
    f(begin, begin + size < n ? begin + size : n);
  });
}

}  // namespace hone
