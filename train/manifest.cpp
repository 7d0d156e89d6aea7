#include "train/manifest.h"

#include <fmt/core.h>

#include <future>
#include <utility>

#include <hone/core/error.h>
#include "core/quote.h"
#include "data/files/own_file.h"
#include "data/json/json.h"
#include "data/json/json_writer.h"
#include "train/checkpoint.h"

namespace hone {
namespace {

constexpr uint64_t kMostBytes = 1 << 20;

Manifest parse_manifest(const std::filesystem::path& path) {
  const Json json = parse_json(read_own_file(path, kMostBytes), path.string());
  const int64_t version = json.get_int("format_version", 0);
  if (version != Manifest::kFormatVersion) {
    throw Error(fmt::format("{}: format version {}, this program reads {}", path.string(), version,
                            Manifest::kFormatVersion));
  }
  Manifest manifest{json.get_int("step", -1), json.get_string("config_hash", ""), {}};
  for (const auto& [name, entry] : json.at("files").as_object(json.where("files"))) {
    const int64_t size = entry.get_int("size", -1);
    if (size < 0) throw Error(fmt::format("{}: size of {}: {} bytes", path.string(), shown(name), size));
    manifest.files[name] = {static_cast<uint64_t>(size), entry.get_string("sha256", "")};
  }
  return manifest;
}

std::map<std::string, FileDigest> digests(const std::filesystem::path& folder) {
  std::map<std::string, std::future<FileDigest>> working;
  for (const std::string_view name : kCheckpointData) {
    const std::string file(name);
    working[file] = std::async(std::launch::async, [path = folder / file] { return digest_of_file(path); });
  }
  std::map<std::string, FileDigest> out;
  for (auto& [name, digest] : working) out[name] = digest.get();
  return out;
}

std::string text_of(const FileDigest& digest) {
  return fmt::format("{} bytes with SHA-256 {:.12}...", digest.size, digest.sha256);
}

}  // namespace

Manifest make_manifest(const std::filesystem::path& folder, int64_t step, std::string config_hash) {
  return {step, std::move(config_hash), digests(folder)};
}

std::string manifest_json(const Manifest& manifest) {
  JsonWriter json(JsonWriter::Style::indented);
  json.begin_object().field("format_version", Manifest::kFormatVersion).field("step", manifest.step);
  json.field("config_hash", manifest.config_hash).key("files").begin_object();
  for (const auto& [name, digest] : manifest.files) {
    json.key(name).begin_object().field("size", digest.size).field("sha256", digest.sha256).end_object();
  }
  return json.end_object().end_object().str() + "\n";
}

Manifest verified_manifest(const std::filesystem::path& folder) {
  require_type(folder, std::filesystem::file_type::directory);
  for (const std::string_view name : kCheckpointData)
    require_type(folder / name, std::filesystem::file_type::regular);
  const Manifest manifest = parse_manifest(folder / "manifest.json");
  const auto found = digests(folder);
  for (const auto& [name, digest] : found) {
    const auto expected = manifest.files.find(name);
    if (expected == manifest.files.end())
      throw Error(fmt::format("{}: not in the manifest", (folder / name).string()));
    if (digest != expected->second) {
      throw Error(fmt::format("{}: has {}, the manifest says {}", (folder / name).string(), text_of(digest),
                              text_of(expected->second)));
    }
  }
  return manifest;
}

}  // namespace hone
