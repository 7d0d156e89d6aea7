#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace hone {

// Whose fault an error is, for a program that answers each kind in its own way.
enum class ErrorKind {
  run,        // a file cannot be written, a device is missing, the library was called in the wrong order
  usage,      // the caller asked for something impossible
  data,       // a data file cannot be used
  model,      // a model cannot be used
  memory,     // a device has too little memory left
  non_finite  // numbers became NaN or infinite
};

// The base of every exception that hone throws. The message is one line: what failed, where (file and line,
// tensor or key), what was found, what was expected and what would help. Settings that it speaks of have
// their names in the library there, `max_length`; settings() lists them, so that a program can put its own
// names for them into the message.
class Error : public std::runtime_error {
 public:
  using Settings = std::vector<std::string>;

  explicit Error(const std::string& message, Settings settings = {})
      : Error(ErrorKind::run, message, std::move(settings)) {}
  ErrorKind kind() const { return kind_; }
  const Settings& settings() const { return settings_; }

 protected:
  Error(ErrorKind kind, const std::string& message, Settings settings)
      : std::runtime_error(message), kind_(kind), settings_(std::move(settings)) {}

 private:
  ErrorKind kind_;
  Settings settings_;
};

// The caller asked for something impossible: an unknown option, a bad value, settings that contradict.
class UsageError : public Error {
 public:
  explicit UsageError(const std::string& message, Settings settings = {})
      : Error(ErrorKind::usage, message, std::move(settings)) {}
};

// A data file is missing, malformed or unusable.
class DataError : public Error {
 public:
  explicit DataError(const std::string& message, Settings settings = {})
      : Error(ErrorKind::data, message, std::move(settings)) {}
};

// A model, its config, tokenizer files or weights are missing, malformed or unsupported.
class ModelError : public Error {
 public:
  explicit ModelError(const std::string& message, Settings settings = {})
      : Error(ErrorKind::model, message, std::move(settings)) {}
};

// A device has less memory left than was asked for.
class MemoryError : public Error {
 public:
  explicit MemoryError(const std::string& message, Settings settings = {})
      : Error(ErrorKind::memory, message, std::move(settings)) {}
};

// A loss or gradient is NaN or infinite.
class NonFiniteError : public Error {
 public:
  explicit NonFiniteError(const std::string& message, Settings settings = {})
      : Error(ErrorKind::non_finite, message, std::move(settings)) {}
};

}  // namespace hone
