#include "core/view.h"

#include <fmt/core.h>

namespace hone {

View View::columns_between(int64_t begin, int64_t end) const {
  if (begin < 0 || begin > end || end > columns()) {
    throw Error(fmt::format("view: columns {} to {} of {}", begin, end, describe(*this)));
  }
  View out = *this;
  out.data = static_cast<char*>(data) + begin * size_of(dtype);
  out.shape[out.shape.rank() - 1] = end - begin;
  return out;
}

int64_t View::bytes_spanned() const {
  return elements() == 0 ? 0 : ((rows() - 1) * row_stride + columns()) * size_of(dtype);
}

bool overlap(const View& a, const View& b) {
  if (a.elements() == 0 || b.elements() == 0) return false;
  const auto end = [](const View& v) { return static_cast<const char*>(v.data) + v.bytes_spanned(); };
  return a.data < end(b) && b.data < end(a);
}

std::string describe(const View& view) {
  if (!view) return "nothing";
  return fmt::format("{} {} on {}", name_of(view.dtype), to_string(view.shape), to_string(view.device));
}

}  // namespace hone
