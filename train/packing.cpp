#include "train/packing.h"

#include <algorithm>
#include <bit>
#include <exception>
#include <numeric>
#include <thread>

#include <hone/core/error.h>
#include "core/philox.h"

namespace hone {
namespace {

EncodedRow encode_row(const Split& split, const Tokenizer& tokenizer, int64_t max_length, size_t i) {
  const Example& row = split.rows[i];
  try {
    return {
        split.pairs ? tokenizer.encode_pair(row.a, row.b, max_length) : tokenizer.encode(row.a, max_length),
        row.label};
  } catch (const DataError& e) {
    throw DataError(split.name + " row " + std::to_string(i + 1) + ": " + e.what());
  }
}

Tensor tensor_of(const std::vector<int32_t>& values) {
  return Tensor::from(values, {static_cast<int64_t>(values.size())});
}

}  // namespace

std::vector<EncodedRow> encode_rows(const Split& split, const Tokenizer& tokenizer, int64_t max_length,
                                    int threads) {
  const size_t n = split.rows.size(), parts = static_cast<size_t>(std::max(1, threads));
  std::vector<EncodedRow> rows(n);
  std::vector<std::exception_ptr> failures(parts);
  const auto work = [&](size_t part) {
    try {
      for (size_t i = n * part / parts; i < n * (part + 1) / parts; ++i) {
        rows[i] = encode_row(split, tokenizer, max_length, i);
      }
    } catch (...) {
      failures[part] = std::current_exception();
    }
  };
  std::vector<std::jthread> workers;
  for (size_t part = 1; part < parts; ++part) workers.emplace_back(work, part);
  work(0);
  workers.clear();  // joins the threads
  for (const std::exception_ptr& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
  return rows;
}

PackedBatch pack_rows(std::span<const EncodedRow> rows, std::span<const int64_t> order, bool use_types) {
  std::vector<int32_t> ids, positions, types, labels, lengths;
  for (int64_t i : order) {
    const EncodedRow& row = rows[static_cast<size_t>(i)];
    const auto length = static_cast<int32_t>(row.encoding.ids.size());
    ids.insert(ids.end(), row.encoding.ids.begin(), row.encoding.ids.end());
    for (int32_t p = 0; p < length; ++p) positions.push_back(p);
    if (use_types) types.insert(types.end(), row.encoding.types.begin(), row.encoding.types.end());
    labels.push_back(row.label);
    lengths.push_back(length);
  }
  types.resize(ids.size());
  return {tensor_of(ids), tensor_of(positions), tensor_of(types), tensor_of(labels), SeqLens(lengths)};
}

PackedBatch fill_up(const PackedBatch& batch) {
  constexpr int64_t kLeast = 32;
  const int64_t tokens = batch.tokens(),
                longest = (std::max<int64_t>(1, batch.lens.longest()) + kLeast - 1) / kLeast * kLeast;
  const auto magnitude = static_cast<int64_t>(std::bit_floor(static_cast<uint64_t>(tokens)));
  const int64_t unit =
      std::clamp(magnitude / 16, kLeast, longest);  // padding is no longer than a sequence may be
  const int64_t filler = unit - tokens % unit;
  const auto longer = [](const Tensor& part, int64_t more, int32_t value) {
    auto values = part.to_vector<int32_t>();
    values.insert(values.end(), static_cast<size_t>(more), value);
    return tensor_of(values);
  };
  std::vector<int32_t> lengths;
  for (int64_t s = 0; s < batch.sequences(); ++s)
    lengths.push_back(static_cast<int32_t>(batch.lens.length(s)));
  lengths.push_back(static_cast<int32_t>(filler));
  return {longer(batch.ids, filler, 0),   longer(batch.positions, filler, 0),
          longer(batch.types, filler, 0), longer(batch.labels, 1, kNoLabel),
          SeqLens(lengths, longest),      filler};
}

std::vector<int64_t> epoch_order(int64_t n, bool shuffle, uint64_t seed, int64_t epoch) {
  std::vector<int64_t> order(static_cast<size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  if (!shuffle) return order;
  RandomStream random(seed, RandomUse::shuffle, static_cast<uint64_t>(epoch));
  for (size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[random.below(i)]);  // Fisher-Yates shuffle
  return order;
}

}  // namespace hone
