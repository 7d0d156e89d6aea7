#pragma once

#include <stdexcept>
#include <string>

namespace hone {

// The base of every exception that hone throws. The message is one line: what failed, where (file and line,
// tensor or key), what was found and what was expected. exit_code() is what a program returns for it.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message, int exit_code = 1)
      : std::runtime_error(message), exit_code_(exit_code) {}
  int exit_code() const { return exit_code_; }

 private:
  int exit_code_;
};

// The user asked for something impossible: an unknown option, a bad value, settings that contradict.
class UsageError : public Error {
 public:
  explicit UsageError(const std::string& message) : Error(message, 2) {}
};

// A data file is missing, malformed or unusable.
class DataError : public Error {
 public:
  explicit DataError(const std::string& message) : Error(message, 3) {}
};

// A model, its config, tokenizer files or weights are missing, malformed or unsupported.
class ModelError : public Error {
 public:
  explicit ModelError(const std::string& message) : Error(message, 4) {}
};

// A device has less memory left than was asked for.
class MemoryError : public Error {
 public:
  explicit MemoryError(const std::string& message) : Error(message, 1) {}
};

// A loss or gradient is NaN or infinite.
class NonFiniteError : public Error {
 public:
  explicit NonFiniteError(const std::string& message) : Error(message, 5) {}
};

}  // namespace hone
