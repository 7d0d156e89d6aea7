#pragma once

#include <functional>
#include <vector>

#include <hone/autograd/var.h>

namespace hone {

// f(x), of which backward() keeps x alone: it runs f again for what f's ops save, so a deep model needs
// memory for one block at a time and a third more time (Chen et al., "Training deep nets with sublinear
// memory cost", 2016). The same bits as f(x), if f gives the same twice. `uses`: the leaves that f reads
// beside x, which may want gradients; f's closure must outlive the graph's use.
Var recompute(std::function<Var(const Var&)> f, const Var& x, std::vector<Var> uses);

}  // namespace hone
