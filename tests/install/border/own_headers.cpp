// A program whose own headers have the names that hone's have within hone, its tensor.h, json.h and module.h
// among them.
#include <cstdio>
#include <vector>

#include "core/tensor.h"
#include "data/json.h"
#include "nn/module.h"

#include <hone/hone.h>

int main() {
  const hone::Tensor x = hone::Tensor::from(std::vector<float>{1, 2}, {2});
  const own::Tensor mine{static_cast<int>(x.elements())};
  std::printf("%s %d\n", own::json(own::Module{}.name).c_str(), mine.elements);
}
