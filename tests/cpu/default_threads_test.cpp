// Tests of the default number of threads, on machines that a folder describes.
#include "cpu/default_threads.h"

#include <gtest/gtest.h>

#include "tests/data/temporary_folder.h"

namespace hone::test {
namespace {

class DefaultThreads : public testing::Test {
 protected:
  // Processors 2i and 2i + 1 share a core.
  void two_threads_a_core(int processors) {
    for (int cpu = 0; cpu < processors; ++cpu) {
      const int first = cpu / 2 * 2;
      write("sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/thread_siblings_list",
            std::to_string(first) + "-" + std::to_string(first + 1) + "\n");
    }
  }
  void write(const std::string& name, const std::string& text) { root_.write(name, text); }
  int threads(const std::vector<int>& processors) { return threads_for(processors, root_ / ""); }

  TemporaryFolder root_;
};

TEST_F(DefaultThreads, AreThePhysicalCoresThatMayBeUsed) {
  EXPECT_EQ(threads({0, 1, 2, 3}), 4) << "nothing known of cores";
  two_threads_a_core(8);
  EXPECT_EQ(threads({0, 1, 2, 3, 4, 5, 6, 7}), 4);
  EXPECT_EQ(threads({1, 2, 5}), 3);
  EXPECT_EQ(threads({6, 7}), 1);
  EXPECT_EQ(threads({}), 1);
}

TEST_F(DefaultThreads, KeepToTheCgroupAndThoseAboveIt) {
  const std::vector<int> eight{0, 1, 2, 3, 4, 5, 6, 7};
  write("proc/self/cgroup", "0::/jobs/mine\n");
  EXPECT_EQ(threads(eight), 8);
  write("sys/fs/cgroup/jobs/mine/cpu.max", "max 100000\n");
  EXPECT_EQ(threads(eight), 8);
  write("sys/fs/cgroup/jobs/cpu.max", "450000 100000\n");
  EXPECT_EQ(threads(eight), 5) << "4.5 processors";
  write("sys/fs/cgroup/jobs/mine/cpu.max", "50000 25000\n");
  EXPECT_EQ(threads(eight), 2);
  write("sys/fs/cgroup/cpu.max", "10000 100000\n");
  EXPECT_EQ(threads(eight), 1);
}

// Without a namespace of its own a container sees its path on the host, but mounts its group at the top.
TEST_F(DefaultThreads, KeepToTheTopWhereThePathIsNotThere) {
  write("proc/self/cgroup", "0::/host/only/this\n");
  write("sys/fs/cgroup/cpu.max", "300000 100000\n");
  EXPECT_EQ(threads({0, 1, 2, 3}), 3);
}

TEST_F(DefaultThreads, KeepToCgroupsOfVersion1) {
  write("proc/self/cgroup", "12:memory:/a\n4:cpu,cpuacct:/a\n1:name=systemd:/a\n");
  write("sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us", "-1\n");
  write("sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(threads({0, 1, 2}), 3);
  write("sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us", "200000\n");
  EXPECT_EQ(threads({0, 1, 2}), 2);
}

TEST_F(DefaultThreads, AreNotMisledByWhatIsMalformed) {
  write("proc/self/cgroup", "0::/a\nrubbish\n:\n::\n");
  for (const char* text :
       {"", "many 100000", "100000", "0 0", "-5 100000", "100000 0", "nan nan", "\xff\xff"}) {
    write("sys/fs/cgroup/a/cpu.max", text);
    EXPECT_EQ(threads({0, 1, 2}), 3) << text;
  }
}

TEST(AllowedProcessors, AreThere) { EXPECT_GE(allowed_processors().size(), 1u); }

}  // namespace
}  // namespace hone::test
