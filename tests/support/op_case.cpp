#include "tests/support/op_case.h"

#include <cmath>

namespace hone::test {
namespace {

double mask_value(const DropoutMask& dropout, int64_t sequence, int64_t position, int64_t head,
                  int64_t column) {
  const uint32_t where = static_cast<uint32_t>(position) | static_cast<uint32_t>(head) << 16;
  const auto words = philox({static_cast<uint32_t>(column / 4), where,
                             dropout.first_sequence() + static_cast<uint32_t>(sequence), dropout.step()},
                            {dropout.seed(), dropout.site});
  return words[static_cast<size_t>(column % 4)] >= dropout.threshold() ? 1 / (1 - dropout.p) : 0;
}

}  // namespace

template <class F>
Tensor Numbers::make(const Shape& shape, const F& next) {
  Tensor out = Tensor::empty(shape, Dtype::f64);
  for (double& x : out.span<double>()) x = static_cast<float>(next());
  return out;
}

Tensor Numbers::normal(const Shape& shape, double scale) {
  return make(shape, [&] { return scale * stream_.normal(); });
}

Tensor Numbers::uniform(const Shape& shape, double low, double high) {
  return make(shape, [&] { return low + (high - low) * stream_.uniform(); });
}

Tensor Numbers::away_from_zero(const Shape& shape, double gap) {
  return make(shape, [&] {
    const double x = stream_.normal();
    return x + std::copysign(gap, x);
  });
}

Tensor Numbers::indices(int64_t count, int64_t entries) {
  Tensor out = Tensor::empty({count}, Dtype::i32);
  for (int32_t& i : out.span<int32_t>())
    i = static_cast<int32_t>(stream_.below(static_cast<uint64_t>(entries)));
  return out;
}

DropoutMask test_dropout(double p, const SeqLens& rows) {
  return {p, 3, rows, Tensor::from(std::vector<int32_t>{-1234567, 17, 40}, {3})};
}

DropoutMask on(Device device, const DropoutMask& dropout) {
  DropoutMask out = dropout;
  out.state = dropout.state.to(device);
  return out;
}

Tensor dropout_mask(const DropoutMask& dropout, int64_t columns, int64_t head) {
  Tensor mask = Tensor::empty({dropout.rows.total(), columns}, Dtype::f64);
  for (int64_t s = 0; s < dropout.rows.count(); ++s) {
    for (int64_t i = 0; i < dropout.rows.length(s); ++i) {
      double* row = mask.data<double>() + (dropout.rows.begin(s) + i) * columns;
      for (int64_t c = 0; c < columns; ++c) row[c] = mask_value(dropout, s, i, head, c);
    }
  }
  return mask;
}

Tensor attention_mask(const DropoutMask& dropout, int64_t sequence, int64_t keys, int64_t head) {
  const int64_t queries = dropout.rows.length(sequence);
  Tensor mask = Tensor::empty({queries, keys}, Dtype::f64);
  for (int64_t i = 0; i < queries * keys; ++i) {
    mask.data<double>()[i] = mask_value(dropout, sequence, i / keys, head, i % keys);
  }
  return mask;
}

}  // namespace hone::test
