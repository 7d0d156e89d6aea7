// Matrix products by cuBLASLt. A product's plan (descriptors and the algorithm) is kept by its shape, types
// and alignment, so that only the first of a kind pays for the search. The same bits come out of every run:
// of the algorithms that split the sum over k, those that add the parts in the result's place are refused,
// and the rest, which store them apart as they were accumulated and add them in order afterwards, are for
// products of few rows.
#include <cublasLt.h>
#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <tuple>

#include <hone/core/device_options.h>
#include <hone/core/tensor.h>
#include "core/kernels/copy.h"
#include "core/kernels/gemm.h"
#include "cuda/finish_product.h"
#include "cuda/real/check.h"
#include "cuda/stream.h"

namespace hone::kernels {
namespace {

void check(cublasStatus_t status, const char* what) {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  refuse(Gemm::name, fmt::format("cuBLASLt: {}: {}", what, cublasLtGetStatusString(status)));
}

// An object of the library's that is made and destroyed by two functions of it.
template <class T, cublasStatus_t (*destroy)(T)>
class Owned {
 public:
  Owned() = default;
  ~Owned() {
    if (handle_ != nullptr) destroy(handle_);
  }
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  T* out() { return &handle_; }
  operator T() const { return handle_; }  // NOLINT: stands for its handle

 private:
  T handle_ = nullptr;
};

cudaDataType_t type_of(Dtype dtype) {
  return dtype == Dtype::bf16 ? CUDA_R_16BF : (dtype == Dtype::f64 ? CUDA_R_64F : CUDA_R_32F);
}

// The largest power of two, up to 16, that divides an address.
uint32_t alignment_of(const View& v) {
  uint32_t alignment = 16;
  while (reinterpret_cast<uintptr_t>(v.data) % alignment != 0) alignment /= 2;
  return alignment;
}

// The alignment of c and, since it is read along with it, of the bias.
uint32_t result_alignment(const Gemm& g) {
  return g.bias ? std::min(alignment_of(g.c.view), alignment_of(g.bias)) : alignment_of(g.c.view);
}

// A classifier's head and the last layer have products of few rows (one for each sequence and for the
// padding) and long sums: unless these are split, a handful of blocks does all the work. (H200, 33 rows times
// [3072, 768], bf16: 70 us in 3 blocks, 6.7 split.)
bool may_split(const Gemm& g) { return g.m() <= 128 && g.k() >= 256; }

bool uses_tf32(const Gemm& g) { return g.a.dtype == Dtype::f32 && cuda_options(g.a.device.index).tf32; }

// All that a plan depends on.
using Key = std::tuple<int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, Dtype, Dtype, bool, bool, bool,
                       bool, bool, uint32_t, uint32_t, uint32_t>;

Key key_of(const Gemm& g) {
  return {g.m(),
          g.n(),
          g.k(),
          g.a.row_stride,
          g.b.row_stride,
          g.c.view.row_stride,
          g.a.dtype,
          g.c.view.dtype,
          g.transpose_a,
          g.transpose_b,
          bool(g.bias),
          g.c.add,
          uses_tf32(g),
          alignment_of(g.a),
          alignment_of(g.b),
          result_alignment(g)};
}

template <class T>
void set(cublasLtMatmulDesc_t description, cublasLtMatmulDescAttributes_t attribute, const T& value) {
  check(cublasLtMatmulDescSetAttribute(description, attribute, &value, sizeof value), "an attribute");
}

template <class T>
void set(cublasLtMatmulPreference_t preference, cublasLtMatmulPreferenceAttributes_t attribute,
         const T& value) {
  check(cublasLtMatmulPreferenceSetAttribute(preference, attribute, &value, sizeof value), "a preference");
}

// cuBLASLt thinks in columns: a row-major matrix is its transpose to it. So the product is c^T = op(b)^T
// op(a)^T, with b first.
class Plan {
 public:
  Plan(cublasLtHandle_t handle, const Gemm& g, size_t workspace) {
    const Dtype type = g.a.dtype;
    const cublasComputeType_t compute = type == Dtype::f64 ? CUBLAS_COMPUTE_64F
                                        : uses_tf32(g)     ? CUBLAS_COMPUTE_32F_FAST_TF32
                                                           : CUBLAS_COMPUTE_32F;
    check(cublasLtMatmulDescCreate(operation_.out(), compute, type_of(acc_of(type))), "a description");
    set(operation_, CUBLASLT_MATMUL_DESC_TRANSA, g.transpose_b ? CUBLAS_OP_T : CUBLAS_OP_N);
    set(operation_, CUBLASLT_MATMUL_DESC_TRANSB, g.transpose_a ? CUBLAS_OP_T : CUBLAS_OP_N);
    if (g.bias) {
      set(operation_, CUBLASLT_MATMUL_DESC_EPILOGUE, CUBLASLT_EPILOGUE_BIAS);
      set(operation_, CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE, type_of(g.bias.dtype));
      set_bias(g);
    }
    layout(a_, g.a);
    layout(b_, g.b);
    layout(c_, g.c.view);
    choose(handle, g, workspace);
  }

