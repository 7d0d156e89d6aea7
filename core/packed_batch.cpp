#include <hone/core/packed_batch.h>

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <limits>

#include <hone/core/error.h>

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

SeqLens::SeqLens(const std::vector<int32_t>& lengths, int64_t longest) : longest_(longest) {
  std::vector<int32_t> offsets{0};
  for (int32_t length : lengths) {
    if (length < 0) throw Error(fmt::format("sequence lengths: {} is negative", length));
    total_ += length;
    longest_ = std::max<int64_t>(longest_, length);
    if (total_ > std::numeric_limits<int32_t>::max()) throw Error("sequence lengths: over 2^31 tokens");
    offsets.push_back(static_cast<int32_t>(total_));
  }
  offsets_ = Tensor::from(offsets, {static_cast<int64_t>(offsets.size())});
}

SeqLens SeqLens::ones(int64_t count) { return SeqLens(std::vector<int32_t>(static_cast<size_t>(count), 1)); }

const Tensor& SeqLens::offsets(Device device) const {
  if (device.is_cpu()) return offsets_;
  Tensor& there = derived_->on_device;
  if (!there.defined() || there.device() != device) there = offsets_.to(device);
  return there;
}

SeqLens SeqLens::placed_at(const Tensor& offsets, const Tensor& singles) const {
  const auto at = [](SeqLens lens, const Tensor& where) {
    lens.derived_ = std::make_shared<Derived>();
    lens.derived_->on_device = where;
    return lens;
  };
  SeqLens out = at(*this, offsets);
  out.derived_->singles = std::make_shared<const SeqLens>(at(this->singles(), singles));
  return out;
}

const SeqLens& SeqLens::singles() const {
  if (!derived_->singles) derived_->singles = std::make_shared<const SeqLens>(ones(count()));
  return *derived_->singles;
}

int64_t SeqLens::sequence_of(int64_t row) const {
  const auto offsets = offsets_.span<int32_t>();
  return std::upper_bound(offsets.begin(), offsets.end(), row) - offsets.begin() - 1;
}

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
