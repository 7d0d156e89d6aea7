#include "apps/cli/errors.h"

#include <filesystem>
#include <new>
#include <string_view>
#include <system_error>

#include "apps/cli/signals.h"

namespace hone {
namespace {

// A setting's name in the library's messages, and the option that sets it in a program.
struct OptionName {
  std::string_view setting, option;
};
constexpr OptionName kOptions[] = {
    {"accumulate", "--accumulate"},
    {"attention", "--attention"},
    {"batch_size", "--batch-size"},
    {"data_dir", "--data"},
    {"device", "--device"},
    {"delimiter", "--delimiter"},
    {"encoding", "--encoding"},
    {"encoding_errors", "--encoding-errors"},
    {"fine_tune", "sst2 or qqp"},
    {"format", "--format"},
    {"label_column", "--label-column"},
    {"learning_rate", "--learning-rate"},
    {"max_length", "--max-length"},
    {"model", "--model"},
    {"new_head", "--new-head"},
    {"recompute", "--recompute"},
    {"text_columns", "--text-column"},
};

bool is_letter(char c) {
  return c == '_' || c == '-' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// The last place where the word stands alone; npos without one.
size_t last_word(std::string_view text, std::string_view word) {
  for (size_t at = text.rfind(word); at != std::string_view::npos;
       at = at == 0 ? std::string_view::npos : text.rfind(word, at - 1)) {
    const size_t end = at + word.size();
    if ((at == 0 || !is_letter(text[at - 1])) && (end == text.size() || !is_letter(text[end]))) return at;
  }
  return std::string_view::npos;
}

}  // namespace

int exit_code(const Error& error) {
  if (const auto* stop = dynamic_cast<const Interrupted*>(&error)) return 128 + stop->signal_number();
  switch (error.kind()) {
    case ErrorKind::usage:
      return 2;
    case ErrorKind::data:
      return 3;
    case ErrorKind::model:
      return 4;
    case ErrorKind::non_finite:
      return 5;
    case ErrorKind::run:
    case ErrorKind::memory:
      return 1;
  }
  return 1;
}

std::string message_of(const std::exception& error) {
  if (const auto* own = dynamic_cast<const Error*>(&error)) return message_of(*own);
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) return "out of memory";
  if (const auto* file = dynamic_cast<const std::filesystem::filesystem_error*>(&error))
    return file->path1().string() + ": " + file->code().message();
  const auto* system = dynamic_cast<const std::system_error*>(&error);
  if (system == nullptr || system->code() != std::errc::resource_unavailable_try_again) return error.what();
  return "no more threads are to be had: " + system->code().message() +
         "; lower --threads, run fewer programs at a time, or raise the limit (ulimit -u)";
}

// Only the last mention of a setting is replaced: a message ends with its advice, and file names before it
// may look like settings.
std::string message_of(const Error& error) {
  std::string text = error.what();
  for (const std::string& setting : error.settings()) {
    for (const auto& [name, option] : kOptions) {
      const size_t at = name == setting ? last_word(text, name) : std::string::npos;
      if (at != std::string::npos) text.replace(at, name.size(), option);
    }
  }
  return text;
}

}  // namespace hone
