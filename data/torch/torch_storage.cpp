#include "data/torch/torch_storage.h"

#include <cstring>

#include "core/quote.h"
#include "data/files/model_error.h"

namespace hone {

void TorchStorage::read(uint64_t offset, std::span<std::byte> out) const {
  as_model_error([&] {
    if (file_ != nullptr) return file_->read(begin_ + offset, out);
    std::call_once(checked_, [&] {
      if (member_->deflated) {
        inflated_ = zip_->read(*member_, ZipFile::kMaxInflated);
      } else {
        zip_->check_stored(*member_);
      }
    });
    if (!member_->deflated) return zip_->read_stored(*member_, offset, out);
    std::memcpy(out.data(), inflated_.data() + offset, out.size());
  });
}

void OpenedTorchFile::set_contents(TorchContents found, const std::string& path) {
  contents = std::move(found);
  if (contents.wrapper.empty()) return;
  warnings.push_back(path + ": the tensors are those of its " + shown(contents.wrapper) +
                     "; the rest is ignored");
}

}  // namespace hone
