#include <hone/core/types.h>

#include <fmt/core.h>

#include <algorithm>

#include <hone/core/error.h>

namespace hone {

int64_t size_of(Dtype type) { return type == Dtype::f64 ? 8 : (type == Dtype::bf16 ? 2 : 4); }

const char* name_of(Dtype type) {
  switch (type) {
    case Dtype::f32:
      return "f32";
    case Dtype::f64:
      return "f64";
    case Dtype::bf16:
      return "bf16";
    case Dtype::i32:
      return "i32";
  }
  return "?";
}

std::string to_string(Device device) {
  return device.is_cpu() ? "cpu" : fmt::format("cuda:{}", device.index);
}

Shape::Shape(std::initializer_list<int64_t> sizes) {
  if (sizes.size() > kMaxRank) throw Error(fmt::format("shape: rank {}, at most 4 expected", sizes.size()));
  for (int64_t size : sizes) {
    if (size < 0) throw Error(fmt::format("shape: negative size {}", size));
    sizes_[rank_++] = size;
  }
}

int64_t Shape::elements() const {
  int64_t n = 1;
  for (int i = 0; i < rank_; ++i) n *= sizes_[i];
  return n;
}

int64_t Shape::rows() const {
  int64_t n = 1;
  for (int i = 0; i + 1 < rank_; ++i) n *= sizes_[i];
  return n;
}

bool Shape::operator==(const Shape& other) const {
  return rank_ == other.rank_ && std::equal(sizes_, sizes_ + rank_, other.sizes_);
}

std::string to_string(const Shape& shape) {
  std::string out = "[";
  for (int i = 0; i < shape.rank(); ++i) out += fmt::format("{}{}", i ? ", " : "", shape[i]);
  return out + "]";
}

}  // namespace hone
