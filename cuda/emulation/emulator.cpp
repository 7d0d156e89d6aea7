// Runs a grid block by block, every thread of a block a fibre that runs until it has to wait for others. A
// thread that never waits takes no fibre of its own: the next one is called on the same stack.
#include "cuda/emulation/emulator.h"

#include <fmt/core.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <mutex>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

#include "core/launch.h"
#include "cuda/emulation/fibre.h"

namespace hone {
namespace emulation {

Index thread_index, block_index, block_size, grid_size;

namespace {

constexpr int64_t kMaxThreads = 1024;
constexpr size_t kMaxShared = size_t{227} << 10;  // of one block on compute capability 9.0
constexpr size_t kCopied = 16;                    // bytes, by a thread at once

ThreadOrder g_order = ThreadOrder::ascending;
uint32_t g_orders_made = 0;  // every random order is another

std::vector<uint32_t> order_of(int64_t count) {
  std::vector<uint32_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  if (g_order == ThreadOrder::descending) std::ranges::reverse(order);
  if (g_order == ThreadOrder::random) std::ranges::shuffle(order, std::minstd_rand(++g_orders_made));
  return order;
}

// Lanes of one warp that exchange values: those in `mask`. A lane may come for the next exchange while others
// have not yet loaded the values of the last one, so there are two sets of values.
struct Meeting {
  uint32_t mask = 0, arrived = 0;
  int turn = 0;
  uint64_t values[2][kLanes];
};

enum class State : uint8_t { unstarted, ready, at_barrier, at_meeting, done };

struct Thread {
  State state = State::unstarted;
  Fibre* fibre = nullptr;
  Index index;
  std::vector<std::pair<void*, const void*>>
      copies;  // asked for, not waited for yet: where to and where from
};

[[noreturn]] void fibre_main();

class Block {
 public:
  void run_grid(const Extent& grid, const Extent& block, size_t shared_bytes, void (*kernel)(void*),
                void* arguments) {
    prepare(grid, block, shared_bytes);
    kernel_ = kernel;
    arguments_ = arguments;
    for (const uint32_t i : order_of(grid.count())) {
      block_index = {i % grid.x, i / grid.x % grid.y, i / grid.x / grid.y};
      run_block();
      if (failure_) fail();
    }
  }

  char* shared() const { return shared_.get(); }

  void wait_at_barrier() {
    if (++at_barrier_ == threads_.size()) {
      at_barrier_ = 0;
      for (Thread& thread : threads_) thread.state = State::ready;
      return go_on_with(order_[position_ = 0]);
    }
    threads_[current_].state = State::at_barrier;
    run_others();
  }

  void copy_later(void* to, const void* from) { threads_[current_].copies.emplace_back(to, from); }
  void wait_for_copies() {
    for (const auto& [to, from] : threads_[current_].copies) std::memcpy(to, from, kCopied);
    threads_[current_].copies.clear();
  }

  // The meeting of these lanes once all have brought a value, and the turn that the value belongs to.
  std::pair<Meeting*, int> meet(uint32_t mask, uint64_t value) {
    const uint32_t lane = current_ % kLanes;
    if ((mask >> lane & 1) == 0)
      refuse(fmt::format("lane {} is not in the mask 0x{:08x} that it gives", lane, mask));
    Meeting& meeting = meeting_of(current_ / kLanes, mask);
    const int turn = meeting.turn;
    meeting.values[turn][lane] = value;
    meeting.arrived |= 1u << lane;
    if (meeting.arrived != mask) {
      threads_[current_].state = State::at_meeting;
      run_others();
      return {&meeting, turn};
    }
    meeting.arrived = 0;
    meeting.turn = 1 - turn;
    const uint32_t first = current_ / kLanes * kLanes;
    for (uint32_t rest = mask; rest != 0; rest &= rest - 1) {
      threads_[first + static_cast<uint32_t>(std::countr_zero(rest))].state = State::ready;
    }
    return {&meeting, turn};
  }

  [[noreturn]] void refuse(const std::string& what) const {
    const auto& [x, y, z] = thread_index;
    throw Error(fmt::format("{}: {} (thread ({}, {}, {}) of block ({}, {}, {}))", current_op(), what, x, y, z,
                            block_index.x, block_index.y, block_index.z));
  }

