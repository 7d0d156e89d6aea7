#include "train/inference.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <hone/core/error.h>
#include "train/packing.h"

namespace hone {
namespace {

// The largest number of tokens computed at once: beyond it a batch is no faster and only needs more memory.
// Batches are packed, so texts of unequal length need not be sorted.
constexpr size_t kTokens = 2048;

std::span<const EncodedRow> next_batch(std::span<const EncodedRow> rows, int64_t batch_size) {
  size_t count = 0, tokens = 0;
  while (count < rows.size() && count < static_cast<size_t>(batch_size) && tokens < kTokens) {
    tokens += rows[count++].encoding.ids.size();
  }
  return rows.first(count);
}

PackedBatch pack_all(std::span<const EncodedRow> rows, bool use_types) {
  std::vector<int64_t> order(rows.size());
  std::iota(order.begin(), order.end(), 0);
  return pack_rows(rows, order, use_types);
}

void check_finite(const Tensor& values) {
  if (std::ranges::all_of(values.span<float>(), [](float x) { return std::isfinite(x); })) return;
  throw NonFiniteError("the model's results are not finite; its weights are unusable");
}

}  // namespace

void compute_rows(ModelSession& session, std::span<const EncodedRow> rows,
                  const std::function<Var(const PackedBatch&)>& forward,
                  const std::function<void(const Tensor&)>& take) {
  const NoGrad no_grad;
  const std::lock_guard lock(session.turn);
  if (!session.fixed) session.fixed.emplace(*session.model);
  while (!rows.empty()) {
    const auto part = next_batch(rows, session.batch_size);
    const PackedBatch batch = pack_all(part, session.tokenizer.uses_token_types);
    const Tensor values = forward(batch.to(session.model->device())).value().to(Device{}).to(Dtype::f32);
    check_finite(values);
    take(values);
    rows = rows.subspan(part.size());
  }
}

}  // namespace hone
