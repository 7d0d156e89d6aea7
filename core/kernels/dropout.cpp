#include "core/kernels/dropout.h"

#include <fmt/core.h>

namespace hone::kernels {

void check_dropout(const char* op, const DropoutMask& dropout, int64_t rows) {
  if (!(dropout.p >= 0 && dropout.p < 1)) refuse(op, fmt::format("dropout {} is not in [0, 1)", dropout.p));
  if (!dropout.active()) return;
  if (dropout.rows.total() != rows)
    refuse(op, fmt::format("dropout covers {} rows, there are {}", dropout.rows.total(), rows));
  const View state = dropout.state;
  require(bool(state), op, "dropout needs a random state: set the seed");
  if (state.dtype != Dtype::i32 || state.shape != Shape{3})
    refuse(op, "dropout's state is " + describe(state) + ", expected i32 [3]");
}

void Dropout::check(const char* op) const {
  require_present(op, {{"x", x}, {"out", out.view}});
  check_dropout(op, dropout, x.rows());
  require_out(op, "out", out, x.shape);
  require_same_type(op, {{"x", x}, {"out", out.view}});
}

}  // namespace hone::kernels
