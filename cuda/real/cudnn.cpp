// cuDNN's attention through its backend API, as one operation over packed sequences ("ragged" tensors). The
// library is opened when first wanted, so that programs start, and compute, on machines without it.
#include <cudnn_backend.h>
#include <dlfcn.h>
#include <fmt/format.h>

#include <cmath>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/kernels/copy.h"
#include "core/tensor.h"
#include "cuda/cudnn.h"
#include "cuda/settings.h"
#include "cuda/stream.h"

namespace hone {
namespace {

constexpr size_t kOldest = 91500;  // the first version whose one-operation attention takes sequence lengths

// The functions used of the library.
struct Cudnn {
  void* library = dlopen("libcudnn.so.9", RTLD_NOW | RTLD_LOCAL);
  decltype(&cudnnGetVersion) version = find<decltype(&cudnnGetVersion)>("cudnnGetVersion");
  decltype(&cudnnCreate) create = find<decltype(&cudnnCreate)>("cudnnCreate");
  decltype(&cudnnDestroy) destroy_handle = find<decltype(&cudnnDestroy)>("cudnnDestroy");
  decltype(&cudnnSetStream) set_stream = find<decltype(&cudnnSetStream)>("cudnnSetStream");
  decltype(&cudnnGetLastErrorString) last_error =
      find<decltype(&cudnnGetLastErrorString)>("cudnnGetLastErrorString");
  decltype(&cudnnBackendCreateDescriptor) make =
      find<decltype(&cudnnBackendCreateDescriptor)>("cudnnBackendCreateDescriptor");
  decltype(&cudnnBackendDestroyDescriptor) destroy =
      find<decltype(&cudnnBackendDestroyDescriptor)>("cudnnBackendDestroyDescriptor");
  decltype(&cudnnBackendSetAttribute) set =
      find<decltype(&cudnnBackendSetAttribute)>("cudnnBackendSetAttribute");
  decltype(&cudnnBackendGetAttribute) get =
      find<decltype(&cudnnBackendGetAttribute)>("cudnnBackendGetAttribute");
  decltype(&cudnnBackendFinalize) finalize = find<decltype(&cudnnBackendFinalize)>("cudnnBackendFinalize");
  decltype(&cudnnBackendExecute) execute = find<decltype(&cudnnBackendExecute)>("cudnnBackendExecute");

  std::string missing() const {
    if (library == nullptr) return "libcudnn.so.9 is not on this machine";
    if (version == nullptr || version() < kOldest)
      return fmt::format("cuDNN {} is older than {}", version == nullptr ? 0 : version(), kOldest);
    return "";
  }

 private:
  template <class F>
  F find(const char* name) const {
    return library == nullptr ? nullptr : reinterpret_cast<F>(dlsym(library, name));
  }
};

const Cudnn& cudnn() {
  static const Cudnn& functions = *new Cudnn;  // NOLINT: outlives whoever computes at exit
  return functions;
}

void check(cudnnStatus_t status, const char* what) {
  if (status == CUDNN_STATUS_SUCCESS) return;
  char reason[1024] = "";
  cudnn().last_error(reason, sizeof reason);
  refuse(Attention::name,
         fmt::format("cuDNN: {} failed with status {}: {}", what, static_cast<int>(status), reason));
}

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
constexpr auto kTypeOf<cudnnBackendHeurMode_t> = CUDNN_TYPE_HEUR_MODE;
template <>
constexpr auto kTypeOf<cudnnBackendNumericalNote_t> = CUDNN_TYPE_NUMERICAL_NOTE;

// An object of the backend API: made, given attributes, and finished before use.
class Descriptor {
 public:
  explicit Descriptor(cudnnBackendDescriptorType_t type) {
    cudnnBackendDescriptor_t made = nullptr;
    check(cudnn().make(type, &made), "a descriptor");
    handle_.reset(made);
  }

  template <class T>
  Descriptor& set(cudnnBackendAttributeName_t name, const std::vector<T>& values) {
    check(cudnn().set(handle_.get(), name, kTypeOf<T>, static_cast<int64_t>(values.size()), values.data()),
          "an attribute");
    return *this;
  }
  template <class T>
  Descriptor& set(cudnnBackendAttributeName_t name, const T& value) {
    check(cudnn().set(handle_.get(), name, kTypeOf<T>, 1, &value), "an attribute");
    return *this;
  }
  Descriptor& set(cudnnBackendAttributeName_t name, const Descriptor& other) {
    cudnnBackendDescriptor_t raw = other.handle_.get();
    check(cudnn().set(handle_.get(), name, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &raw), "an attribute");
    return *this;
  }
  cudnnStatus_t try_to_finish() { return cudnn().finalize(handle_.get()); }
  Descriptor finished(const char* what) && {
    check(try_to_finish(), what);
    return std::move(*this);
  }

