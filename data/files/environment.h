#pragma once

#include <optional>
#include <string>

namespace hone {

// The value of an environment variable; an empty one counts as not set.
std::optional<std::string> environment(const std::string& name);

// `path` with a leading "~" or "~/" replaced by $HOME, and $VAR or ${VAR} by their values; variables that are
// not set stay as they are written.
std::string expand_path(const std::string& path);

// The hub's address: $HF_ENDPOINT without slashes at its end, by default https://huggingface.co.
std::string hub_endpoint();

}  // namespace hone
