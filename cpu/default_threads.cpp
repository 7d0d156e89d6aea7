#include "cpu/default_threads.h"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <optional>
#include <set>
#include <string>

namespace hone {
namespace {

namespace fs = std::filesystem;

constexpr double kNoLimit = std::numeric_limits<double>::infinity();

int physical_cores(const std::vector<int>& processors, const fs::path& root) {
  std::set<std::string> cores;
  for (const int cpu : processors) {
    const std::string name = "cpu" + std::to_string(cpu);
    std::ifstream file(root / "sys/devices/system/cpu" / name / "topology/thread_siblings_list");
    std::string siblings;
    cores.insert(file >> siblings ? siblings : name);
  }
  return static_cast<int>(cores.size());
}

// A quota and a period of time as a number of processors; no limit for "max", -1 and anything that is not a
// number.
double processors_of(const std::optional<double>& quota, const std::optional<double>& period) {
  return quota && period && *quota > 0 && *period > 0 ? *quota / *period : kNoLimit;
}

std::optional<double> number(std::istream&& in) {
  double value = 0;
  if (in >> value) return value;
  return std::nullopt;
}

// Version 2: "max 100000" or "150000 100000". Version 1: a file for each number.
double limit_of(const fs::path& group) {
  std::ifstream file(group / "cpu.max");
  double quota = 0, period = 0;
  if (file >> quota >> period) return processors_of(quota, period);
  return processors_of(number(std::ifstream(group / "cpu.cfs_quota_us")),
                       number(std::ifstream(group / "cpu.cfs_period_us")));
}

// The least of the group's limit and those above it, up to the hierarchy's top. In a container the path may
// be one that only the host has; then what is there counts.
double limit_up_from(const fs::path& top, const std::string& path) {
  double least = limit_of(top);
  fs::path group = top;
  for (const fs::path& name : fs::path(path).relative_path()) {
    group /= name;
    least = std::min(least, limit_of(group));
  }
  return least;
}

// Lines of /proc/self/cgroup: "0::/path" for version 2, "4:cpu,cpuacct:/path" for version 1.
double cgroup_limit(const fs::path& root) {
  const fs::path mounted = root / "sys/fs/cgroup";
  double least = kNoLimit;
  std::ifstream file(root / "proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    const size_t first = line.find(':'),
                 second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1),
                      path = line.substr(second + 1);
    if (controllers.empty()) least = std::min(least, limit_up_from(mounted, path));
    if (("," + controllers + ",").find(",cpu,") == std::string::npos) continue;
    for (const std::string& name : {controllers, std::string("cpu")})
      least = std::min(least, limit_up_from(mounted / name, path));
  }
  return least;
}

}  // namespace

std::vector<int> allowed_processors() {
  std::vector<int> out;
  for (int most = 1024; most <= 1 << 20; most *= 2) {  // the kernel refuses a set smaller than its own
    cpu_set_t* set = CPU_ALLOC(static_cast<size_t>(most));
    if (set == nullptr) break;
    const size_t bytes = CPU_ALLOC_SIZE(static_cast<size_t>(most));
    const bool known = sched_getaffinity(0, bytes, set) == 0;
    for (int cpu = 0; known && cpu < most; ++cpu) {
      if (CPU_ISSET_S(static_cast<size_t>(cpu), bytes, set)) out.push_back(cpu);
    }
    CPU_FREE(set);
    if (known) break;
  }
  return out;
}

int threads_for(const std::vector<int>& processors, const std::filesystem::path& root) {
  constexpr double kMost = 1024;
  const double cores = physical_cores(processors, root), granted = std::ceil(cgroup_limit(root));
  return static_cast<int>(std::clamp(std::min(cores, granted), 1.0, kMost));
}

}  // namespace hone
