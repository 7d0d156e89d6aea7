#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "tests/support/paths.h"

namespace hone::test {

// The folder of the real data sets: $HONE_DATA, else ../shared/data beside the sources.
inline std::filesystem::path real_data() {
  const char* chosen = std::getenv("HONE_DATA");
  if (chosen != nullptr && *chosen != '\0') return chosen;
  return std::filesystem::path(source_dir()) / ".." / "shared" / "data";
}

}  // namespace hone::test

// Skips the test, naming what is missing, unless the real data holds `path`.
#define HONE_NEED_REAL_DATA(path)                                 \
  if (!std::filesystem::exists(hone::test::real_data() / (path))) \
  GTEST_SKIP() << (hone::test::real_data() / (path)).string()     \
               << " is missing: set HONE_DATA to the data folder"
