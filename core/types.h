#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>

#include <hone/core/bf16.h>

namespace hone {

// The type of a tensor's numbers. i32 is for token ids, positions and labels only.
enum class Dtype : uint8_t { f32, f64, bf16, i32 };

int64_t size_of(Dtype type);
const char* name_of(Dtype type);
// The type of sums and statistics over numbers of `type`: f32 for bf16, else the type itself.
inline Dtype acc_of(Dtype type) { return type == Dtype::bf16 ? Dtype::f32 : type; }

template <class T>
struct DtypeOf;
template <>
struct DtypeOf<float> {
  static constexpr Dtype value = Dtype::f32;
};
template <>
struct DtypeOf<double> {
  static constexpr Dtype value = Dtype::f64;
};
template <>
struct DtypeOf<bf16> {
  static constexpr Dtype value = Dtype::bf16;
};
template <>
struct DtypeOf<int32_t> {
  static constexpr Dtype value = Dtype::i32;
};
template <class T>
inline constexpr Dtype dtype_of = DtypeOf<T>::value;

enum class DeviceType : uint8_t { cpu, cuda };

// The device on which a tensor lives and its kernels run.
struct Device {
  DeviceType type = DeviceType::cpu;
  int index = 0;

  bool is_cpu() const { return type == DeviceType::cpu; }
  bool operator==(const Device&) const = default;
};
std::string to_string(Device device);

// The sizes of a tensor's dimensions, four at most. Rank 0 is a scalar with one element; sizes may be 0.
class Shape {
 public:
  static constexpr int kMaxRank = 4;

  Shape() = default;
  Shape(std::initializer_list<int64_t> sizes);

  int rank() const { return rank_; }
  int64_t operator[](int dim) const { return sizes_[dim]; }
  int64_t& operator[](int dim) { return sizes_[dim]; }
  int64_t elements() const;
  // The product of all sizes but the last: how many rows the tensor has as a matrix [rows, columns].
  int64_t rows() const;
  // The last size; 1 for a scalar.
  int64_t columns() const { return rank_ == 0 ? 1 : sizes_[rank_ - 1]; }
  bool operator==(const Shape& other) const;

 private:
  int rank_ = 0;
  int64_t sizes_[kMaxRank] = {0, 0, 0, 0};
};
std::string to_string(const Shape& shape);  // "[2, 3]"

// The axis of a matrix x [rows, columns] over which a sum, mean or maximum runs, and the shape of the result:
//   rows      one number a column: [columns]     (the gradient of a bias)
//   columns   one number a row: [rows, 1]
//   all       one number: [1]
enum class Axis { rows, columns, all };

inline Shape reduced_shape(Axis axis, const Shape& x) {
  if (axis == Axis::rows) return {x.columns()};
  if (axis == Axis::columns) return {x.rows(), 1};
  return {1};
}

}  // namespace hone
