#pragma once

#include <functional>
#include <span>

#include <hone/train/rows.h>
#include "train/model_session.h"

namespace hone {

// Computes rows batch by batch, without a graph and with weights that stay packed from call to call:
// `forward` computes [rows, ...] of a batch on the model's device, and `take` is called with that tensor on
// the CPU. Throws NonFiniteError when a number of the result is not finite.
void compute_rows(ModelSession& session, std::span<const EncodedRow> rows,
                  const std::function<Var(const PackedBatch&)>& forward,
                  const std::function<void(const Tensor&)>& take);

}  // namespace hone
