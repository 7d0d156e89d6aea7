#pragma once

#include <cstdint>

// Contracts' tensors as inner loops and kernels read them: typed pointers, without the fields that only the
// host needs. The per-instruction-set files of cpu/ include this header, so its functions are always inlined
// or templates over a contract, which only the host instantiates; they are constexpr so that device code may
// call them.
namespace hone::kernels {

// A view [rows, columns] as a typed pointer and a row stride; null when the view is absent.
template <class T>
struct Rows {
  T* data = nullptr;
  int64_t stride = 0;  // elements from one row to the next

  Rows() = default;
  [[gnu::always_inline]] constexpr Rows(T* first, int64_t row_stride) : data(first), stride(row_stride) {}
  template <class AnyView>
  explicit Rows(const AnyView& view) : data(view.template as<T>()), stride(view.row_stride) {}

  [[gnu::always_inline]] constexpr explicit operator bool() const { return data != nullptr; }
  // The address of a row; null when there is no memory.
  [[gnu::always_inline]] constexpr T* row(int64_t i) const { return data ? data + i * stride : nullptr; }
  // The part of the view from this row and column on.
  [[gnu::always_inline]] constexpr Rows part(int64_t first_row, int64_t first_column) const {
    return data ? Rows(row(first_row) + first_column, stride) : Rows();
  }
};

// A GradOut as a typed pointer: the memory of a gradient, and whether to add to its numbers.
template <class T>
struct GradRows : Rows<T> {
  bool add = false;

  GradRows() = default;
  [[gnu::always_inline]] constexpr GradRows(const Rows<T>& rows, bool adds) : Rows<T>(rows), add(adds) {}
  template <class AnyGradOut>
  explicit GradRows(const AnyGradOut& out) : Rows<T>(out.view), add(out.add) {}

  [[gnu::always_inline]] constexpr GradRows part(int64_t first_row, int64_t first_column) const {
    return {Rows<T>::part(first_row, first_column), add};
  }
};

}  // namespace hone::kernels
