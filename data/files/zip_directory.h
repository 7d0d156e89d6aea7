#pragma once

#include <vector>

#include "data/files/zip.h"

namespace hone {

// Reads the central directory of an archive and each member's local header, and checks everything but the
// contents. Throws DataError. The members are sorted by name.
std::vector<ZipMember> read_zip_directory(const InputFile& file);

}  // namespace hone
