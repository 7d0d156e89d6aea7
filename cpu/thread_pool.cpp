#include "cpu/thread_pool.h"

#include <atomic>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <hone/core/error.h>
#include "cpu/default_threads.h"

namespace hone {
namespace {

thread_local bool t_inside = false;

void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

// Threads that wait, spinning for a moment and then asleep, for a job: a function and a number of chunks,
// claimed one by one from a counter. A job is open to whoever is awake; the caller works too and does not
// wait for sleepers.
class Pool {
 public:
  explicit Pool(int threads) {
    try {
      for (int i = 1; i < threads; ++i) workers_.emplace_back([this] { work(); });
    } catch (const std::system_error&) {
      // The system gives no more: fewer compute the same.
    }
  }
  ~Pool() {
    stop_ = true;
    announce();
    for (std::thread& worker : workers_) worker.join();
  }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  int threads() const { return static_cast<int>(workers_.size()) + 1; }

  void run(int64_t chunks, void (*call)(void*, int64_t), void* context) {
    const std::lock_guard lock(one_job_at_a_time_);
    call_ = call;
    context_ = context;
    chunks_ = chunks;
    next_ = 0;
    failure_ = nullptr;
    open_ = true;
    announce();
    run_chunks_here();
    open_ = false;
    while (inside_ > 0) relax();
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  static constexpr int kSpins = 4000;  // some 50 microseconds: the gap between two kernels of a step

  void announce() {
    generation_.fetch_add(1);
    generation_.notify_all();
  }

  void work() {
    uint32_t seen = 0;
    while (true) {
      for (int i = 0; i < kSpins && generation_ == seen; ++i) relax();
      generation_.wait(seen);
      seen = generation_;
      if (stop_) return;
      // First count oneself in, then look: the caller closes the job first and then waits for the count to be
      // 0.
      ++inside_;
      if (open_) run_chunks_here();
      --inside_;
    }
  }

  void run_chunks_here() {
    t_inside = true;
    for (int64_t chunk = next_++; chunk < chunks_; chunk = next_++) {
      try {
        call_(context_, chunk);
      } catch (...) {
        const std::lock_guard lock(failure_mutex_);
        if (!failure_) failure_ = std::current_exception();
      }
    }
    t_inside = false;
  }

  std::mutex one_job_at_a_time_, failure_mutex_;
  void (*call_)(void*, int64_t) = nullptr;
  void* context_ = nullptr;
  int64_t chunks_ = 0;
  std::exception_ptr failure_;
  std::atomic<int64_t> next_ = 0;
  std::atomic<int> inside_ = 0;
  std::atomic<bool> open_ = false, stop_ = false;
  std::atomic<uint32_t> generation_ = 0;
  std::vector<std::thread> workers_;
};

std::unique_ptr<Pool>& pool() {
  // Never destroyed: a process that was forked from this one has the pool, but not its threads, and could not
  // join them.
  static auto& instance = *new std::unique_ptr<Pool>(new Pool(default_threads()));  // NOLINT
  return instance;
}

}  // namespace

int default_threads() {
  static const int count = threads_for(allowed_processors());
  return count;
}

int threads() { return pool()->threads(); }

void set_threads(int count) {
  if (count < 1 || count > 1024)
    throw UsageError("threads: 1 to 1024 expected, got " + std::to_string(count));
  if (count != threads()) pool() = std::make_unique<Pool>(count);
}

void detail::run_chunks(int64_t chunks, void (*call)(void*, int64_t), void* context) {
  if (chunks > 1 && !t_inside && threads() > 1) return pool()->run(chunks, call, context);
  for (int64_t chunk = 0; chunk < chunks; ++chunk) call(context, chunk);
}

}  // namespace hone
