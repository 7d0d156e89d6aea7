#include "apps/cli/program.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <new>

#include <hone/core/error.h>
#include "apps/cli/errors.h"

namespace hone {
namespace {

// Thrown when stdout is a pipe that nobody reads any more.
struct ClosedPipe {};

void open_standard_streams() {
  for (int stream = 0; stream <= 2; ++stream) {
    if (::fcntl(stream, F_GETFD) < 0 && errno == EBADF) {
      ::open("/dev/null", stream == 0 ? O_RDONLY : O_WRONLY);  // gets the lowest free number: `stream`
    }
  }
}

}  // namespace

int run_program(const std::string& program, const std::function<int()>& body) {
  open_standard_streams();
  std::signal(SIGXFSZ, SIG_IGN);  // a limit on file sizes is then an error of write()
  try {
    return body();
  } catch (const ClosedPipe&) {
    return 0;
  } catch (const Error& error) {
    print_error(program, message_of(error));
    return exit_code(error);
  } catch (const std::bad_alloc&) {
    print_error(program, "out of memory");
  } catch (const std::exception& error) {
    print_error(program, error.what());
  }
  return 1;
}

void print_error(const std::string& program, std::string_view message) {
  std::string line = program + ": " + std::string(message);
  for (char& character : line) {
    if (static_cast<unsigned char>(character) < 0x20 || character == 0x7F) character = '?';
  }
  std::fprintf(stderr, "%s\n", line.c_str());
}

void write_output(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (count >= 0) {
      bytes.remove_prefix(static_cast<size_t>(count));
    } else if (errno == EPIPE) {
      throw ClosedPipe{};
    } else if (errno != EINTR) {
      throw Error(std::string("stdout: cannot write: ") + std::strerror(errno));
    }
  }
}

}  // namespace hone
