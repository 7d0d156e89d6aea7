#pragma once

#include <cstdint>
#include <string>

namespace hone {

uint64_t peak_memory_bytes();  // the most of the machine's memory that this process has had so far

std::string iso_time_now();                 // "2024-05-01T12:00:00+02:00", local
std::string utc_stamp();                    // "20240501T100000Z", for names of files
std::string duration_text(double seconds);  // "4.2 s", "42 s", "3:07 min", "1:02:09 h"

// `argv` as a line that a shell reads back as the same arguments.
std::string command_line(int argc, const char* const* argv);
std::string shell_quoted(const std::string& argument);

}  // namespace hone
