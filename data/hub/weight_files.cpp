#include "data/hub/weight_files.h"

#include <hone/core/error.h>
#include "core/nearest.h"
#include "core/quote.h"
#include "data/files/files.h"
#include "data/json/json.h"

namespace hone {
namespace {

constexpr uint64_t kMaxIndexBytes = 64 << 20;

void check_shard_name(const std::string& where, const std::string& shard) {
  const bool plain = !shard.empty() && shard != "." && shard != ".." &&
                     shard.find_first_of(std::string_view("/\\\0", 3)) == std::string::npos;
  if (!plain)
    throw ModelError(where + ": " + shown(shard) + " must be the plain name of a file in the same folder");
}

}  // namespace

WeightFiles WeightFiles::open(const std::filesystem::path& folder) {
  using Format = TensorFile::Format;
  for (const auto& [name, format] :
       {std::pair{"model.safetensors", Format::safetensors}, std::pair{"pytorch_model.bin", Format::torch}}) {
    WeightFiles result(folder, format);
    const auto single = folder / name, index = folder / (std::string(name) + ".index.json");
    if (present(single)) {
      result.add_single(single);
    } else if (present(index)) {
      result.add_shards(index);
    } else {
      continue;
    }
    return result;
  }
  throw ModelError(
      folder.string() +
      ": no weights: expected model.safetensors, model.safetensors.index.json, pytorch_model.bin "
      "or pytorch_model.bin.index.json");
}

size_t WeightFiles::add_file(const std::filesystem::path& path) {
  files_.push_back(TensorFile::open(path, format_));
  warnings_.insert(warnings_.end(), files_.back().warnings().begin(), files_.back().warnings().end());
  return files_.size() - 1;
}

void WeightFiles::add_single(const std::filesystem::path& path) {
  const size_t file = add_file(path);
  for (const TensorInfo& tensor : files_[file].tensors()) places_.emplace(tensor.name, Place{file, &tensor});
}

void WeightFiles::add_shards(const std::filesystem::path& index) {
  const Json json = parse_json(read_file_or<ModelError>(index, kMaxIndexBytes), index.string());
  if (!json.is_object()) throw ModelError(index.string() + ": expected an object, found " + json.type_name());
  const std::string where = json.where("weight_map");
  std::map<std::string, size_t> opened;
  for (const auto& [name, value] : json.at("weight_map").as_object(where)) {
    const std::string& shard = value.as_string(where + ": tensor " + shown(name));
    check_shard_name(where + ": tensor " + shown(name), shard);
    const auto [entry, is_new] = opened.emplace(shard, files_.size());
    if (is_new) add_file(folder_ / shard);
    const TensorInfo* tensor = files_[entry->second].find(name);
    if (tensor == nullptr) {
      throw ModelError(where + ": tensor " + shown(name) + " is mapped to " + shown(shard) +
                       ", which does not hold it");
    }
    places_.emplace(name, Place{entry->second, tensor});
  }
  warn_of_unmapped(index);
}

void WeightFiles::warn_of_unmapped(const std::filesystem::path& index) {
  for (size_t i = 0; i < files_.size(); ++i) {
    size_t count = 0;
    std::string first;
    for (const TensorInfo& tensor : files_[i].tensors()) {
      const auto place = places_.find(tensor.name);
      if (place != places_.end() && place->second.file == i) continue;
      if (count++ == 0) first = shown(tensor.name);
    }
    if (count == 0) continue;
    warnings_.push_back(files_[i].path().string() + ": " + std::to_string(count) + " tensor(s) ignored, " +
                        first + " first: " + index.filename().string() + " does not map them to this file");
  }
}

std::vector<std::string> WeightFiles::names() const {
  std::vector<std::string> names;
  for (const auto& entry : places_) names.push_back(entry.first);
  return names;
}

const TensorInfo* WeightFiles::find(std::string_view name) const {
  const auto place = places_.find(name);
  return place == places_.end() ? nullptr : place->second.tensor;
}

uint64_t WeightFiles::elements() const {
  uint64_t total = 0;
  for (const TensorFile& file : files_) total += file.stored_elements();
  return total;
}

void WeightFiles::read_f32(std::string_view name, std::span<float> out) const {
  const auto place = places_.find(name);
  if (place == places_.end()) {
    const std::string nearest = nearest_names(name, names());
    throw ModelError(folder_.string() + ": no tensor " + shown(name) +
                     (nearest.empty() ? "" : "; the nearest names are " + nearest));
  }
  files_[place->second.file].read_f32(*place->second.tensor, out);
}

}  // namespace hone
