#pragma once

#include <hone/core/error.h>

namespace hone {

// The user asked the program to stop; the exit code is 128 + the signal's number.
class Interrupted : public Error {
 public:
  explicit Interrupted(int signal_number);
};

// From now on the first SIGINT or SIGTERM is only noted; a second ends the process at once with the same exit
// code that the first leads to.
void catch_signals();

// Throws Interrupted when a signal has been noted.
void throw_if_interrupted();

}  // namespace hone
