#pragma once

#include "core/launch.h"

namespace hone {

// Sums of x [rows, columns], times `scale`:
//   over_rows      out [columns]   (the gradient of a bias)
//   over_columns   out [rows, 1]
//   over_all       out [1]
// out = beta out + scale * sum. Rows, or the numbers of a row, are added in chunks of fixed size, and the chunks in order.
enum class SumKind { over_rows, over_columns, over_all };

// The shape of what is left of x: as above.
inline Shape reduced_shape(SumKind kind, const Shape& x) {
  if (kind == SumKind::over_rows) return {x.columns()};
  if (kind == SumKind::over_columns) return {x.rows(), 1};
  return {1};
}

struct Sum {
  static constexpr auto name = "sum";
  SumKind kind;
  View x;
  GradOut out;
  double scale = 1;

  Views inputs() const { return {x}; }
  Views outputs() const { return {out.view}; }
  double flops() const { return static_cast<double>(x.elements()); }
  void check() const;
};
void run(CpuStream&, const Sum&);
void run(CudaStream&, const Sum&);

}  // namespace hone
