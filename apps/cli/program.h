#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace hone {

// The body of a program's main(): runs `body` and returns its result, or, after an exception, the exit code
// of apps/cli/errors.h, with one line `program: message` on stderr. A closed pipe on stdout ends
// quietly with 0. Standard streams that were closed are opened on /dev/null first, so that no file gets their
// numbers.
int run_program(const std::string& program, const std::function<int()>& body);

// Writes one line `program: message` to stderr, printable (core/printable.h).
void print_error(const std::string& program, std::string_view message);

// Writes all of `bytes` to stdout at once, unbuffered. Throws Error with the system's text when that fails.
void write_output(std::string_view bytes);

}  // namespace hone
