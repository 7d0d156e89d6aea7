#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "data/files/sha256.h"

namespace hone {

// manifest.json of a checkpoint folder, written after all else: what a complete one holds.
struct Manifest {
  static constexpr int64_t kFormatVersion = 1;
  int64_t step = 0;
  std::string config_hash;
  std::map<std::string, FileDigest> files;
};

// The manifest of a folder that holds these files.
Manifest make_manifest(const std::filesystem::path& folder, int64_t step, std::string config_hash);
std::string manifest_json(const Manifest& manifest);

// Reads a folder's manifest and compares sizes and hashes of its files with it. Throws Error, which says what
// is wrong: another format version too.
Manifest verified_manifest(const std::filesystem::path& folder);

}  // namespace hone
