#pragma once

#include <cudnn_backend.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

// cuDNN's backend API as C++: its functions, found when the library is first wanted, and its objects.
namespace hone::kernels {

// The functions used of the library.
struct Cudnn {
  decltype(&cudnnGetVersion) version;
  decltype(&cudnnCreate) create;
  decltype(&cudnnDestroy) destroy_handle;
  decltype(&cudnnSetStream) set_stream;
  decltype(&cudnnGetLastErrorString) last_error;
  decltype(&cudnnBackendCreateDescriptor) make;
  decltype(&cudnnBackendDestroyDescriptor) destroy;
  decltype(&cudnnBackendSetAttribute) set;
  decltype(&cudnnBackendGetAttribute) get;
  decltype(&cudnnBackendFinalize) finalize;
  decltype(&cudnnBackendExecute) execute;
  std::string missing;  // why they cannot be used; "" where they can
};
const Cudnn& cudnn();

// Throws Error, with the library's own words, unless all is well.
void check_cudnn(cudnnStatus_t status, const char* what);

// The library's word for a type of C++.
template <class T>
constexpr cudnnBackendAttributeType_t kTypeOf;
template <>
constexpr auto kTypeOf<int64_t> = CUDNN_TYPE_INT64;
template <>
constexpr auto kTypeOf<bool> = CUDNN_TYPE_BOOLEAN;
template <>
constexpr auto kTypeOf<char> = CUDNN_TYPE_CHAR;
template <>
constexpr auto kTypeOf<void*> = CUDNN_TYPE_VOID_PTR;
template <>
constexpr auto kTypeOf<cudnnHandle_t> = CUDNN_TYPE_HANDLE;
template <>
constexpr auto kTypeOf<cudnnDataType_t> = CUDNN_TYPE_DATA_TYPE;
template <>
constexpr auto kTypeOf<cudnnPointwiseMode_t> = CUDNN_TYPE_POINTWISE_MODE;
template <>
constexpr auto kTypeOf<cudnnReduceTensorOp_t> = CUDNN_TYPE_REDUCTION_OPERATOR_TYPE;
template <>
constexpr auto kTypeOf<cudnnBackendHeurMode_t> = CUDNN_TYPE_HEUR_MODE;
template <>
constexpr auto kTypeOf<cudnnBackendNumericalNote_t> = CUDNN_TYPE_NUMERICAL_NOTE;

// An object of the backend API: made, given attributes, and finished before use.
class Descriptor {
 public:
  explicit Descriptor(cudnnBackendDescriptorType_t type) {
    cudnnBackendDescriptor_t made = nullptr;
    check_cudnn(cudnn().make(type, &made), "a descriptor");
    handle_.reset(made);
  }

  template <class T>
  Descriptor& set(cudnnBackendAttributeName_t name, const std::vector<T>& values) {
    check_cudnn(
        cudnn().set(handle_.get(), name, kTypeOf<T>, static_cast<int64_t>(values.size()), values.data()),
        "an attribute");
    return *this;
  }
  template <class T>
  Descriptor& set(cudnnBackendAttributeName_t name, const T& value) {
    check_cudnn(cudnn().set(handle_.get(), name, kTypeOf<T>, 1, &value), "an attribute");
    return *this;
  }
  Descriptor& set(cudnnBackendAttributeName_t name, const Descriptor& other) {
    cudnnBackendDescriptor_t raw = other.handle_.get();
    check_cudnn(cudnn().set(handle_.get(), name, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &raw), "an attribute");
    return *this;
  }
  Descriptor& set(cudnnBackendAttributeName_t name, const std::vector<Descriptor>& others) {
    std::vector<cudnnBackendDescriptor_t> raw;
    for (const Descriptor& one : others) raw.push_back(one.handle_.get());
    check_cudnn(cudnn().set(handle_.get(), name, CUDNN_TYPE_BACKEND_DESCRIPTOR,
                            static_cast<int64_t>(raw.size()), raw.data()),
                "an attribute");
    return *this;
  }
  cudnnStatus_t try_to_finish() { return cudnn().finalize(handle_.get()); }
  Descriptor finished(const char* what) && {
    check_cudnn(try_to_finish(), what);
    return std::move(*this);
  }

  // At most as many values as `out` has; how many there were.
  template <class T>
  int64_t get(cudnnBackendAttributeName_t name, std::vector<T>& out) const {
    int64_t count = 0;
    check_cudnn(
        cudnn().get(handle_.get(), name, kTypeOf<T>, static_cast<int64_t>(out.size()), &count, out.data()),
        "reading an attribute");
    return count;
  }
  int64_t get(cudnnBackendAttributeName_t name, std::vector<Descriptor>& out) const {
    std::vector<cudnnBackendDescriptor_t> raw;
    for (const Descriptor& one : out) raw.push_back(one.handle_.get());
    int64_t count = 0;
    check_cudnn(cudnn().get(handle_.get(), name, CUDNN_TYPE_BACKEND_DESCRIPTOR,
                            static_cast<int64_t>(raw.size()), &count, raw.data()),
                "reading an attribute");
    return count;
  }
  cudnnBackendDescriptor_t raw() const { return handle_.get(); }

 private:
  struct Destroy {
    void operator()(void* made) const { cudnn().destroy(made); }
  };
  std::unique_ptr<void, Destroy> handle_;
};

}  // namespace hone::kernels
