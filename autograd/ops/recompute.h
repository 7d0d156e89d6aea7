#pragma once

#include <functional>
#include <vector>

#include <hone/autograd/var.h>

namespace hone {

// Computes f(x) and saves x alone for backward(), which runs f again to get the tensors that f's ops save. A
// deep model then needs memory for one block at a time, and a third more time (Chen et al., "Training deep
// nets with sublinear memory cost", 2016). The bits are those of f(x), if f gives the same bits twice.
// `uses`: the leaves that f reads besides x, which may want gradients; f's closure must outlive the graph's
// use.
Var recompute(std::function<Var(const Var&)> f, const Var& x, std::vector<Var> uses);

}  // namespace hone
