#pragma once

#include <filesystem>
#include <span>
#include <string_view>

namespace hone {

// A folder that appears, complete, under its name at commit() or not at all. Until then its files are written
// to a temporary folder beside it, which the destructor removes. At commit the two change places in one step
// where the file system can do that, otherwise the older one is renamed aside and comes back on failure.
//
// Only files named in `files` are ever removed: an existing folder that holds anything else is refused at
// once. Errors are hone::Error with the path and the system's text.
class FolderSwap {
 public:
  FolderSwap(std::filesystem::path folder, std::span<const std::string_view> files);
  FolderSwap(const FolderSwap&) = delete;
  FolderSwap& operator=(const FolderSwap&) = delete;
  ~FolderSwap();

  const std::filesystem::path& temporary() const { return temporary_; }
  void commit();

 private:
  void check_replaceable() const;

  std::filesystem::path folder_, temporary_;
  std::span<const std::string_view> files_;
};

// Removes these files of a folder, in their order, and the folder when nothing else is in it. A link to a
// folder is left alone, with all that lies behind it. Best effort: a leftover is untidy, not wrong.
void remove_folder(const std::filesystem::path& folder, std::span<const std::string_view> files);

// Renames the folder `ready` to `folder`, where an older one may stand; the older one's content is afterwards
// in `ready` or `aside`. `exchange` false skips the exchange in one step, for file systems without it.
void replace_folder(const std::filesystem::path& ready, const std::filesystem::path& folder,
                    const std::filesystem::path& aside, bool exchange = true);

}  // namespace hone
