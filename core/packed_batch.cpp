#include <hone/core/packed_batch.h>

#include <algorithm>
#include <array>

namespace hone {
namespace {

constexpr int64_t kUnit = 16;  // elements: each part begins at a multiple of 64 bytes

using Parts = std::array<Tensor, 6>;

Parts parts_of(const PackedBatch& batch) {
  return {batch.ids,    batch.positions,      batch.types,
          batch.labels, batch.lens.offsets(), batch.lens.singles().offsets()};
}

int64_t padded(const Tensor& part) { return (part.elements() + kUnit - 1) / kUnit * kUnit; }

}  // namespace

Tensor PackedBatch::gathered() const {
  const Parts parts = parts_of(*this);
  int64_t n = 0;
  for (const Tensor& part : parts) n += padded(part);
  Tensor out = Tensor::zeros({n}, Dtype::i32);
  auto to = out.span<int32_t>().begin();
  for (const Tensor& part : parts) {
    std::ranges::copy(part.span<int32_t>(), to);
    to += padded(part);
  }
  return out;
}

PackedBatch PackedBatch::placed_in(const Tensor& all) const {
  Parts parts = parts_of(*this);
  int64_t at = 0;
  for (Tensor& part : parts) {
    const int64_t begin = at;
    at += padded(part);
    part = all.slice(begin, begin + part.elements());
  }
  const auto& [ids_there, positions_there, types_there, labels_there, offsets, singles] = parts;
  return {ids_there, positions_there, types_there, labels_there, lens.placed_at(offsets, singles), filler,
          all};
}

PackedBatch PackedBatch::to(Device device) const {
  if (device == this->device()) return *this;
  if (device.is_cpu())
    return {ids.to(device), positions.to(device), types.to(device), labels.to(device), lens, filler};
  return placed_in(gathered().to(device));
}

}  // namespace hone
