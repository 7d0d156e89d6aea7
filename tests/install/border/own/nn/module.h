#pragma once

#include <string>

namespace own {
struct Module {
  std::string name = "mine";
};
}  // namespace own
