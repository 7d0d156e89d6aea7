#pragma once

namespace own {
struct Tensor {
  int elements;
};
}  // namespace own
