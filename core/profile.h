#pragma once

#include <map>
#include <string>

namespace hone {

// Time and work of one kernel, summed over its calls by launch() while profiling is on.
struct ProfileRow {
  int64_t calls = 0;
  double seconds = 0, bytes = 0, flops = 0;
};
using Profile = std::map<std::string, ProfileRow>;

void set_profiling(bool on);
bool profiling();
Profile& profile();
// The profile as a table for people, the kernel with the most time first.
std::string profile_table();

}  // namespace hone
