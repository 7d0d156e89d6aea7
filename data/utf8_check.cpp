#include "data/utf8_check.h"

#include "text/utf8.h"

namespace hone {

size_t first_invalid_utf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    if (decode_utf8(text, at) == kInvalidUtf8) return at;
  }
  return std::string_view::npos;
}

}  // namespace hone
