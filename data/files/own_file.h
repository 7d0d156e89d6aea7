#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace hone {

// The files that hone keeps for itself in a run's folder are plain ones: no links, FIFOs or devices. All
// errors are hone::Error with the path and what was found, or the system's text.

// Throws unless `path` itself is of this type (regular, directory): a link to one is refused, too.
void require_type(const std::filesystem::path& path, std::filesystem::file_type type);

// Opens a plain file by open(2) with these flags and returns its descriptor. Nothing is changed, waited for
// or followed unless a regular file, without a second name where it may be written, is there or (O_CREAT)
// nothing is.
int open_own_file(const std::filesystem::path& path, int flags);

// The whole content of a plain file; one larger than max_bytes is refused before it is read.
std::string read_own_file(const std::filesystem::path& path, uint64_t max_bytes);

}  // namespace hone
