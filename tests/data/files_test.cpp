#include "data/files/files.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include "data/files/folder_swap.h"
#include "data/files/own_file.h"
#include "tests/data/temporary_folder.h"

namespace hone {
namespace {

using test::failure_of;
using test::names_in;
using test::slurp;
using test::TemporaryFolder;
using testing::ElementsAre;
using testing::HasSubstr;

// While it lives, files of this process may not grow beyond `bytes`: writing fails as on a full disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit limit{bytes, old_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit old_{};
  void (*handler_)(int);
};

TEST(ReadFile, ReturnsAllBytes) {
  const TemporaryFolder folder;
  const std::string bytes("a\0b\n", 4);
  EXPECT_EQ(read_file(folder.write("f", bytes), 4), bytes);
  EXPECT_EQ(read_file(folder.write("empty", ""), 0), "");
}

TEST(ReadFile, RefusesLargeFilesBeforeReadingThem) {
  const TemporaryFolder folder;
  const auto path = folder.write("sparse", "");
  std::filesystem::resize_file(path, uint64_t{1} << 40);
  EXPECT_THAT(failure_of([&] { read_file(path, 1 << 20); }).message, HasSubstr("1099511627776 bytes"));
}

TEST(ReadFile, RefusesEverythingButRegularFilesWithoutBlocking) {
  const TemporaryFolder folder;
  ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
  EXPECT_THAT(failure_of([&] { read_file(folder / "fifo", 10); }).message, HasSubstr("not a regular file"));
  EXPECT_THAT(failure_of([&] { read_file(folder.path(), 10); }).message, HasSubstr("not a regular file"));
  EXPECT_THAT(failure_of([&] { read_file("/dev/zero", 10); }).message, HasSubstr("not a regular file"));
  EXPECT_THAT(failure_of([&] { read_file(folder / "none", 10); }).message, HasSubstr("No such file"));
}

TEST(ReadFile, CanThrowTheCallersKindOfError) {
  EXPECT_EQ(failure_of([&] { read_file("/none", 10); }).kind, ErrorKind::run);
  EXPECT_EQ(failure_of([&] { read_file_or<DataError>("/none", 10); }).kind, ErrorKind::data);
  EXPECT_EQ(failure_of([&] { read_file_or<ModelError>("/none", 10); }).kind, ErrorKind::model);
}

TEST(OwnFile, IsAPlainFileWithOneName) {
  const TemporaryFolder folder;
  const auto mine = folder.write("mine", "precious");
  std::filesystem::create_symlink("mine", folder / "link");
  std::filesystem::create_symlink("none", folder / "dangling");
  std::filesystem::create_directory(folder / "folder");
  ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
  for (const int flags : {O_RDONLY, O_RDWR | O_CREAT, O_WRONLY | O_APPEND | O_CREAT}) {
    for (const std::string name : {"link", "dangling", "folder", "fifo"}) {
      const auto failure = failure_of([&] { open_own_file(folder / name, flags); });
      EXPECT_THAT(failure.message, HasSubstr((folder / name).string() + ": is a "));
    }
    EXPECT_THAT(failure_of([&] { open_own_file("/dev/null", flags); }).message,
                HasSubstr("/dev/null: is a device"));
  }
  std::filesystem::create_hard_link(mine, folder / "second");
  EXPECT_THAT(failure_of([&] { open_own_file(folder / "second", O_RDWR); }).message,
              HasSubstr("second name"));
  EXPECT_EQ(slurp(mine), "precious");
  EXPECT_THAT(names_in(folder.path()), ElementsAre("dangling", "fifo", "folder", "link", "mine", "second"));
  EXPECT_THAT(failure_of([&] { read_own_file(folder / "link", 10); }).message, HasSubstr("symbolic link"));
  EXPECT_EQ(read_file(folder / "link", 10), "precious");
  ::close(open_own_file(folder / "new", O_WRONLY | O_CREAT));
  EXPECT_EQ(slurp(folder / "new"), "");
}

TEST(RemoveFolder, LeavesALinkAndWhatIsBehindIt) {
  const TemporaryFolder folder;
  folder.write("mine/a", "precious");
  std::filesystem::create_directory_symlink("mine", folder / "link");
  constexpr std::string_view kNames[] = {"a"};
  remove_folder(folder / "link", kNames);
  remove_folder(folder / "link/", kNames);
  EXPECT_THAT(names_in(folder.path()), ElementsAre("link", "mine"));
  EXPECT_EQ(slurp(folder / "mine/a"), "precious");
  remove_folder(folder / "mine/", kNames);
  EXPECT_THAT(names_in(folder.path()), ElementsAre("link"));
}

TEST(InputFile, ReportsAFileThatShrinks) {
  const TemporaryFolder folder;
  const InputFile file(folder.write("f", "0123456789"));
  std::filesystem::resize_file(folder / "f", 4);
  std::byte bytes[6];
  EXPECT_NO_THROW(file.read(0, std::span(bytes, 4)));
  EXPECT_THAT(failure_of([&] { file.read(2, bytes); }).message, HasSubstr("ends at byte 4"));
}

TEST(AtomicFile, ReplacesTheOldFileAndLeavesNothingElse) {
  const TemporaryFolder folder;
  const auto path = folder.write("f", "old");
  AtomicFile file(path);
  file.write("new ");
  file.write("content");
  EXPECT_EQ(slurp(path), "old");
  file.commit();
  EXPECT_EQ(slurp(path), "new content");
  EXPECT_THAT(names_in(folder.path()), ElementsAre("f"));
}

TEST(AtomicFile, WithoutCommitLeavesTheOldFile) {
  const TemporaryFolder folder;
  const auto path = folder.write("f", "old");
  { AtomicFile(path).write("new"); }
  EXPECT_EQ(slurp(path), "old");
  EXPECT_THAT(names_in(folder.path()), ElementsAre("f"));
}

TEST(AtomicFile, AFullDiskLosesNothing) {
  const TemporaryFolder folder;
  const auto path = folder.write("f", "old");
  const FileSizeLimit limit(1000);
  const std::string large(100'000, 'x');
  const auto failure = failure_of([&] { write_file_atomically(path, large); });
  EXPECT_THAT(failure.message, HasSubstr(path.string() + ": cannot write: File too large"));
  EXPECT_EQ(failure.kind, ErrorKind::run);
  EXPECT_EQ(slurp(path), "old");
  EXPECT_THAT(names_in(folder.path()), ElementsAre("f"));
}

TEST(AtomicFile, NamesAFolderThatIsMissing) {
  const TemporaryFolder folder;
  const auto failure = failure_of([&] { write_file_atomically(folder / "none" / "f", "x"); });
  EXPECT_THAT(failure.message, HasSubstr("none/f: cannot create: No such file or directory"));
}

TEST(AtomicFile, ARenameThatFailsLeavesNoTemporary) {
  const TemporaryFolder folder;
  folder.write("f/inside", "x");  // a folder stands where the file should go
  EXPECT_THAT(failure_of([&] { write_file_atomically(folder / "f", "x"); }).message,
              HasSubstr("cannot rename"));
  EXPECT_THAT(names_in(folder.path()), ElementsAre("f"));
}

constexpr std::string_view kFiles[] = {"a", "b"};

TEST(FolderSwap, CreatesAndReplacesAFolder) {
  const TemporaryFolder root;
  for (const char* content : {"first", "second"}) {
    FolderSwap swap(root / "model/", kFiles);
    write_file_atomically(swap.temporary() / "a", content);
    swap.commit();
    EXPECT_EQ(slurp(root / "model" / "a"), content);
  }
  EXPECT_THAT(names_in(root.path()), ElementsAre("model"));
}

TEST(FolderSwap, FilesOfTheOlderFolderDoNotRemain) {
  const TemporaryFolder root;
  root.write("model/b", "old");
  FolderSwap swap(root / "model", kFiles);
  write_file_atomically(swap.temporary() / "a", "new");
  swap.commit();
  EXPECT_THAT(names_in(root / "model"), ElementsAre("a"));
}

TEST(FolderSwap, WithoutCommitLeavesTheOlderFolder) {
  const TemporaryFolder root;
  root.write("model/a", "old");
  {
    const FolderSwap swap(root / "model", kFiles);
    write_file_atomically(swap.temporary() / "a", "new");
  }
  EXPECT_EQ(slurp(root / "model" / "a"), "old");
  EXPECT_THAT(names_in(root.path()), ElementsAre("model"));
}

TEST(FolderSwap, RefusesAFolderWithFilesOfOthers) {
  const TemporaryFolder root;
  root.write("model/thesis.tex", "years of work");
  const auto failure = failure_of([&] { FolderSwap(root / "model", kFiles); });
  EXPECT_THAT(failure.message, HasSubstr("holds thesis.tex, which hone did not write"));
  root.write("file", "x");
  EXPECT_THAT(failure_of([&] { FolderSwap(root / "file", kFiles); }).message, HasSubstr("is not a folder"));
}

TEST(FolderSwap, IsNotConfusedByLeftoversOfADeadProcess) {
  const TemporaryFolder root;
  root.write("model.tmp-" + std::to_string(::getpid()) + "/.a.tmp-1-0", "half");
  FolderSwap swap(root / "model", kFiles);
  write_file_atomically(swap.temporary() / "a", "new");
  swap.commit();
  EXPECT_THAT(names_in(root / "model"), ElementsAre("a"));
}

TEST(ReplaceFolder, WorksWithoutExchangeToo) {
  const TemporaryFolder root;
  root.write("model/a", "old");
  root.write("ready/a", "new");
  replace_folder(root / "ready", root / "model", root / "aside", false);
  EXPECT_EQ(slurp(root / "model" / "a"), "new");
  EXPECT_EQ(slurp(root / "aside" / "a"), "old");
}

TEST(ReplaceFolder, WithoutExchangeRestoresTheOlderFolderOnFailure) {
  const TemporaryFolder root;
  root.write("model/a", "old");
  EXPECT_THAT(
      failure_of([&] { replace_folder(root / "none", root / "model", root / "aside", false); }).message,
      HasSubstr("cannot rename the finished folder"));
  EXPECT_EQ(slurp(root / "model" / "a"), "old");
}

}  // namespace
}  // namespace hone
