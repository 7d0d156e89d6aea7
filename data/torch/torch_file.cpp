#include "data/torch/torch_file.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "core/quote.h"
#include "data/files/model_error.h"
#include "data/safetensors/tensor_values.h"
#include "data/torch/torch_legacy.h"
#include "data/torch/torch_storage.h"
#include "data/torch/torch_zip.h"

namespace hone {
namespace {

// Calls element(position, to) for each element of a tensor of any strides, in row-major order. `position`
// counts elements from the tensor's first one in its storage; `to` are the element's bytes in `out`.
template <class F>
void each_element(const TorchTensor& tensor, size_t width, std::span<std::byte> out, const F& element) {
  const auto& shape = tensor.info.shape;
  std::array<uint64_t, 8> index{};
  uint64_t at = 0;
  for (size_t written = 0; written < out.size(); written += width) {
    element(at, out.subspan(written, width));
    for (size_t dim = shape.size(); dim-- > 0;) {
      at += tensor.stride[dim];
      if (++index[dim] < shape[dim]) break;
      at -= tensor.stride[dim] * shape[dim];
      index[dim] = 0;
    }
  }
}

// Reads a tensor's bytes row-major, whatever its strides.
class TensorBytes {
 public:
  TensorBytes(const TorchTensor& tensor, const TorchStorage& storage)
      : tensor_(tensor),
        storage_(storage),
        width_(static_cast<size_t>(bits_of_dtype(tensor.info.dtype)) / 8) {}

  void read(uint64_t offset, std::span<std::byte> out) {
    if (out.empty()) return;
    if (tensor_.is_contiguous()) return storage_.read(tensor_.offset * width_ + offset, out);
    if (gathered_.empty()) gather_all();
    std::ranges::copy(std::span(gathered_).subspan(offset, out.size()), out.begin());
  }

 private:
  // A tensor whose elements lie scattered over a much larger stretch is read element by element, so that the
  // work is bounded by the tensor's own size.
  void gather_all() {
    constexpr uint64_t kScattered = 8;
    gathered_.resize(tensor_.info.end);
    if (tensor_.span() / kScattered > tensor_.info.elements()) {
      return each_element(tensor_, width_, gathered_,
                          [&](uint64_t at, auto to) { storage_.read((tensor_.offset + at) * width_, to); });
    }
    std::vector<std::byte> bytes(tensor_.span() * width_);
    storage_.read(tensor_.offset * width_, bytes);
    each_element(tensor_, width_, gathered_,
                 [&](uint64_t at, auto to) { std::memcpy(to.data(), &bytes[at * width_], width_); });
  }

  const TorchTensor& tensor_;
  const TorchStorage& storage_;
  size_t width_;
  std::vector<std::byte> gathered_;
};

TensorBytes bytes_of(const OpenedTorchFile& file, const TensorInfo& info) {
  const auto name = [](const TorchTensor& tensor) -> const std::string& { return tensor.info.name; };
  const auto at = std::ranges::lower_bound(file.contents.tensors, info.name, {}, name);
  if (at == file.contents.tensors.end() || at->info.name != info.name)
    throw Error("tensor " + shown(info.name) + " is not of this file");
  return TensorBytes(*at, file.storages.at(at->storage));
}

std::string first_bytes(const std::filesystem::path& path) {
  constexpr size_t kTarEnd = 262;
  return as_model_error([&] {
    const InputFile file(path);
    std::string bytes(static_cast<size_t>(std::min<uint64_t>(kTarEnd, file.size())), '\0');
    file.read(0, std::as_writable_bytes(std::span(bytes)));
    return bytes;
  });
}

std::unique_ptr<const OpenedTorchFile> open_container(const std::filesystem::path& path) {
  const std::string bytes = first_bytes(path);
  if (bytes.starts_with("PK\3\4")) return open_torch_zip(path);
  if (bytes.starts_with("\x80\x02\x8a\x0a")) return open_torch_legacy(path);
  if (bytes.ends_with("ustar")) {
    throw ModelError(
        path.string() +
        ": a tar file, which torch wrote in 2017, is not read; load and save it again with torch");
  }
  throw ModelError(path.string() +
                   ": not a torch file: it begins neither like a zip archive nor like a pickle of torch");
}

}  // namespace

TorchFile TorchFile::open(const std::filesystem::path& path) {
  TorchFile result;
  result.path_ = path;
  result.file_ = open_container(path);
  for (const TorchTensor& tensor : result.file_->contents.tensors) result.infos_.push_back(tensor.info);
  return result;
}

const std::string& TorchFile::container() const { return file_->container; }

const std::vector<std::string>& TorchFile::warnings() const { return file_->warnings; }

const TensorInfo* TorchFile::find(std::string_view name) const {
  const auto at =
      std::ranges::lower_bound(infos_, name, {}, [](auto& info) -> std::string_view { return info.name; });
  return at == infos_.end() || at->name != name ? nullptr : &*at;
}

uint64_t TorchFile::stored_elements() const {
  uint64_t total = 0;
  for (const auto& [key, storage] : file_->contents.storages) total += storage.elements;
  return total;
}

void TorchFile::read_f32(const TensorInfo& tensor, std::span<float> out) const {
  TensorBytes bytes = bytes_of(*file_, tensor);
  read_tensor(
      tensor, path_.string(), [&](uint64_t offset, auto part) { bytes.read(offset, part); }, out);
}

void TorchFile::read_bytes(const TensorInfo& tensor, std::span<std::byte> out) const {
  if (out.size() != tensor.end) {
    throw Error(path_.string() + ": tensor " + shown(tensor.name) + " has " + std::to_string(tensor.end) +
                " bytes, asked for " + std::to_string(out.size()));
  }
  bytes_of(*file_, tensor).read(0, out);
}

}  // namespace hone
