#include "data/safetensors/safetensors_writer.h"

#include <algorithm>
#include <bit>
#include <tuple>

#include <hone/core/error.h>
#include "core/quote.h"
#include "core/utf8.h"
#include "data/files/files.h"
#include "data/json/json_writer.h"
#include "data/safetensors/safetensors_header.h"
#include "data/safetensors/tensor_info.h"

namespace hone {
namespace {

void check_text(const std::string& file, const std::string& text) {
  if (first_invalid_utf8(text) != std::string::npos) {
    throw Error(file + ": " + shown(text) + " is not valid UTF-8 and cannot be written");
  }
}

void check_tensor(const std::string& file, const TensorData& tensor) {
  const std::string where = file + ": tensor " + shown(tensor.name);
  check_text(file, tensor.name);
  if (tensor.name == kMetadataKey) throw Error(where + ": this name is reserved by the format");
  if (bits_of_dtype(tensor.dtype) == 0) throw Error(where + ": unknown dtype " + shown(tensor.dtype));
  if (const uint64_t bytes = tensor_bytes(tensor.dtype, tensor.shape, where); bytes != tensor.bytes) {
    throw Error(where + ": " + tensor.dtype + " of shape " + shape_text(tensor.shape) + " takes " +
                std::to_string(bytes) + " bytes, got " + std::to_string(tensor.bytes));
  }
}

// Equal names and shared memory would make a file that reads back as something else.
void check_distinct(const std::string& file, std::vector<const TensorData*> tensors) {
  const auto same = [](auto* a, auto* b) { return a->name == b->name; };
  std::sort(tensors.begin(), tensors.end(), [](auto* a, auto* b) { return a->name < b->name; });
  if (const auto twice = std::adjacent_find(tensors.begin(), tensors.end(), same); twice != tensors.end()) {
    throw Error(file + ": duplicate tensor " + shown((*twice)->name));
  }
  std::erase_if(tensors, [](auto* t) { return t->bytes == 0; });
  const auto start = [](auto* t) { return std::bit_cast<uintptr_t>(t->data); };
  std::sort(tensors.begin(), tensors.end(), [&](auto* a, auto* b) { return start(a) < start(b); });
  const auto overlap = [&](auto* a, auto* b) { return start(a) + a->bytes > start(b); };
  if (const auto pair = std::adjacent_find(tensors.begin(), tensors.end(), overlap); pair != tensors.end()) {
    throw Error(file + ": tensors " + shown(pair[0]->name) + " and " + shown(pair[1]->name) +
                " share memory; copy one of them first");
  }
}

std::string header_text(const std::vector<TensorData>& tensors,
                        const std::map<std::string, std::string>& metadata) {
  JsonWriter json;
  json.begin_object();
  if (!metadata.empty()) {
    json.key(kMetadataKey).begin_object();
    for (const auto& [key, value] : metadata) json.field(key, value);
    json.end_object();
  }
  uint64_t offset = 0;
  for (const TensorData& tensor : tensors) {
    json.key(tensor.name).begin_object().field("dtype", tensor.dtype).key("shape").begin_array();
    for (const uint64_t size : tensor.shape) json.value(size);
    json.end_array().key("data_offsets").begin_array().value(offset).value(offset + tensor.bytes).end_array();
    json.end_object();
    offset += tensor.bytes;
  }
  std::string text = json.end_object().str();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  return text;
}

}  // namespace

void write_safetensors(const std::filesystem::path& path, std::vector<TensorData> tensors,
                       const std::map<std::string, std::string>& metadata) {
  const std::string file = path.string();
  std::vector<const TensorData*> all;
  for (const TensorData& tensor : tensors) {
    check_tensor(file, tensor);
    all.push_back(&tensor);
  }
  check_distinct(file, std::move(all));
  for (const auto& [key, value] : metadata) check_text(file, key), check_text(file, value);

  const auto order = [](const TensorData& t) {
    return std::make_tuple(-dtype_rank(t.dtype), std::string_view(t.name));
  };
  std::sort(tensors.begin(), tensors.end(), [&](auto& a, auto& b) { return order(a) < order(b); });
  const std::string header = header_text(tensors, metadata);
  const uint64_t length = header.size();
  if (length > kMaxSafetensorsHeader) {
    throw Error(file + ": the header would take " + std::to_string(length) + " bytes, at most " +
                std::to_string(kMaxSafetensorsHeader) + " are legal");
  }
  AtomicFile out(path);
  out.write({reinterpret_cast<const char*>(&length), sizeof length});
  out.write(header);
  for (const TensorData& tensor : tensors) out.write({static_cast<const char*>(tensor.data), tensor.bytes});
  out.commit();
}

}  // namespace hone