  void run(cublasLtHandle_t handle, const Gemm& g, void* workspace, size_t workspace_bytes,
           cudaStream_t stream) {
    if (g.bias) set_bias(g);
    const double one = 1, beta = g.c.add ? 1 : 0;
    const float one32 = 1, beta32 = g.c.add ? 1.0F : 0.0F;
    const bool wide = g.a.dtype == Dtype::f64;
    const void* alpha_at = wide ? static_cast<const void*>(&one) : &one32;
    const void* beta_at = wide ? static_cast<const void*>(&beta) : &beta32;
    check(cublasLtMatmul(handle, operation_, alpha_at, g.b.data, b_, g.a.data, a_, beta_at, g.c.view.data, c_,
                         g.c.view.data, c_, &algorithm_, workspace, workspace_bytes, stream),
          "the product");
  }

 private:
  void set_bias(const Gemm& g) { set(operation_, CUBLASLT_MATMUL_DESC_BIAS_POINTER, g.bias.data); }

  static void layout(Owned<cublasLtMatrixLayout_t, cublasLtMatrixLayoutDestroy>& out, const View& v) {
    const auto columns = static_cast<uint64_t>(v.columns()), rows = static_cast<uint64_t>(v.rows());
    check(cublasLtMatrixLayoutCreate(out.out(), type_of(v.dtype), columns, rows,
                                     std::max(v.row_stride, v.columns())),
          "a layout");
  }

  void choose(cublasLtHandle_t handle, const Gemm& g, size_t workspace) {
    Owned<cublasLtMatmulPreference_t, cublasLtMatmulPreferenceDestroy> preference;
    check(cublasLtMatmulPreferenceCreate(preference.out()), "a preference");
    set(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, workspace);
    const auto schemes =
        may_split(g) ? CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE : CUBLASLT_REDUCTION_SCHEME_NONE;
    set(preference, CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, static_cast<uint32_t>(schemes));
    set(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, alignment_of(g.b));
    set(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, alignment_of(g.a));
    set(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, result_alignment(g));
    set(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, result_alignment(g));
    cublasLtMatmulHeuristicResult_t found{};
    int count = 0;
    check(cublasLtMatmulAlgoGetHeuristic(handle, operation_, b_, a_, c_, c_, preference, 1, &found, &count),
          "the search");
    if (count == 0) {
      refuse(Gemm::name,
             fmt::format("cuBLASLt has no algorithm for {} times {}", describe(g.a), describe(g.b)));
    }
    algorithm_ = found.algo;
  }

