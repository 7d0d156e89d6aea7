#pragma once

#include <exception>
#include <string>

#include <hone/core/error.h>

namespace hone {

// The exit code of a program that ends with this error: 1 run failed, 2 usage, 3 data, 4 model, 5 numbers not
// finite, 128 + the signal's number when the user stopped it.
int exit_code(const Error& error);

// The error's message for the user of a program: a setting of the library (`max_length`) is replaced by the
// program's option for it (`--max-length`).
std::string message_of(const Error& error);

// A message for the user of a program about an exception that is not hone's own: a path and the system's
// text, or what there is too little of (memory, threads).
std::string message_of(const std::exception& error);

}  // namespace hone
