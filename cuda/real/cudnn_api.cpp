#include "cuda/real/cudnn_api.h"

#include <dlfcn.h>
#include <fmt/core.h>

#include "core/kernels/attention.h"
#include "core/launch.h"

namespace hone::kernels {
namespace {

constexpr size_t kOldest = 91500;  // the first version whose one-operation attention takes sequence lengths

template <class F>
void find(void* library, F*& function, const char* name) {
  function = library == nullptr ? nullptr : reinterpret_cast<F*>(dlsym(library, name));
}

Cudnn opened() {
  Cudnn c{};
  void* const library = dlopen("libcudnn.so.9", RTLD_NOW | RTLD_LOCAL);
  find(library, c.version, "cudnnGetVersion");
  find(library, c.create, "cudnnCreate");
  find(library, c.destroy_handle, "cudnnDestroy");
  find(library, c.set_stream, "cudnnSetStream");
  find(library, c.last_error, "cudnnGetLastErrorString");
  find(library, c.make, "cudnnBackendCreateDescriptor");
  find(library, c.destroy, "cudnnBackendDestroyDescriptor");
  find(library, c.set, "cudnnBackendSetAttribute");
  find(library, c.get, "cudnnBackendGetAttribute");
  find(library, c.finalize, "cudnnBackendFinalize");
  find(library, c.execute, "cudnnBackendExecute");
  if (library == nullptr) {
    c.missing = "libcudnn.so.9 is not on this machine";
  } else if (c.version == nullptr || c.version() < kOldest) {
    c.missing = fmt::format("cuDNN {} is older than {}", c.version == nullptr ? 0 : c.version(), kOldest);
  }
  return c;
}

}  // namespace

const Cudnn& cudnn() {
  static const Cudnn& functions = *new Cudnn(opened());  // NOLINT: outlives whoever computes at exit
  return functions;
}

void check_cudnn(cudnnStatus_t status, const char* what) {
  if (status == CUDNN_STATUS_SUCCESS) return;
  char reason[1024] = "";
  cudnn().last_error(reason, sizeof reason);
  const char* const kernel = current_op();
  refuse(kernel != nullptr && *kernel != 0 ? kernel : Attention::name,
         fmt::format("cuDNN: {} failed with status {}: {}", what, static_cast<int>(status), reason));
}

}  // namespace hone::kernels