  // At most as many values as `out` has; how many there were.
  template <class T>
  int64_t get(cudnnBackendAttributeName_t name, std::vector<T>& out) const {
    int64_t count = 0;
    check(cudnn().get(handle_.get(), name, kTypeOf<T>, static_cast<int64_t>(out.size()), &count, out.data()),
          "reading an attribute");
    return count;
  }
  int64_t get(cudnnBackendAttributeName_t name, std::vector<Descriptor>& out) const {
    std::vector<cudnnBackendDescriptor_t> raw;
    for (const Descriptor& one : out) raw.push_back(one.handle_.get());
    int64_t count = 0;
    check(cudnn().get(handle_.get(), name, CUDNN_TYPE_BACKEND_DESCRIPTOR, static_cast<int64_t>(raw.size()),
                      &count, raw.data()),
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

// The tensors of the operation, by the numbers that cuDNN knows them by.
enum Id : int64_t { kQ = 1, kK, kV, kOut, kLse, kScale };
constexpr int64_t kRagged = 100;  // the first of ragged_rows()

Descriptor tensor(int64_t id, cudnnDataType_t type, const std::vector<int64_t>& shape,
                  const std::vector<int64_t>& strides, const Descriptor* starts = nullptr) {
  Descriptor d(CUDNN_BACKEND_TENSOR_DESCRIPTOR);
  d.set(CUDNN_ATTR_TENSOR_UNIQUE_ID, id)
      .set(CUDNN_ATTR_TENSOR_DATA_TYPE, type)
      .set(CUDNN_ATTR_TENSOR_DIMENSIONS, shape)
      .set(CUDNN_ATTR_TENSOR_STRIDES, strides)
      .set(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, int64_t{type == CUDNN_DATA_BFLOAT16 ? 16 : 4});
  if (starts != nullptr) d.set(CUDNN_ATTR_TENSOR_RAGGED_OFFSET_DESC, *starts);
  if (id == kScale) d.set(CUDNN_ATTR_TENSOR_IS_BY_VALUE, true);
  return std::move(d).finished("describing a tensor");
}

// What a plan is made for: at least as many sequences and tokens as there are, so that few plans serve many
// batches.
struct Bucket {
  int64_t sequences, queries, keys;  // the last two of the longest sequence

  explicit Bucket(const Attention& k)
      : sequences(rounded_up(k.query_lens.count(), 16)),
        queries(k.query_lens.longest() == 1 ? 1 : rounded_up(k.query_lens.longest(), 64)),
        keys(rounded_up(k.key_lens.longest(), 64)) {}

 private:
  static int64_t rounded_up(int64_t n, int64_t unit) { return (n + unit - 1) / unit * unit; }
};

// The operation graph of one attention over `k`'s sequences, [sequences, heads, longest, head_dim] to cuDNN.
// It writes lse as [tokens, heads].
Descriptor graph_of(const Attention& k, cudnnHandle_t handle) {
  const Bucket bucket(k);
  const int64_t sequences = bucket.sequences, dim = k.head_dim();
  const auto numbers = [&](int64_t id, int64_t count) {
    return tensor(id, CUDNN_DATA_INT32, {count, 1, 1, 1}, {1, 1, 1, 1});
  };
  const auto starts = [&](RaggedRow row) { return numbers(kRagged + row, sequences + 1); };
  const auto rows = [&](Id id, const View& v, RaggedRow row, int64_t longest) {
    const Descriptor begins = starts(row);
    return tensor(id, CUDNN_DATA_BFLOAT16, {sequences, k.heads, longest, dim},
                  {longest * v.row_stride, dim, v.row_stride, 1}, &begins);
  };
  const Descriptor lse_starts = starts(kLseStart);
  Descriptor operation(CUDNN_BACKEND_OPERATION_SDPA_FWD_DESCRIPTOR);
  operation.set(CUDNN_ATTR_OPERATION_SDPA_FWD_QDESC, rows(kQ, k.q, kQStart, bucket.queries))
      .set(CUDNN_ATTR_OPERATION_SDPA_FWD_KDESC, rows(kK, k.k, kKStart, bucket.keys))
      .set(CUDNN_ATTR_OPERATION_SDPA_FWD_VDESC, rows(kV, k.v, kVStart, bucket.keys))
      .set(CUDNN_ATTR_OPERATION_SDPA_FWD_ODESC, rows(kOut, k.out, kOutStart, bucket.queries))
      .set(CUDNN_ATTR_OPERATION_SDPA_FWD_STATSDESC,
           tensor(kLse, CUDNN_DATA_FLOAT, {sequences, k.heads, bucket.queries, 1},
                  {bucket.queries * k.heads, 1, k.heads, 1}, &lse_starts))
      .set(CUDNN_ATTR_OPERATION_SDPA_FWD_SCALEDESC,
           tensor(kScale, CUDNN_DATA_FLOAT, {1, 1, 1, 1}, {1, 1, 1, 1}))
      .set(CUDNN_ATTR_OPERATION_SDPA_FWD_SEQ_LEN_QDESC, numbers(kRagged + kQueries, sequences))
      .set(CUDNN_ATTR_OPERATION_SDPA_FWD_SEQ_LEN_KVDESC, numbers(kRagged + kKeys, sequences));
  const Descriptor whole = std::move(operation).finished("the operation");
  Descriptor graph(CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR);
  graph.set(CUDNN_ATTR_OPERATIONGRAPH_OPS, whole);
  if (handle != nullptr) graph.set(CUDNN_ATTR_OPERATIONGRAPH_HANDLE, handle);
  return std::move(graph).finished("the graph of the operation");
}

// The question what engines there are for a graph. `device` describes one that is not there, or is null.
std::optional<Descriptor> heuristics_of(const Descriptor& graph, cudnnBackendHeurMode_t mode,
                                        const Descriptor* device) {
  Descriptor heuristics(CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR);
  heuristics.set(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, graph).set(CUDNN_ATTR_ENGINEHEUR_MODE, mode);
  if (device != nullptr) heuristics.set(CUDNN_ATTR_ENGINEHEUR_DEVICEPROP, *device);
  if (heuristics.try_to_finish() != CUDNN_STATUS_SUCCESS) return std::nullopt;
  return heuristics;
}

// What cuDNN offers for a graph, the best first.
std::vector<Descriptor> offers(const Descriptor& graph, cudnnBackendHeurMode_t mode) {
  const std::optional<Descriptor> heuristics = heuristics_of(graph, mode, nullptr);
  std::vector<Descriptor> found;
  if (!heuristics) return found;
  const int64_t count = heuristics->get(CUDNN_ATTR_ENGINEHEUR_RESULTS, found);
  for (int64_t i = 0; i < count; ++i) found.emplace_back(CUDNN_BACKEND_ENGINECFG_DESCRIPTOR);
  const int64_t filled = heuristics->get(CUDNN_ATTR_ENGINEHEUR_RESULTS, found);
  while (static_cast<int64_t>(found.size()) > filled) found.pop_back();
  return found;
}

bool deterministic(const Descriptor& configuration) {
  std::vector<Descriptor> engine;
  engine.emplace_back(CUDNN_BACKEND_ENGINE_DESCRIPTOR);
  configuration.get(CUDNN_ATTR_ENGINECFG_ENGINE, engine);
  std::vector<cudnnBackendNumericalNote_t> notes(CUDNN_NUMERICAL_NOTE_TYPE_COUNT);
  const int64_t count = engine[0].get(CUDNN_ATTR_ENGINE_NUMERICAL_NOTE, notes);
  for (int64_t i = 0; i < count; ++i) {
    if (notes[static_cast<size_t>(i)] == CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC) return false;
  }
  return true;
}

// The best plan whose runs all give the same bits.
Descriptor plan_of(const Attention& k, cudnnHandle_t handle) {
  const Descriptor graph = graph_of(k, handle);
  for (const auto mode : {CUDNN_HEUR_MODE_A, CUDNN_HEUR_MODE_FALLBACK}) {
    for (const Descriptor& configuration : offers(graph, mode)) {
      if (!deterministic(configuration)) continue;
      Descriptor plan(CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR);
      plan.set(CUDNN_ATTR_EXECUTION_PLAN_HANDLE, handle)
          .set(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, configuration);
      if (plan.try_to_finish() == CUDNN_STATUS_SUCCESS) return plan;
    }
  }
  refuse(k.name,
         fmt::format("cuDNN has no plan for {} sequences of up to {} tokens, {} heads of {} columns; use "
                     "--attention plain",
                     k.query_lens.count(), k.key_lens.longest(), k.heads, k.head_dim()));
}

// All that a plan depends on: the bucket and the layout.
using Key = std::tuple<int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t>;

Key key_of(const Attention& k) {
  const Bucket b(k);
  return {b.sequences,    b.queries,      b.keys,         k.heads,         k.head_dim(),
          k.q.row_stride, k.k.row_stride, k.v.row_stride, k.out.row_stride};
}

// One device's handle and plans.
class Attentions {
 public:
  Attentions() { check(cudnn().create(&handle_), "starting"); }
  ~Attentions() { cudnn().destroy_handle(handle_); }
  Attentions(const Attentions&) = delete;
  Attentions& operator=(const Attentions&) = delete;

  bool run(CudaStream& stream, const Attention& k) {
    const std::lock_guard lock(mutex_);
    auto at = plans_.find(key_of(k));
    if (at == plans_.end()) at = plans_.emplace(key_of(k), plan_or_none(k)).first;
    if (!at->second) return false;
    check(cudnn().set_stream(handle_, static_cast<cudaStream_t>(stream.handle)), "choosing the stream");
    execute(stream, k, *at->second);
    return true;
  }

 private:
  std::optional<Descriptor> plan_or_none(const Attention& k) {
    try {
      return plan_of(k, handle_);
    } catch (const Error&) {
      if (attention_choice() == AttentionChoice::cudnn) throw;
      return std::nullopt;
    }
  }

  void execute(CudaStream& stream, const Attention& k, const Descriptor& plan) {
    std::vector<int64_t> bytes{0};
    plan.get(CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE, bytes);
    const Tensor workspace =
        Tensor::empty({(bytes[0] + kWorkspaceAlignment) / 4 + 1}, Dtype::i32, stream.device);
    const Tensor lse = Tensor::empty({k.query_lens.total(), k.heads}, Dtype::f32, stream.device);
    const int64_t columns = Bucket(k).sequences + 1;
    const Tensor ragged = Tensor::empty({kRaggedRows, columns}, Dtype::i32, stream.device);
    ragged_rows(stream, k, ragged);
    auto scale = static_cast<float>(1 / std::sqrt(static_cast<double>(k.head_dim())));

    std::vector<int64_t> ids{kQ, kK, kV, kOut, kLse, kScale};
    std::vector<void*> places{k.q.data, k.k.data, k.v.data, k.out.data, lse.view().data, &scale};
    for (int64_t row = 0; row < kRaggedRows; ++row) {
      ids.push_back(kRagged + row);
      places.push_back(ragged.view().as<int32_t>() + row * columns);
    }
    Descriptor pack(CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR);
    pack.set(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, ids)
        .set(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, places)
        .set(CUDNN_ATTR_VARIANT_PACK_WORKSPACE, aligned(workspace.view().data));
    const Descriptor finished = std::move(pack).finished("naming the memory");
    check(cudnn().execute(handle_, plan.raw(), finished.raw()), "computing");
    hone::run(stream, Transpose{lse, {k.lse, 0}});
  }

  static constexpr int64_t kWorkspaceAlignment = 256;
  static void* aligned(void* p) {
    const auto address = reinterpret_cast<uintptr_t>(p);
    return reinterpret_cast<void*>((address + kWorkspaceAlignment - 1) / kWorkspaceAlignment *
                                   kWorkspaceAlignment);
  }

  std::mutex mutex_;
  cudnnHandle_t handle_ = nullptr;
  std::map<Key, std::optional<Descriptor>> plans_;  // none: cuDNN has none
};

}  // namespace

std::string why_no_cudnn() {
  static const std::string missing = cudnn().missing();
  return missing;
}

bool run_cudnn(CudaStream& stream, const Attention& k) {
  static std::mutex mutex;
  static auto& all = *new std::map<int, std::unique_ptr<Attentions>>;  // NOLINT: as in cuda/gemm.cpp
  Attentions* own = nullptr;
  {
    const std::lock_guard lock(mutex);
    const auto [at, added] = all.try_emplace(stream.device.index);
    try {
      const bool again =
          attention_choice() == AttentionChoice::cudnn;  // under automatic one failure is enough
      if (!at->second && (added || again)) at->second = std::make_unique<Attentions>();
    } catch (const Error&) {
      if (attention_choice() == AttentionChoice::cudnn) throw;
    }
    own = at->second.get();
  }
  return own != nullptr && own->run(stream, k);
}

int cudnn_engines(const Attention& k, const std::string& device_properties) {
  Descriptor device(CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR);
  device.set(
      CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION,
      std::vector<char>(device_properties.c_str(), device_properties.c_str() + device_properties.size() + 1));
  const Descriptor described = std::move(device).finished("the device's properties");
  std::vector<Descriptor> none;
  const auto heuristics = heuristics_of(graph_of(k, nullptr), CUDNN_HEUR_MODE_A, &described);
  return heuristics ? static_cast<int>(heuristics->get(CUDNN_ATTR_ENGINEHEUR_RESULTS, none)) : 0;
}

}  // namespace hone
