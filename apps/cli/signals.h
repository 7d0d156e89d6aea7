#pragma once

#include <string>

#include <hone/core/error.h>

namespace hone {

// Thrown when the user has asked the program to stop, by a signal.
class Interrupted : public Error {
 public:
  explicit Interrupted(int signal_number);
  Interrupted(int signal_number, const std::string& message);
  int signal_number() const { return signal_number_; }

 private:
  int signal_number_;
};

// From now on the first SIGINT or SIGTERM is only noted; a second ends the process at once with the same exit
// code that the first leads to.
void catch_signals();

// Throws Interrupted when a signal has been noted.
void throw_if_interrupted();

}  // namespace hone
