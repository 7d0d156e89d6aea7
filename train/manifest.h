#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "data/files/sha256.h"

namespace hone {

// The manifest.json of a checkpoint folder: the sizes and hashes of its files. It is written last, so a
// folder with a manifest is complete.
struct Manifest {
  static constexpr int64_t kFormatVersion = 1;
  int64_t step = 0;
  std::string config_hash;
  std::map<std::string, FileDigest> files;
};

// Makes the manifest of a checkpoint folder from the files in it.
Manifest make_manifest(const std::filesystem::path& folder, int64_t step, std::string config_hash);
std::string manifest_json(const Manifest& manifest);

// Reads a folder's manifest and compares sizes and hashes of its files with it. Throws Error that says what
// is wrong, also for another format version.
Manifest verified_manifest(const std::filesystem::path& folder);

}  // namespace hone
