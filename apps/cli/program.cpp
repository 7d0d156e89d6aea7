#include "apps/cli/program.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>

#include <hone/core/error.h>
#include "apps/cli/errors.h"
#include "apps/cli/stream.h"
#include "core/printable.h"

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
  } catch (const std::exception& error) {
    print_error(program, message_of(error));
  }
  return 1;
}

void print_error(const std::string& program, std::string_view message) {
  write_stream(STDERR_FILENO, printable(program + ": " + std::string(message)) + "\n");
}

void write_output(std::string_view bytes) {
  const int code = write_stream(STDOUT_FILENO, bytes);
  if (code == EPIPE) throw ClosedPipe{};
  if (code != 0) throw Error(std::string("stdout: cannot write: ") + std::strerror(code));
}

}  // namespace hone
