#pragma once

#include <string>

namespace own {
inline std::string json(const std::string& text) { return '"' + text + '"'; }
}  // namespace own
