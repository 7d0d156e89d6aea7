#include "data/torch/torch_legacy.h"

#include <algorithm>

#include "core/quote.h"
#include "data/files/model_error.h"

namespace hone {
namespace {

using Kind = PickleKind;

constexpr size_t kFirstChunk = 64 << 10;
// The first pickle: the integer 0x1950a86a20f9469cfc6c.
constexpr std::string_view kMagic("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e", 15);

// Reads the stream from its beginning.
class LegacyReader {
 public:
  LegacyReader(const InputFile& file, OpenedTorchFile& out) : file_(file), out_(out) {}

  void run() {
    check_magic();
    check_protocol(next_pickle());
    check_system(next_pickle());
    const std::string path = file_.path().string();
    out_.set_contents(read_torch_contents(next_pickle(), TorchContainer::legacy, path), path);
    for (const std::string& key : storage_keys(next_pickle())) read_storage(key);
    check_all_are_there();
    if (at_ != file_.size()) {
      out_.warnings.push_back(file_.path().string() + ": " + std::to_string(file_.size() - at_) +
                              " bytes after the last storage are ignored");
    }
  }

 private:
  [[noreturn]] void fail(const std::string& problem) const {
    throw ModelError(file_.path().string() + ": " + problem);
  }

  void check_magic() {
    std::string bytes(kMagic.size(), '\0');
    file_.read(0, std::as_writable_bytes(std::span(bytes)));
    if (bytes != kMagic) fail("not a torch file: it does not begin with torch's number");
    at_ = kMagic.size();
  }

  // Pickles do not tell their size, so bytes are read when the reader asks for them.
  Pickle next_pickle() {
    const Pickle::More more = [this](std::string& bytes) {
      const uint64_t left = file_.size() - at_ - bytes.size();
      const size_t count = static_cast<size_t>(std::min<uint64_t>(left, std::max(kFirstChunk, bytes.size())));
      const size_t had = bytes.size();
      bytes.resize(had + count);
      file_.read(at_ + had, std::as_writable_bytes(std::span(bytes).subspan(had)));
      return count > 0;
    };
    Pickle pickle = Pickle::parse({}, file_.path().string(), at_, more);
    at_ += pickle.size();
    return pickle;
  }

  void check_protocol(const Pickle& pickle) const {
    const PickleValue& root = pickle.root();
    if (!root.is(Kind::integer) || root.number != kProtocol) fail("not torch's protocol 1001");
  }

  // The value of a text key in a dict; None when absent.
  static PickleValue get(const Pickle& pickle, const PickleValue& dict, std::string_view key) {
    if (!dict.is(Kind::dict)) return {};
    const auto items = pickle.items(dict);
    for (size_t i = 0; i < items.size(); i += 2) {
      if (items[i].is(Kind::text) && pickle.text(items[i]) == key) return items[i + 1];
    }
    return {};
  }

  void check_system(const Pickle& pickle) const {
    const auto number = [&](const PickleValue& dict, const char* key) {
      const PickleValue value = get(pickle, dict, key);
      return value.is(Kind::integer) ? value.number : -1;
    };
    const PickleValue little = get(pickle, pickle.root(), "little_endian");
    if (!little.is(Kind::boolean)) fail("it does not say whether it is little-endian");
    if (little.number == 0) fail("big-endian, only little-endian files are read");
    if (number(pickle.root(), "protocol_version") != kProtocol) fail("not torch's protocol 1001");
    const PickleValue sizes = get(pickle, pickle.root(), "type_sizes");
    if (number(sizes, "short") != 2 || number(sizes, "int") != 4 || number(sizes, "long") != 4)
      fail("its type_sizes are not short 2, int 4, long 4");
  }

  std::vector<std::string> storage_keys(const Pickle& pickle) const {
    if (!pickle.root().is(Kind::list)) fail("no list of storages after the tensors");
    std::vector<std::string> keys;
    for (const PickleValue& key : pickle.items(pickle.root())) {
      if (!key.is(Kind::text))
        fail(std::string("a storage's key is ") + name_of(key.kind) + ", expected a string");
      keys.emplace_back(pickle.text(key));
      if (!out_.contents.storages.contains(keys.back()))
        fail("storage " + shown(keys.back()) + " belongs to no tensor");
    }
    return keys;
  }

  void read_storage(const std::string& key) {
    const TorchStorageInfo& storage = out_.contents.storages.at(key);
    int64_t elements = 0;
    file_.read(at_, std::as_writable_bytes(std::span(&elements, 1)));
    if (static_cast<uint64_t>(elements) != storage.elements) {
      fail("storage " + key + " has " + std::to_string(elements) + " elements, its tensors say " +
           std::to_string(storage.elements));
    }
    at_ += sizeof elements;
    if (storage.bytes > file_.size() - at_) {
      fail("ends in storage " + key + ": " + std::to_string(storage.bytes) + " bytes expected from byte " +
           std::to_string(at_) + " on, the file has " + std::to_string(file_.size()) + "; download it again");
    }
    const bool is_new = out_.storages.try_emplace(key, file_, at_).second;
    if (!is_new) fail("storage " + key + " is twice in the list of storages");
    at_ += storage.bytes;
  }

  void check_all_are_there() const {
    for (const auto& [key, storage] : out_.contents.storages) {
      if (!out_.storages.contains(key)) fail("storage " + key + " is not in the list of storages");
    }
  }

  static constexpr int64_t kProtocol = 1001;

  const InputFile& file_;
  OpenedTorchFile& out_;
  uint64_t at_ = 0;
};

}  // namespace

std::unique_ptr<const OpenedTorchFile> open_torch_legacy(const std::filesystem::path& path) {
  return as_model_error([&] {
    auto result = std::make_unique<OpenedTorchFile>();
    result->container = "torch file (legacy stream)";
    result->file = std::make_unique<InputFile>(path);
    LegacyReader(*result->file, *result).run();
    return std::unique_ptr<const OpenedTorchFile>(std::move(result));
  });
}

}  // namespace hone
