#include "tests/support/process.h"
#include "tests/support/paths.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <stdexcept>

namespace hone::test {
namespace {

struct Pipe {
  Pipe() {
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
  }
  ~Pipe() {
    close(0);
    close(1);
  }
  void close(size_t end) {
    if (ends[end] >= 0) ::close(ends[end]);
    ends[end] = -1;
  }
  std::array<int, 2> ends{-1, -1};
};

[[noreturn]] void become(const std::string& command, Pipe& in, Pipe& out, Pipe& err) {
  ::dup2(in.ends[0], 0);
  ::dup2(out.ends[1], 1);
  ::dup2(err.ends[1], 2);
  ::signal(SIGPIPE, SIG_DFL);
  ::execl("/bin/sh", "sh", "-c", command.c_str(), static_cast<char*>(nullptr));
  ::_exit(127);
}

// Appends the bytes that wait in `pipe`; closes it at its end.
void read_some(Pipe& pipe, std::string& text) {
  std::array<char, 65536> buffer;
  const auto count = ::read(pipe.ends[0], buffer.data(), buffer.size());
  if (count > 0) text.append(buffer.data(), static_cast<size_t>(count));
  if (count == 0 || (count < 0 && errno != EINTR)) pipe.close(0);
}

void write_some(Pipe& pipe, std::string_view& input) {
  const auto count = input.empty() ? 0 : ::write(pipe.ends[1], input.data(), input.size());
  if (count > 0) input.remove_prefix(static_cast<size_t>(count));
  if (input.empty() || (count < 0 && errno != EINTR && errno != EAGAIN)) pipe.close(1);
}

// Feeds and drains until both outputs are closed. `on_output` is called after each read.
template <class OnOutput>
void communicate(Pipe& in, Pipe& out, Pipe& err, std::string_view input, ProcessResult& result,
                 OnOutput on_output) {
  ::fcntl(in.ends[1], F_SETFL, O_NONBLOCK);
  while (out.ends[0] >= 0 || err.ends[0] >= 0) {
    std::array<pollfd, 3> ready{pollfd{in.ends[1], POLLOUT, 0}, pollfd{out.ends[0], POLLIN, 0},
                                pollfd{err.ends[0], POLLIN, 0}};
    if (::poll(ready.data(), ready.size(), -1) < 0) continue;
    if (ready[0].revents != 0) write_some(in, input);
    if (ready[1].revents != 0) read_some(out, result.out);
    if (ready[2].revents != 0) read_some(err, result.err);
    on_output();
  }
}

}  // namespace

ProcessResult run_process(const std::string& command, std::string_view input, int signal_number,
                          std::string_view wait_for) {
  ::signal(SIGPIPE, SIG_IGN);
  Pipe in, out, err;
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) become(command, in, out, err);
  in.close(0);
  out.close(1);
  err.close(1);
  ProcessResult result;
  bool sent = signal_number == 0;
  communicate(in, out, err, input, result, [&] {
    if (sent || (result.out + result.err).find(wait_for) == std::string::npos) return;
    ::kill(child, signal_number);
    sent = true;
  });
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  return result;
}

std::string shell_quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char character : text)
    quoted += character == '\'' ? std::string("'\\''") : std::string(1, character);
  return quoted + "'";
}

std::string program(const std::string& name) { return shell_quoted(bin_dir() + "/" + name); }

std::string sha256(std::string_view bytes) { return run_process("exec sha256sum", bytes).out.substr(0, 64); }

}  // namespace hone::test
