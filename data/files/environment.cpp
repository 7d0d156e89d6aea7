#include "data/files/environment.h"

#include <cctype>
#include <cstdlib>

namespace hone {
namespace {

// Replaces the variable at path[at] == '$' and returns the place after it.
size_t expand_variable(std::string& path, size_t at) {
  const bool braced = at + 1 < path.size() && path[at + 1] == '{';
  const size_t begin = at + (braced ? 2 : 1);
  size_t end = begin;
  if (braced) {
    end = path.find('}', begin);
    if (end == std::string::npos) return path.size();
  } else {
    while (end < path.size() && (std::isalnum(static_cast<unsigned char>(path[end])) || path[end] == '_'))
      ++end;
  }
  const size_t after = end + (braced ? 1 : 0);
  const auto value = environment(path.substr(begin, end - begin));
  if (!value) return after;
  path.replace(at, after - at, *value);
  return at + value->size();
}

}  // namespace

std::optional<std::string> environment(const std::string& name) {
  const char* value = name.empty() ? nullptr : std::getenv(name.c_str());
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

std::string expand_path(const std::string& path) {
  std::string expanded = path;
  if (path == "~" || path.starts_with("~/")) {
    if (const auto home = environment("HOME")) expanded.replace(0, 1, *home);
  }
  for (size_t at = expanded.find('$'); at != std::string::npos; at = expanded.find('$', at)) {
    at = expand_variable(expanded, at);
  }
  return expanded;
}

std::string hub_endpoint() {
  std::string endpoint = environment("HF_ENDPOINT").value_or("https://huggingface.co");
  endpoint.erase(endpoint.find_last_not_of('/') + 1);
  return endpoint;
}

}  // namespace hone
