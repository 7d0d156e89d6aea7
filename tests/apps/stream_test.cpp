// Streams as they come: non-blocking, full, closed. Nothing is lost silently.
#include "apps/cli/stream.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <regex>
#include <thread>

#include "tests/apps/programs.h"

namespace hone::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

TEST(Stream, WaitsForANonBlockingPipe) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_NONBLOCK), 0);
  const std::string sent(1 << 20, 'x');  // many times what a pipe holds
  std::string received;
  std::thread reader([&] {
    char piece[5000];
    for (ssize_t count = 0; (count = read_stream(ends[0], piece, sizeof piece)) > 0;)
      received.append(piece, static_cast<size_t>(count));
  });
  EXPECT_EQ(write_stream(ends[1], sent), 0);
  ::close(ends[1]);
  reader.join();
  ::close(ends[0]);
  EXPECT_EQ(received, sent);
}

TEST(Stream, ReportsOtherErrors) {
  EXPECT_EQ(write_stream(-1, "x"), EBADF);
  char byte = 0;
  EXPECT_EQ(read_stream(-1, &byte, 1), -1);
  EXPECT_EQ(errno, EBADF);
}

// The programs that read or write streams, each with a line for stdin and the part of its output that is the
// same each time.
struct StreamUse {
  std::string program, options, input;
};

class Streams : public Programs, public testing::WithParamInterface<StreamUse> {
 protected:
  Streams() { write_tiny_model(folder_ / "trained", true); }
  // The output without times.
  static std::string steady(const std::string& text) {
    static const std::regex kTimes(R"re("(time|seconds|peak_memory_bytes)":("[^"]*"|[-+.e0-9]+),?)re");
    return std::regex_replace(text, kTimes, "");
  }
};

TEST_P(Streams, APipeThatIsNotReadyIsWaitedFor) {
  const auto& [name, options, input] = GetParam();
  const auto plain = run(name, options, input);
  ASSERT_EQ(plain.exit_code, 0) << plain.err;
  fs::remove_all(folder_ / "run");
  for (const std::string call : {"read", "write"}) {
    int n = 1;
    for (bool more = true; more; ++n) {
      fs::remove(folder_ / "mark");
      const std::string fault = call + " pipe: " + std::to_string(n) + " " + std::to_string(EAGAIN);
      const auto waited = run_in(fault_environment(fault), name, options, input);
      EXPECT_EQ(waited.exit_code, 0) << fault << waited.err;
      EXPECT_EQ(steady(waited.out), steady(plain.out)) << fault;
      more = fs::exists(folder_ / "mark") && n < 12;
      fs::remove_all(folder_ / "run");
    }
    EXPECT_GT(n, call == "read" && input.empty() ? 1 : 2) << call;
  }
}

TEST_P(Streams, AFullDiskBehindStdoutIsAFailure) {
  const auto& [name, options, input] = GetParam();
  const auto full = run(name, options + " >/dev/full", input);
  EXPECT_EQ(full.exit_code, 1) << full.err;
  EXPECT_THAT(full.err, HasSubstr("stdout: cannot write: No space left on device"));
}

INSTANTIATE_TEST_SUITE_P(
    Programs, Streams,
    testing::Values(StreamUse{"predict", "--model trained", "the film is good .\nthe plot is bad .\n"},
                    StreamUse{"predict", "--model trained --jsonl", "the film is good .\n"},
                    StreamUse{"tokenize", "--model trained", "the film is good .\nthe plot is bad .\n"},
                    StreamUse{"evaluate", "--model trained --data data --dataset sst", ""},
                    StreamUse{"inspect", "trained", ""}, StreamUse{"sst2", "--help", ""},
                    StreamUse{"sst2", "--model base --data data --dry-run", ""},
                    StreamUse{"sst2", "--model base --data data --dry-run --log json", ""},
                    StreamUse{"sst2",
                              "--model base --data data --batch-size 8 --max-steps 2 --log json --output run",
                              ""}),
    [](const auto& one) { return one.param.program + std::to_string(one.index); });

TEST_F(Streams, ARunWhoseEventsAreLostStillEndsAndSaysSo) {
  const auto full = run("sst2", training_options("run") + " --max-steps 2 --runs 2 --log json >/dev/full");
  EXPECT_EQ(full.exit_code, 1) << full.err;
  for (const std::string seed : {"run/seed-42", "run/seed-43"})
    EXPECT_EQ(events(seed).back().get_string("event", ""), "result") << "the series goes on";
  EXPECT_TRUE(fs::exists(folder_ / "run/runs.json"));
}

TEST_F(Streams, AnErrorKeepsItsExitCodeWhenNobodyReads) {
  const auto result = run("sst2", "--model base --data nowhere --log json >/dev/full");
  EXPECT_EQ(result.exit_code, 3) << result.err;
}

TEST_F(Streams, WithoutThreadsItIsSaidWhatToLower) {
  const auto result = run_in(fault_environment("thread thread 1 11"), "sst2", training_options("run"));
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("lower --threads"));
}

// Folders that may not be entered, as others than root find them.
TEST_F(Streams, AnUnreadableFolderIsCalledSo) {
  EXPECT_EQ(train("sst2", "run", "--max-steps 1 --quiet").exit_code, 0);
  struct Case {
    std::string folder, program, options;
    int exit_code;
  };
  for (const Case& one : std::vector<Case>{
           {"data", "sst2", "--model base --data data", 3},
           {"data/sst", "sst2", "--model base --data data", 3},
           {"data/glue/QQP", "qqp", "--model base --data data", 3},
           {"data", "evaluate", "--model trained --data data --dataset sst", 3},
           {"base", "sst2", "--model base --data data", 4},
           {"trained", "predict", "--model trained", 4},
           {"trained", "tokenize", "--model trained", 4},
           {"trained", "inspect", "trained", 4},
           {"run", "predict", "--model run", 4},
           {"run/model", "predict", "--model run", 4},
           {"run", "sst2", training_options("run") + " --resume", 2},
           {"run", "sst2", training_options("run"), 1},
           {"mine", "sst2", "--model base --train-file mine/a.tsv --validation-file mine/a.tsv", 3}}) {
    SCOPED_TRACE(one.folder + ": " + one.program + " " + one.options);
    fs::create_directories(folder_ / one.folder);
    const auto result =
        run_in("HONE_UNREADABLE=" + shell_quoted(one.folder) + " " + preload(), one.program, one.options);
    EXPECT_EQ(result.exit_code, one.exit_code) << result.err;
    EXPECT_THAT(result.err, HasSubstr("Permission denied"));
    EXPECT_THAT(result.err, HasSubstr(one.folder));
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  }
}

}  // namespace
}  // namespace hone::test
