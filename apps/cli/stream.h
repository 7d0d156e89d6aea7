#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string_view>

namespace hone {

// Standard streams as they come: a parent that shares its pipe may have made it non-blocking. Then these wait
// until the other side is ready.

// Writes all of `bytes` to a stream. Returns 0, or the error's number.
int write_stream(int descriptor, std::string_view bytes);

// Reads at most `count` bytes, waiting for the first. Returns how many; 0 at the end, -1 with errno on error.
ssize_t read_stream(int descriptor, char* out, size_t count);

}  // namespace hone