  Owned<cublasLtMatmulDesc_t, cublasLtMatmulDescDestroy> operation_;
  Owned<cublasLtMatrixLayout_t, cublasLtMatrixLayoutDestroy> a_, b_, c_;
  cublasLtMatmulAlgo_t algorithm_{};
};

// One device's handle, workspace and plans. The workspace outlives whatever is being recorded, so it is no
// part of the device's memory.
class Products {
 public:
  explicit Products(int device) {
    use_device(device);
    check(cublasLtCreate(handle_.out()), "starting");
    if (cudaMalloc(&workspace_, kWorkspace) != cudaSuccess)
      throw MemoryError(
          fmt::format("cuda:{}: no room for the {} MiB that products work in", device, kWorkspace >> 20));
  }
  ~Products() { cudaFree(workspace_); }
  Products(const Products&) = delete;
  Products& operator=(const Products&) = delete;

  void run(CudaStream& stream, const Gemm& g) {
    const std::lock_guard lock(mutex_);
    std::unique_ptr<Plan>& plan = plans_[key_of(g)];
    if (!plan) plan = std::make_unique<Plan>(handle_, g, kWorkspace);
    plan->run(handle_, g, workspace_, kWorkspace, static_cast<cudaStream_t>(stream.handle));
  }

 private:
  static constexpr size_t kWorkspace = size_t{32} << 20;  // what NVIDIA recommends for compute capability 9.0

  std::mutex mutex_;
  Owned<cublasLtHandle_t, cublasLtDestroy> handle_;
  void* workspace_ = nullptr;
  std::map<Key, std::unique_ptr<Plan>> plans_;
};

Products& products_of(Device device) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  static auto& all =
      *new std::map<int, std::unique_ptr<Products>>;  // NOLINT: outlives whoever computes at exit
  std::unique_ptr<Products>& one = all[device.index];
  if (!one) one = std::make_unique<Products>(device.index);
  return *one;
}

// cuBLASLt adds a bias of the product's own type only, and none in f64. To a product in bf16 an f32 bias is
// added rounded.
bool adds_bias(const Gemm& g) { return g.bias.dtype == g.c.view.dtype && g.bias.dtype != Dtype::f64; }

void clear(CudaStream& stream, const View& v) {
  const auto unit = static_cast<size_t>(size_of(v.dtype));
  const auto pitch = static_cast<size_t>(v.row_stride) * unit,
             width = static_cast<size_t>(v.columns()) * unit;
  check_cuda(cudaMemset2DAsync(v.data, std::max(pitch, width), 0, width, static_cast<size_t>(v.rows()),
                               static_cast<cudaStream_t>(stream.handle)));
}

}  // namespace

// The cases, in this order: an activation is a kernel of ours after the product; an f32 bias of a bf16
// product is rounded first; a bias that the library does not add is put into every row first; the rest is the
// library's, and of no products (k = 0) only the clearing is left.
void run(CudaStream& stream, const Gemm& g) {
  if (g.m() == 0 || g.n() == 0) return;
  if (g.activation) {
    Gemm product = g;
    product.bias = {};
    product.activation = {};
    run(stream, product);
    return finish_product(stream, g);
  }
  if (g.k() > 0 && g.bias && g.bias.dtype == Dtype::f32 && g.c.view.dtype == Dtype::bf16) {
    const Tensor rounded = Tensor::empty({g.n()}, Dtype::bf16, stream.device);
    run(stream, Copy{.x = g.bias, .out = {.view = rounded}});
    Gemm same = g;
    same.bias = rounded;
    return run(stream, same);
  }
  if (g.bias && (g.k() == 0 || !adds_bias(g))) {
    View every_row = g.bias;
    every_row.shape = {g.m(), g.n()};
    every_row.row_stride = 0;
    run(stream, Copy{.x = every_row, .out = g.c});
    Gemm rest = g;
    rest.bias = {};
    rest.c.add = true;
    return run(stream, rest);
  }
  if (g.k() > 0) return products_of(stream.device).run(stream, g);
  if (!g.c.add) clear(stream, g.c.view);
}

}  // namespace hone::kernels
