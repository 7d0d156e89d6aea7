#include "apps/cli/input_text.h"

#include <hone/core/error.h>

namespace hone {

InputText input_text(std::string_view line) {
  const size_t tab = line.find('\t');
  if (tab == std::string_view::npos) return {line, {}};
  if (line.find('\t', tab + 1) != std::string_view::npos) {
    throw DataError("a second TAB; a line is one text or a pair separated by one TAB");
  }
  return {line.substr(0, tab), line.substr(tab + 1)};
}

}  // namespace hone
