#include "core/kernels/cross_entropy.h"

#include <fmt/core.h>

namespace hone::kernels {

void CrossEntropy::check(const char* op) const {
  require_matrix(op, {"logits", logits});
  require_shape(op, {"labels", labels}, {logits.rows()});
  require_index(op, {"labels", labels}, logits.columns(), kNoLabel);
  require_shape(op, {"probabilities", probabilities}, logits.shape);
  require_shape(op, {"loss", loss}, {1});
  if (!(divisor > 0)) refuse(op, fmt::format("divisor {} is not positive", divisor));
  require_same_type(op, {{"logits", logits}, {"loss", loss}, {"probabilities", probabilities}});
}

void CrossEntropyBackward::check(const char* op) const {
  require_shape(op, {"labels", labels}, {probabilities.rows()});
  require_shape(op, {"dloss", dloss}, {1});
  require_out(op, "dlogits", dlogits, probabilities.shape);
  require_same_type(op, {{"probabilities", probabilities}, {"dloss", dloss}, {"dlogits", dlogits.view}});
}

}  // namespace hone::kernels