  // The loop of every fibre: starts threads while there are any, and then leaves for those that can go on.
  [[noreturn]] void loop() {
    Fibre::entered();
    while (true) {
      run_thread();
      Fibre* self = threads_[current_].fibre;
      threads_[current_].state = State::done;
      if (++done_ == threads_.size() || failure_ || !advance()) {
        free_.push_back(self);
        self->switch_to(main_);
      } else if (threads_[current_].state != State::unstarted) {
        free_.push_back(self);
        self->switch_to(*threads_[current_].fibre);
      } else {
        threads_[current_].fibre = self;
      }
    }
  }

 private:
  void prepare(const Extent& grid, const Extent& block, size_t shared_bytes) {
    if (block.count() < 1 || block.count() > kMaxThreads || shared_bytes > kMaxShared) {
      throw Error(
          fmt::format("{}: a block of {} threads and {} bytes of shared memory, at most {} and {} are legal",
                      current_op(), block.count(), shared_bytes, kMaxThreads, kMaxShared));
    }
    grid_size = {grid.x, grid.y, grid.z};
    block_size = {block.x, block.y, block.z};
    threads_.assign(static_cast<size_t>(block.count()), {});
    for (uint32_t i = 0; i < threads_.size(); ++i) {
      threads_[i].index = {i % block.x, i / block.x % block.y, i / block.x / block.y};
    }
    segments_.resize((threads_.size() + kLanes - 1) / kLanes);
    meetings_.resize(segments_.size());
    shared_bytes_ = shared_bytes;
    shared_ = std::make_unique<char[]>(shared_bytes);
  }

  void run_block() {
    std::memset(shared_.get(), 0xFF, shared_bytes_);
    for (Thread& thread : threads_) thread.state = State::unstarted;
    for (Thread& thread : threads_) thread.copies.clear();
    for (auto& meetings : meetings_) meetings.clear();
    order_threads();
    position_ = 0;
    current_ = order_[0];
    done_ = at_barrier_ = 0;
    threads_[current_].fibre = free_fibre();
    thread_index = threads_[current_].index;
    main_.switch_to(*threads_[current_].fibre);
    if (done_ != threads_.size() && !failure_) explain_deadlock();
  }

  void run_thread() {
    try {
      kernel_(arguments_);
      if (!threads_[current_].copies.empty()) refuse("ends without having waited for its copies");
    } catch (...) {
      if (!failure_) failure_ = std::current_exception();
    }
  }

  // Warp by warp; a warp's lanes stand together.
  void order_threads() {
    const auto warps = order_of(static_cast<int64_t>(segments_.size()));
    order_.clear();
    for (const uint32_t warp : warps) {
      const size_t first = warp * kLanes, begin = order_.size();
      for (const uint32_t lane :
           order_of(static_cast<int64_t>(std::min<size_t>(kLanes, threads_.size() - first)))) {
        order_.push_back(static_cast<uint32_t>(first) + lane);
      }
      segments_[warp] = {begin, order_.size()};
    }
  }

  // Makes the next thread in order that can run the current one; false when none can. A warp runs as far as
  // it gets before the next one does: the furthest that warps may run apart, so that missing barriers show.
  bool advance() {
    const auto [begin, end] = segments_[current_ / kLanes];
    for (size_t i = begin; i < end; ++i) {
      position_ = position_ + 1 == end ? begin : position_ + 1;
      if (runs(order_[position_])) return true;
    }
    position_ = end - 1;
    for (size_t i = 0; i < order_.size(); ++i) {
      position_ = position_ + 1 == order_.size() ? 0 : position_ + 1;
      if (runs(order_[position_])) return true;
    }
    return false;
  }

  // Makes this thread the current one if it can run.
  bool runs(uint32_t thread) {
    const State state = threads_[thread].state;
    if (state != State::unstarted && state != State::ready) return false;
    current_ = thread;
    thread_index = threads_[thread].index;
    return true;
  }

  // Leaves the current thread until it can go on.
  void run_others() {
    Fibre* const fibre = threads_[current_].fibre;
    if (!advance()) return fibre->switch_to(main_);
    if (threads_[current_].state == State::unstarted) threads_[current_].fibre = free_fibre();
    fibre->switch_to(*threads_[current_].fibre);
  }

  // Leaves the current thread for another one that is ready, or goes on itself.
  void go_on_with(uint32_t thread) {
    Fibre* const fibre = threads_[current_].fibre;
    current_ = thread;
    thread_index = threads_[thread].index;
    if (threads_[thread].fibre != fibre) fibre->switch_to(*threads_[thread].fibre);
  }

