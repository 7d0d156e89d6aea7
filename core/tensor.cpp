#include <hone/core/tensor.h>

#include <fmt/core.h>

#include <algorithm>

#include <hone/core/error.h>
#include "core/build_config.h"
#include "core/device_runtime.h"
#include "core/kept_forms.h"
#include "core/view.h"

namespace hone {

struct Tensor::Storage {
  Storage(DeviceRuntime& runtime_in, size_t bytes_in)
      : runtime(runtime_in), bytes(bytes_in), data(runtime_in.allocate(bytes_in)) {}
  ~Storage() { runtime.release(data, bytes); }
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  DeviceRuntime& runtime;
  size_t bytes;
  void* data;
  std::unique_ptr<KeptForms> kept;
};

Tensor Tensor::empty(const Shape& shape, Dtype dtype, Device device) {
  int64_t bytes = size_of(dtype);
  for (int i = 0; i < shape.rank(); ++i) {
    if (__builtin_mul_overflow(bytes, shape[i], &bytes)) {
      throw Error(fmt::format("tensor: shape {} is larger than any memory", to_string(shape)));
    }
  }
  Tensor out;
  out.shape_ = shape;
  out.dtype_ = dtype;
  out.device_ = device;
  out.storage_ = std::make_shared<Storage>(runtime_of(device), static_cast<size_t>(out.bytes()));
  return out;
}

Tensor Tensor::zeros(const Shape& shape, Dtype dtype, Device device) {
  Tensor out = empty(shape, dtype, device);
  out.set_zero();
  return out;
}

void Tensor::set_zero() const {
  if (!defined()) throw Error("tensor: an undefined tensor cannot be cleared");
  values_changed();
  storage_->runtime.zero(view().data, static_cast<size_t>(bytes()));
}

Tensor Tensor::full(const Shape& shape, double value, Dtype dtype, Device device) {
  Tensor host = empty(shape, dtype);
  if (dtype == Dtype::f32) std::ranges::fill(host.span<float>(), static_cast<float>(value));
  if (dtype == Dtype::f64) std::ranges::fill(host.span<double>(), value);
  if (dtype == Dtype::bf16) std::ranges::fill(host.span<bf16>(), bf16(static_cast<float>(value)));
  if (dtype == Dtype::i32) std::ranges::fill(host.span<int32_t>(), static_cast<int32_t>(value));
  return device.is_cpu() ? host : host.to(device);
}

void Tensor::copy_from(const void* values, int64_t count) {
  if (count != elements()) {
    throw Error(fmt::format("tensor: {} values for shape {}", count, to_string(shape_)));
  }
  storage_->runtime.copy(storage_->data, values, static_cast<size_t>(bytes()));
}

void* Tensor::host_data(Dtype dtype) const {
  if (!defined()) throw Error("tensor: data of an undefined tensor");
  if (dtype != dtype_ || !device_.is_cpu()) {
    throw Error(fmt::format("tensor: {} on cpu wanted, this is {}", name_of(dtype), describe(view())));
  }
  return static_cast<char*>(storage_->data) + offset_;
}

double Tensor::item() const {
  if (!defined() || elements() != 1) {
    throw Error(fmt::format("item: one element expected, shape {}", to_string(shape_)));
  }
  if (!device_.is_cpu()) return to(Device{}).item();
  if (dtype_ == Dtype::f32) return *data<float>();
  if (dtype_ == Dtype::f64) return *data<double>();
  if (dtype_ == Dtype::bf16) return static_cast<float>(*data<bf16>());
  return *data<int32_t>();
}

Tensor Tensor::reshape(const Shape& shape) const {
  if (shape.elements() != elements()) {
    throw Error(fmt::format("reshape: {} to {}: not as many elements", to_string(shape_), to_string(shape)));
  }
  Tensor out = *this;
  out.shape_ = shape;
  return out;
}

Tensor Tensor::slice(int64_t begin, int64_t end) const {
  if (shape_.rank() == 0 || begin < 0 || begin > end || end > shape_[0]) {
    throw Error(fmt::format("slice: entries {} to {} of shape {}", begin, end, to_string(shape_)));
  }
  Tensor out = *this;
  const int64_t entry = shape_[0] == 0 ? 0 : bytes() / shape_[0];
  out.offset_ = offset_ + begin * entry;
  out.shape_[0] = end - begin;
  return out;
}

Tensor Tensor::clone() const {
  if (!defined()) throw Error("tensor: a copy of an undefined tensor");
  Tensor out = empty(shape_, dtype_, device_);
  out.storage_->runtime.copy(out.storage_->data, view().data, static_cast<size_t>(bytes()));
  return out;
}

Tensor Tensor::to(Device device) const {
  if (device == device_) return *this;
  if (!defined()) return {};
  if (!device.is_cpu() && !device_.is_cpu()) return to(Device{}).to(device);  // from one GPU to another
  Tensor out = empty(shape_, dtype_, device);
  DeviceRuntime& runtime = device.is_cpu() ? storage_->runtime : out.storage_->runtime;
  runtime.copy(out.storage_->data, view().data, static_cast<size_t>(bytes()));
  return out;
}

void Tensor::copy_from(const Tensor& other) {
  if (!defined() || !other.defined()) throw Error("tensor: a copy of, or into, an undefined tensor");
  if (other.shape_ != shape_ || other.dtype_ != dtype_) {
    throw Error(fmt::format("tensor: {} cannot be copied into {}", describe(other), describe(view())));
  }
  if (!device_.is_cpu() && !other.device_.is_cpu() && device_ != other.device_)
    return copy_from(other.to(Device{}));
  values_changed();
  DeviceRuntime& runtime = device_.is_cpu() ? other.storage_->runtime : storage_->runtime;
  runtime.copy(view().data, other.view().data, static_cast<size_t>(bytes()));
}

Tensor Tensor::to(Dtype dtype) const {
  if (dtype == dtype_) return clone();
  if (!device_.is_cpu()) return to(Device{}).to(dtype).to(device_);
  if (dtype == Dtype::i32 || dtype_ == Dtype::i32) {
    throw Error(fmt::format("to: {} cannot become {}", name_of(dtype_), name_of(dtype)));
  }
  const Tensor out = empty(shape_, dtype);
  const auto convert = [&](auto from) {
    const auto into = [&]<class T>(std::span<T> to) {
      std::ranges::transform(from, to.begin(), [](auto x) {
        if constexpr (std::is_same_v<T, double>)
          return static_cast<double>(x);
        else
          return T(static_cast<float>(x));
      });
    };
    if (dtype == Dtype::f32) into(out.span<float>());
    if (dtype == Dtype::f64) into(out.span<double>());
    if (dtype == Dtype::bf16) into(out.span<bf16>());
  };
  if (dtype_ == Dtype::f32) convert(span<float>());
  if (dtype_ == Dtype::f64) convert(span<double>());
  if (dtype_ == Dtype::bf16) convert(span<bf16>());
  return out;
}

void Tensor::values_changed() const {
  if (defined() && storage_->kept) storage_->kept->changed(view());
}

KeptForms& Tensor::kept_forms() const {
  if (!defined()) throw Error("tensor: an undefined tensor keeps nothing");
  if (!storage_->kept) storage_->kept = std::make_unique<KeptForms>();
  return *storage_->kept;
}

Tensor::operator View() const { return view(); }

View Tensor::view() const {
  if (!defined()) return {};
  return {static_cast<char*>(storage_->data) + offset_,
          dtype_,
          device_,
          shape_,
          shape_.columns(),
          true,
          storage_->kept.get()};
}

}  // namespace hone
