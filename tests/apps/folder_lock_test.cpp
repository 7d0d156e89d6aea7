// The lock on a run's folder.
#include "apps/run/folder_lock.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <string>

#include "tests/data/temporary_folder.h"

namespace hone::test {
namespace {

using testing::HasSubstr;

TEST(FolderLockTest, AllowsOneHolder) {
  const TemporaryFolder folder;
  {
    const FolderLock lock(folder.path());
    // flock belongs to the open file, so a second one in this process is as good as another process.
    const auto failure = failure_of([&] { FolderLock second(folder.path()); });
    EXPECT_EQ(failure.kind, ErrorKind::run);
    EXPECT_THAT(failure.message,
                HasSubstr("process " + std::to_string(::getpid()) + " is writing to this folder"));
  }
  const FolderLock again(folder.path());
}

}  // namespace
}  // namespace hone::test
