#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "data/files/zip.h"
#include "data/torch/torch_tensors.h"

namespace hone {

// The bytes of one storage of a torch file: a part of the file, or a member of a zip archive, whose CRC is
// checked before its first byte is read. The file or archive outlives it. Failures are ModelErrors; reading
// from several threads at once is fine.
class TorchStorage {
 public:
  TorchStorage(const InputFile& file, uint64_t begin) : file_(&file), begin_(begin) {}
  TorchStorage(const ZipFile& zip, const ZipMember& member) : zip_(&zip), member_(&member) {}

  void read(uint64_t offset, std::span<std::byte> out) const;

 private:
  const InputFile* file_ = nullptr;
  uint64_t begin_ = 0;
  const ZipFile* zip_ = nullptr;
  const ZipMember* member_ = nullptr;
  mutable std::once_flag checked_;
  mutable std::string inflated_;  // all bytes of a deflated member, after its first use
};

// An opened container: the tensors that it describes and the places of their bytes.
struct OpenedTorchFile {
  std::string container;  // for people
  TorchContents contents;
  std::map<std::string, TorchStorage> storages;  // by key
  std::vector<std::string> warnings;
  std::unique_ptr<InputFile> file;  // the legacy stream's
  std::unique_ptr<ZipFile> zip;

  // Sets the contents, with a warning where they stand in a dict in the file's.
  void set_contents(TorchContents found, const std::string& path);
};

}  // namespace hone
