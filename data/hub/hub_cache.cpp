#include "data/hub/hub_cache.h"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <vector>

#include <hone/core/error.h>
#include "core/quote.h"
#include "data/files/environment.h"
#include "data/files/files.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

// Files of which a model needs one: any of `names` will do, and messages ask for the first.
struct NeededFile {
  std::vector<const char*> names;
  ModelParts part;
};

const NeededFile kNeededFiles[] = {
    {{"vocab.txt", "tokenizer.json"}, ModelParts::tokenizer},
    {{"config.json"}, ModelParts::config},
    {{"model.safetensors", "model.safetensors.index.json", "pytorch_model.bin",
      "pytorch_model.bin.index.json"},
     ModelParts::weights},
};

// Throws ModelError when the path cannot be looked at.
bool is_folder(const fs::path& path) {
  std::error_code error;
  const bool is = fs::is_directory(path, error);
  if (error == std::errc::permission_denied) throw ModelError(path.string() + ": " + error.message());
  return is;
}

// The first needed file that `folder` lacks; null for a folder that has all.
const char* first_missing(const fs::path& folder, ModelParts needed) {
  for (const NeededFile& file : kNeededFiles) {
    const auto here = [&](const char* name) { return present(folder / name); };
    if (file.part <= needed && std::none_of(file.names.begin(), file.names.end(), here)) return file.names[0];
  }
  return nullptr;
}

bool is_commit(std::string_view text) {
  return text.size() == 40 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool any_segment(std::string_view path, bool (*is_bad)(std::string_view)) {
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    if (is_bad(path.substr(begin, end - begin))) return true;
    begin = end + 1;
  }
  return false;
}

bool steps_outside(std::string_view segment) { return segment.empty() || segment == "." || segment == ".."; }

// The hub's own rule for ids: [org/]name of letters, digits and - _ . , no "--" and no "..".
bool is_hub_id(std::string_view name) {
  const auto legal = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '/';
  };
  const auto bad = [](std::string_view segment) {
    return steps_outside(segment) || segment.front() == '-' || segment.front() == '.' ||
           segment.back() == '-' || segment.back() == '.';
  };
  return name.size() <= 96 && std::all_of(name.begin(), name.end(), legal) &&
         std::count(name.begin(), name.end(), '/') <= 1 && !any_segment(name, bad) &&
         name.find("--") == name.npos && name.find("..") == name.npos;
}

// "models--org--name" under the cache's root.
fs::path repository_folder(const std::string& id) {
  std::string folder = "models--" + id;
  if (const size_t slash = folder.find('/'); slash != std::string::npos) folder.replace(slash, 1, "--");
  return hub_cache_root() / folder;
}

// A revision as one segment of an address: a slash in a branch's name must not look like a folder.
std::string url_segment(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain =
        std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.' || c == '~';
    constexpr char kDigits[] = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    out += plain ? std::string(1, c) : std::string{'%', kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return out;
}

[[noreturn]] void fail_with_help(const std::string& problem, const std::string& id,
                                 const std::string& revision, ModelParts needed) {
  std::string urls, files;
  for (const NeededFile& file : kNeededFiles) {
    if (file.part > needed) continue;
    const std::string separator = urls.empty() ? "" : ", ";
    urls += separator + hub_endpoint() + "/" + id + "/resolve/" + url_segment(revision) + "/" + file.names[0];
    files += separator + file.names[0];
  }
  throw ModelError(problem + "; nothing is downloaded: get " + urls +
                       " (and tokenizer_config.json if there is one), put " + files +
                       " into one folder DIR and pass model DIR",
                   {"model"});
}

ModelLocation resolve_folder(const fs::path& folder, ModelParts needed) {
  const char* missing = first_missing(folder, needed);
  if (missing == nullptr) return {folder, "folder"};
  if (!is_folder(folder / "model")) {
    throw ModelError(folder.string() + ": no " + missing +
                     "; a model folder holds config.json, model.safetensors and vocab.txt");
  }
  missing = first_missing(folder / "model", needed);
  if (missing == nullptr) return {folder / "model", "folder model in it"};
  throw ModelError((folder / "model").string() + ": no " + missing + "; was this model saved completely?");
}

// The commit that a revision names.
std::string read_commit(const std::string& id, const std::string& revision, ModelParts needed) {
  if (is_commit(revision)) return revision;
  const fs::path ref = repository_folder(id) / "refs" / revision;
  if (!present(ref)) {
    fail_with_help("model " + id + ": neither a folder nor in the hub cache: no " + ref.string(), id,
                   revision, needed);
  }
  constexpr uint64_t kMaxRefBytes = 4096;
  std::string commit = read_file_or<ModelError>(ref, kMaxRefBytes);
  commit.erase(commit.find_last_not_of(" \t\r\n") + 1);
  if (!is_commit(commit)) {
    throw ModelError(ref.string() + ": expected a commit of 40 hex digits, found " + shown(commit) +
                     "; remove this file and download the model again");
  }
  return commit;
}

}  // namespace

fs::path hub_cache_root() {
  for (const char* name : {"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"}) {
    if (const auto value = environment(name)) return expand_path(*value);
  }
  if (const auto home = environment("HF_HOME")) return fs::path(expand_path(*home)) / "hub";
  if (const auto cache = environment("XDG_CACHE_HOME")) {
    return fs::path(expand_path(*cache)) / "huggingface" / "hub";
  }
  if (!environment("HOME")) {
    throw ModelError("no place for the hub cache: set HF_HOME, HF_HUB_CACHE or HOME, or pass model DIR",
                     {"model"});
  }
  return fs::path(expand_path("~/.cache/huggingface/hub"));
}

ModelLocation resolve_model(const std::string& name, const std::string& revision, ModelParts needed) {
  if (is_folder(name)) return resolve_folder(name, needed);
  if (present(name))
    throw ModelError(name + ": not a folder; a model is a folder or the name of one on the hub");
  if (!is_hub_id(name))
    throw ModelError("model " + shown(name) + ": no such folder, and not a legal name on the hub");
  if (any_segment(revision, steps_outside) ||
      revision.find_first_of(std::string_view("\\\0", 2)) != revision.npos) {
    throw ModelError("revision " + shown(revision) + ": not a legal name of a branch, tag or commit");
  }
  const std::string commit = read_commit(name, revision, needed);
  const fs::path folder = repository_folder(name) / "snapshots" / commit;
  if (const char* missing = first_missing(folder, needed)) {
    fail_with_help("model " + name + ": not complete in the hub cache: no " + (folder / missing).string(),
                   name, revision, needed);
  }
  return {folder, "hub cache, commit " + commit};
}

}  // namespace hone
