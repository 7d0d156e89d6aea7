#include "data/torch/torch_zip.h"

#include "core/quote.h"
#include "data/files/model_error.h"

namespace hone {
namespace {

constexpr uint64_t kMaxNote = 64;  // bytes of `version` and `byteorder`

// The members of the archive that torch looks at, by their names inside its one folder.
class TorchArchive {
 public:
  explicit TorchArchive(const ZipFile& zip) : zip_(zip), root_(common_root()) {}

  const ZipMember* find(const std::string& name) const { return zip_.find(root_ + name); }
  const ZipMember& at(const std::string& name) const {
    const ZipMember* member = find(name);
    if (member == nullptr) fail("no member " + shown(root_ + name) + "; is this a file of torch.save()?");
    return *member;
  }
  [[noreturn]] void fail(const std::string& problem) const {
    throw ModelError(zip_.path().string() + ": " + problem);
  }

 private:
  std::string common_root() const {
    std::string root;
    for (const ZipMember& member : zip_.members()) {
      const std::string first = member.name.substr(0, member.name.find('/') + 1);
      if (first.empty() || (!root.empty() && first != root))
        fail("member " + shown(member.name) + " is not in the one folder that a torch file has");
      root = first;
    }
    return root;
  }

  const ZipFile& zip_;
  std::string root_;
};

// `version` is 1 to 10 in all releases so far; the versions differ in the programs they allow, not in
// tensors.
void check_version(const ZipFile& zip, const TorchArchive& archive) {
  std::string version = zip.read(archive.at("version"), kMaxNote);
  version.erase(version.find_last_not_of("\r\n ") + 1);
  const bool single = version.size() == 1 && version[0] >= '1' && version[0] <= '9';
  if (!single && version != "10") archive.fail("version " + shown(version) + ", expected 1 to 10");
}

void check_byte_order(const ZipFile& zip, const TorchArchive& archive) {
  const ZipMember* member = archive.find("byteorder");
  if (member == nullptr) return;  // older files, all little-endian
  const std::string order = zip.read(*member, kMaxNote);
  if (order != "little") archive.fail("byteorder " + shown(order) + ", only little-endian files are read");
}

}  // namespace

std::unique_ptr<const OpenedTorchFile> open_torch_zip(const std::filesystem::path& path) {
  return as_model_error([&] {
    auto result = std::make_unique<OpenedTorchFile>();
    result->container = "torch file (zip container)";
    result->zip = std::make_unique<ZipFile>(ZipFile::open(path));
    const ZipFile& zip = *result->zip;
    const TorchArchive archive(zip);
    const ZipMember& pickle_member = archive.at("data.pkl");
    check_version(zip, archive);
    check_byte_order(zip, archive);
    const std::string where = path.string() + ": data.pkl";
    const Pickle pickle = Pickle::parse(zip.read(pickle_member, Pickle::kMaxBytes), where);
    if (pickle.size() != pickle_member.size)
      throw ModelError(where + ": " + std::to_string(pickle_member.size - pickle.size()) +
                       " bytes after its end");
    result->set_contents(read_torch_contents(pickle, TorchContainer::zip, path.string()), path.string());
    for (const auto& [key, storage] : result->contents.storages) {
      const ZipMember& member = archive.at("data/" + key);
      if (member.size != storage.bytes) {
        archive.fail("member " + shown(member.name) + " has " + std::to_string(member.size) +
                     " bytes, expected " + std::to_string(storage.bytes) + " for " +
                     std::to_string(storage.elements) + " elements of " + storage.dtype);
      }
      result->storages.try_emplace(key, zip, member);
    }
    return std::unique_ptr<const OpenedTorchFile>(std::move(result));
  });
}

}  // namespace hone
