#include "apps/cli/stream.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

namespace hone {
namespace {

// True when a call that failed can be made again: at once, or now that the stream is ready.
bool may_try_again(int descriptor, short event) {
  if (errno == EINTR) return true;
  if (errno != EAGAIN && errno != EWOULDBLOCK) return false;
  pollfd stream{descriptor, event, 0};
  return ::poll(&stream, 1, -1) >= 0 || errno == EINTR;
}

}  // namespace

int write_stream(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = ::write(descriptor, bytes.data(), bytes.size());
    if (count >= 0) {
      bytes.remove_prefix(static_cast<size_t>(count));
    } else if (!may_try_again(descriptor, POLLOUT)) {
      return errno;
    }
  }
  return 0;
}

ssize_t read_stream(int descriptor, char* out, size_t count) {
  ssize_t got = 0;
  do {
    got = ::read(descriptor, out, count);
  } while (got < 0 && may_try_again(descriptor, POLLIN));
  return got;
}

}  // namespace hone
