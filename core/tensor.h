#pragma once

#include <memory>
#include <span>
#include <vector>

#include <hone/core/types.h>

namespace hone {

struct View;      // a tensor as kernels see it (core/view.h)
class KeptForms;  // packed forms of fixed weights (core/kept_forms.h)

// A contiguous array of numbers on one device. Copies share the memory, which is freed with the last of them.
// A Tensor knows nothing of gradients: that is Var (autograd/var.h).
class Tensor {
 public:
  Tensor() = default;  // undefined: no shape, no memory

  static Tensor empty(const Shape& shape, Dtype dtype = Dtype::f32, Device device = {});
  static Tensor zeros(const Shape& shape, Dtype dtype = Dtype::f32, Device device = {});
  static Tensor full(const Shape& shape, double value, Dtype dtype = Dtype::f32, Device device = {});
  // A tensor of these values on the CPU; their number must match the shape.
  template <class T>
  static Tensor from(std::span<const T> values, const Shape& shape) {
    Tensor out = empty(shape, dtype_of<T>);
    out.copy_from(values.data(), static_cast<int64_t>(values.size()));
    return out;
  }
  template <class T>
  static Tensor from(const std::vector<T>& values, const Shape& shape) {
    return from(std::span<const T>(values), shape);
  }

  // True when no other tensor shares the memory.
  bool sole() const { return storage_.use_count() == 1; }
  bool defined() const { return storage_ != nullptr; }
  const Shape& shape() const { return shape_; }
  Dtype dtype() const { return dtype_; }
  Device device() const { return device_; }
  int64_t elements() const { return shape_.elements(); }
  int64_t bytes() const { return elements() * size_of(dtype_); }

  // The elements, row-major. T must be the tensor's type and the tensor on the CPU.
  template <class T>
  T* data() const {
    return static_cast<T*>(host_data(dtype_of<T>));
  }
  template <class T>
  std::span<T> span() const {
    return {data<T>(), static_cast<size_t>(elements())};
  }
  template <class T>
  std::vector<T> to_vector() const {
    return {data<T>(), data<T>() + elements()};
  }
  // The only element of a one-element tensor, as double, whatever its type and device.
  double item() const;

  // The same memory under another shape of as many elements.
  Tensor reshape(const Shape& shape) const;
  // Entries [begin, end) of the first dimension: the same memory, no copy.
  Tensor slice(int64_t begin, int64_t end) const;
  Tensor clone() const;
  void set_zero() const;
  Tensor to(Dtype dtype) const;    // a converted copy; floating types only
  Tensor to(Device device) const;  // a copy on another device; the tensor itself on its own
  // Writes the values of `other`, a tensor of the same type and shape on any device, into this one's memory.
  void copy_from(const Tensor& other);

  // Must be called after values were written through data() while a FixedWeights (core/fixed_weights.h) may
  // promise that they stay: products forget what they made of the old ones.
  void values_changed() const;

  View view() const;
  operator View() const;  // NOLINT: a tensor may stand wherever a kernel takes a view

 private:
  friend class FixedWeights;
  struct Storage;
  KeptForms& kept_forms() const;  // of the memory, made when there are none yet
  void copy_from(const void* values, int64_t count);
  void* host_data(Dtype dtype) const;

  std::shared_ptr<Storage> storage_;
  int64_t offset_ = 0;  // bytes
  Shape shape_;
  Dtype dtype_ = Dtype::f32;
  Device device_;
};

}  // namespace hone
