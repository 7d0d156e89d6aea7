#include "data/hub/tensor_file.h"

#include <algorithm>

#include "data/files/files.h"
#include "data/files/model_error.h"

namespace hone {

TensorFile TensorFile::open(const std::filesystem::path& path, Format format) {
  if (format == Format::torch) return TensorFile(TorchFile::open(path));
  return TensorFile(SafetensorsFile::open(path));
}

TensorFile::Format TensorFile::format_of(const std::filesystem::path& path) {
  constexpr uint64_t kSignatureBytes = 4;
  return as_model_error([&] {
    const InputFile file(path);
    std::string bytes(std::min(file.size(), kSignatureBytes), '\0');
    file.read(0, std::as_writable_bytes(std::span(bytes)));
    const std::string extension = path.extension().string();
    const bool torch = bytes == "PK\3\4" || bytes.starts_with("\x80\x02") || extension == ".bin" ||
                       extension == ".pt" || extension == ".pth";
    return torch && extension != ".safetensors" ? Format::torch : Format::safetensors;
  });
}

const std::filesystem::path& TensorFile::path() const {
  return std::visit([](const auto& file) -> const std::filesystem::path& { return file.path(); }, file_);
}

std::string TensorFile::kind() const {
  const auto* torch = std::get_if<TorchFile>(&file_);
  return torch != nullptr ? torch->container() : "safetensors file";
}

const std::vector<TensorInfo>& TensorFile::tensors() const {
  return std::visit([](const auto& file) -> const std::vector<TensorInfo>& { return file.tensors(); }, file_);
}

const TensorInfo* TensorFile::find(std::string_view name) const {
  return std::visit([&](const auto& file) { return file.find(name); }, file_);
}

std::map<std::string, std::string> TensorFile::metadata() const {
  const auto* safetensors = std::get_if<SafetensorsFile>(&file_);
  return safetensors != nullptr ? safetensors->metadata() : std::map<std::string, std::string>();
}

const std::vector<std::string>& TensorFile::warnings() const {
  static const std::vector<std::string> none;
  const auto* torch = std::get_if<TorchFile>(&file_);
  return torch != nullptr ? torch->warnings() : none;
}

uint64_t TensorFile::stored_elements() const {
  if (const auto* torch = std::get_if<TorchFile>(&file_)) return torch->stored_elements();
  uint64_t total = 0;
  for (const TensorInfo& tensor : tensors()) total += tensor.elements();
  return total;
}

void TensorFile::read_f32(const TensorInfo& tensor, std::span<float> out) const {
  std::visit([&](const auto& file) { file.read_f32(tensor, out); }, file_);
}

void TensorFile::read_bytes(const TensorInfo& tensor, std::span<std::byte> out) const {
  std::visit([&](const auto& file) { file.read_bytes(tensor, out); }, file_);
}

}  // namespace hone
