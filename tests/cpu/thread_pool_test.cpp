#include "cpu/thread_pool.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

#include <hone/core/error.h>

namespace hone {
namespace {

class ThreadPool : public testing::TestWithParam<int> {
 protected:
  void SetUp() override { set_threads(GetParam()); }
  void TearDown() override { set_threads(default_threads()); }
};
INSTANTIATE_TEST_SUITE_P(Threads, ThreadPool, testing::Values(1, 2, 3, 7));

TEST_P(ThreadPool, EveryChunkOnce) {
  EXPECT_EQ(threads(), GetParam());
  for (int64_t chunks : {0, 1, 2, 3, 100, 10000}) {
    std::vector<std::atomic<int>> calls(static_cast<size_t>(chunks));
    parallel_for(chunks, [&](int64_t i) { ++calls[static_cast<size_t>(i)]; });
    for (const auto& count : calls) EXPECT_EQ(count, 1);
  }
}

TEST_P(ThreadPool, RangesCoverAll) {
  for (int64_t n : {0, 1, 63, 64, 65, 1000}) {
    std::vector<std::atomic<int>> calls(static_cast<size_t>(n));
    parallel_ranges(n, 64, [&](int64_t begin, int64_t end) {
      EXPECT_LE(end - begin, 64);
      for (int64_t i = begin; i < end; ++i) ++calls[static_cast<size_t>(i)];
    });
    for (const auto& count : calls) EXPECT_EQ(count, 1);
  }
}

TEST_P(ThreadPool, ExceptionsComeOutAndThePoolLivesOn) {
  for (int round = 0; round < 50; ++round) {
    const auto fail = [](int64_t i) {
      if (i == 13) throw std::runtime_error("thirteen");
    };
    EXPECT_THROW(parallel_for(40, fail), std::runtime_error);
    std::atomic<int> calls = 0;
    parallel_for(40, [&](int64_t) { ++calls; });
    EXPECT_EQ(calls, 40);
  }
}

TEST_P(ThreadPool, NestedCallsRunSerially) {
  std::atomic<int> calls = 0;
  parallel_for(8, [&](int64_t) {
    const auto self = std::this_thread::get_id();
    parallel_for(8, [&](int64_t) {
      EXPECT_TRUE(GetParam() == 1 || std::this_thread::get_id() == self);
      ++calls;
    });
  });
  EXPECT_EQ(calls, 64);
}

TEST_P(ThreadPool, ManySmallJobsFromManyThreads) {
  std::atomic<int64_t> sum = 0;
  std::vector<std::thread> callers;
  for (int t = 0; t < 4; ++t) {
    callers.emplace_back([&] {
      for (int job = 0; job < 500; ++job) parallel_for(3, [&](int64_t i) { sum += i; });
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(sum, 4 * 500 * 3);
}

TEST(Threads, OutOfRangeIsAnError) {
  for (int count : {0, -1, 1025}) EXPECT_THROW(set_threads(count), UsageError);
  EXPECT_GE(default_threads(), 1);
}

// A forked process has a copy of the pool, but not its threads.
TEST(Threads, AForkedProcessEndsInPeace) {
  set_threads(3);
  parallel_for(9, [](int64_t) {});
  const pid_t child = fork();
  if (child == 0) std::exit(7);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 7) << status;
}

TEST(Threads, MayChangeOften) {
  for (int i = 0; i < 60; ++i) {
    set_threads(i % 5 + 1);
    std::atomic<int> calls = 0;
    parallel_for(7, [&](int64_t) { ++calls; });
    EXPECT_EQ(calls, 7);
  }
  set_threads(default_threads());
}

}  // namespace
}  // namespace hone
