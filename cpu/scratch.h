#pragma once

#include <hone/core/tensor.h>

namespace hone {

// Working memory of a kernel, 64-byte aligned and uninitialised, freed at the end of the scope. The calling
// thread allocates it before the parallel part.
template <class T>
class Scratch {
 public:
  explicit Scratch(int64_t count) : tensor_(Tensor::empty({count}, dtype_of<T>)), data_(tensor_.data<T>()) {}
  T* data() const { return data_; }
  size_t bytes() const { return static_cast<size_t>(tensor_.bytes()); }
  T* operator+(int64_t offset) const { return data_ + offset; }

 private:
  Tensor tensor_;
  T* data_;
};

// Scratch of a number of bytes, for packed numbers.
class ScratchBytes {
 public:
  explicit ScratchBytes(int64_t bytes) : words_((bytes + 3) / 4) {}
  char* data() const { return reinterpret_cast<char*>(words_.data()); }
  size_t bytes() const { return words_.bytes(); }

 private:
  Scratch<float> words_;
};

// Memory that a thread keeps from chunk to chunk.
template <class T>
T* thread_scratch(int64_t count) {
  thread_local std::vector<T> buffer;
  if (static_cast<int64_t>(buffer.size()) < count) buffer.resize(static_cast<size_t>(count));
  return buffer.data();
}

}  // namespace hone
