#pragma once

#include <filesystem>
#include <vector>

namespace hone {

// The processors that this process may run on.
std::vector<int> allowed_processors();
// The number of threads to compute on: one for each physical core among these processors, since two threads
// of a core share its arithmetic units; fewer where a cgroup of this process (version 1 or 2), or one above
// it, grants less time. At least 1. Reads /proc and /sys below `root`; what is missing there or malformed
// limits nothing.
int threads_for(const std::vector<int>& processors, const std::filesystem::path& root = "/");

}  // namespace hone
