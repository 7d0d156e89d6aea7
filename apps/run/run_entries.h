#pragma once

#include <filesystem>
#include <string_view>

namespace hone {

// Throws Error when something in a run's folder has a name that hone gives to its own (lock, model,
// ckpt-00000005) and is not a plain file or folder, as those are, but a link, a FIFO, a device. Opens
// nothing.
void require_plain_entries(const std::filesystem::path& folder);

// Throws Error unless the folder is that of a run of hone's: it holds a run's record or metrics, or a lock
// alone, which a run made that was killed at once. UsageError for a folder of several runs. Changes nothing.
void require_run(const std::filesystem::path& folder);

// The same for a folder of several runs, which may still be empty.
void require_runs(const std::filesystem::path& folder);

// True when --runs wrote this folder: it holds seed-<n>/.
bool holds_runs(const std::filesystem::path& folder);

// True for the name of a file or folder that was being written when its process ended:
// ckpt-00000005.tmp-4711.
bool is_incomplete(std::string_view name);

}  // namespace hone