  Fibre* free_fibre() {
    if (free_.empty()) {
      fibres_.push_back(std::make_unique<Fibre>(fibre_main));
      return fibres_.back().get();
    }
    Fibre* fibre = free_.back();
    free_.pop_back();
    return fibre;
  }

  Meeting& meeting_of(size_t warp, uint32_t mask) {
    for (const auto& meeting : meetings_[warp]) {
      if (meeting->mask == mask) return *meeting;
    }
    meetings_[warp].push_back(std::make_unique<Meeting>());
    meetings_[warp].back()->mask = mask;
    return *meetings_[warp].back();
  }

  void explain_deadlock() {
    std::string what = fmt::format("barrier reached by {} of {} threads", at_barrier_, threads_.size());
    for (const auto& meetings : meetings_) {
      for (const auto& meeting : meetings) {
        if (meeting->arrived == 0) continue;
        what =
            fmt::format("of the lanes in mask 0x{:08x} only 0x{:08x} came", meeting->mask, meeting->arrived);
      }
    }
    failure_ = std::make_exception_ptr(Error(fmt::format("{}: {} (block ({}, {}, {}))", current_op(), what,
                                                         block_index.x, block_index.y, block_index.z)));
  }

  // Forgets threads that will never end, and throws.
  [[noreturn]] void fail() {
    free_.clear();
    for (const auto& fibre : fibres_) {
      fibre->restart(fibre_main);
      free_.push_back(fibre.get());
    }
    std::rethrow_exception(std::exchange(failure_, nullptr));
  }

  void (*kernel_)(void*) = nullptr;
  void* arguments_ = nullptr;
  std::vector<Thread> threads_;
  std::vector<uint32_t> order_;
  std::vector<std::pair<size_t, size_t>> segments_;  // where in order_ each warp stands
  size_t position_ = 0;                              // in order_
  uint32_t current_ = 0;                             // the thread that runs: order_[position_]
  size_t done_ = 0, at_barrier_ = 0;
  std::vector<std::vector<std::unique_ptr<Meeting>>> meetings_;  // of each warp
  std::unique_ptr<char[]> shared_;
  size_t shared_bytes_ = 0;
  std::exception_ptr failure_;
  Fibre main_;
  std::vector<std::unique_ptr<Fibre>> fibres_;
  std::vector<Fibre*> free_;
};

Block& block() {
  static Block instance;
  return instance;
}

void fibre_main() { block().loop(); }

}  // namespace

void run_grid(const Extent& grid, const Extent& size, size_t shared_bytes, void (*kernel)(void*),
              void* arguments) {
  static std::mutex one_at_a_time;
  const std::lock_guard lock(one_at_a_time);
  if (grid.count() > 0) block().run_grid(grid, size, shared_bytes, kernel, arguments);
}

char* shared_memory() { return block().shared(); }
void copy_later(void* to, const void* from) { block().copy_later(to, from); }
void wait_for_copies() { block().wait_for_copies(); }
void sync_block() { block().wait_at_barrier(); }
unsigned lane() {
  return (thread_index.x + block_size.x * (thread_index.y + block_size.y * thread_index.z)) % kLanes;
}

uint64_t exchange(uint32_t mask, uint64_t value, unsigned source) {
  if (source >= kLanes || (mask >> source & 1) == 0) {
    block().refuse(fmt::format("lane {} is asked for a value but not in the mask 0x{:08x}", source, mask));
  }
  const auto [meeting, turn] = block().meet(mask, value);
  return meeting->values[turn][source];
}

std::array<uint64_t, kLanes> exchange_all(uint64_t value) {
  const auto [meeting, turn] = block().meet(0xFFFFFFFF, value);
  return std::to_array(meeting->values[turn]);
}

uint32_t ballot(uint32_t mask, bool value) {
  const auto [meeting, turn] = block().meet(mask, value ? 1 : 0);
  uint32_t out = 0;
  for (uint32_t i = 0; i < kLanes; ++i) {
    if ((mask >> i & 1) != 0 && meeting->values[turn][i] != 0) out |= 1u << i;
  }
  return out;
}

void refuse_kernel(const char* what) { block().refuse(what); }

}  // namespace emulation

void set_thread_order(ThreadOrder order) { emulation::g_order = order; }

}  // namespace hone
