#pragma once

#include <hone/core/error.h>
#include <hone/core/types.h>

namespace hone {

class KeptForms;

// A tensor as a kernel sees it: memory, type and shape, without ownership. Rows (all dimensions but the last,
// taken together) may lie further apart than their length: the columns of a wider matrix. An empty view (no
// shape was given) stands for an optional argument that is absent.
struct View {
  void* data = nullptr;
  Dtype dtype = Dtype::f32;
  Device device;
  Shape shape;
  int64_t row_stride = 0;  // elements from one row to the next
  bool present = false;
  KeptForms* kept = nullptr;  // packed forms of the memory, where weights are fixed (core/fixed_weights.h)

  explicit operator bool() const { return present; }
  int64_t rows() const { return shape.rows(); }
  int64_t columns() const { return shape.columns(); }
  int64_t elements() const { return shape.elements(); }
  bool contiguous() const { return row_stride == columns() || rows() <= 1; }
  int64_t bytes_spanned() const;  // from the first element to the last, gaps between rows included
  template <class T>
  T* as() const {
    return static_cast<T*>(data);
  }
  // Columns [begin, end) of every row.
  View columns_between(int64_t begin, int64_t end) const;
};
// True when two views have memory in common; gaps between a view's rows count as its own.
bool overlap(const View& a, const View& b);
std::string describe(const View& view);  // "f32 [2, 3] on cpu", for messages

// A place where a kernel stores a result or a gradient, and whether it adds to the old values there or
// overwrites them: the contracts in core/kernels/ write both as `out (+)= ...`. An absent view means that
// nobody wants the result.
struct GradOut {
  View view;
  bool add = false;

  explicit operator bool() const { return view.present; }
  GradOut columns_between(int64_t begin, int64_t end) const {
    return view ? GradOut{.view = view.columns_between(begin, end), .add = add} : GradOut{};
  }
};

}  // namespace hone
