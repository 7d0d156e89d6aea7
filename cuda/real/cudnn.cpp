// cuDNN's attention and its gradient: plans, kept by bucket, and what they compute with.
#include "cuda/cudnn.h"

#include <cmath>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <tuple>

#include <fmt/core.h>

#include <hone/core/device_options.h>
#include <hone/core/error.h>
#include <hone/core/tensor.h>
#include "core/kernels/copy.h"
#include "cuda/ragged.h"
#include "cuda/real/check.h"
#include "cuda/real/cudnn_graphs.h"
#include "cuda/stream.h"

namespace hone::kernels {
namespace {

// A heuristics query: which engines there are for a graph. `device` describes a device that is not there, or
// is null.
std::optional<Descriptor> heuristics_of(const Descriptor& graph, cudnnBackendHeurMode_t mode,
                                        const Descriptor* device) {
  Descriptor heuristics(CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR);
  heuristics.set(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, graph).set(CUDNN_ATTR_ENGINEHEUR_MODE, mode);
  if (device != nullptr) heuristics.set(CUDNN_ATTR_ENGINEHEUR_DEVICEPROP, *device);
  if (heuristics.try_to_finish() != CUDNN_STATUS_SUCCESS) return std::nullopt;
  return heuristics;
}

// The engines that cuDNN offers for a graph, the best first. Read without room it counts candidates; only
// those that can compute the graph are filled in.
std::vector<Descriptor> offers(const Descriptor& graph, cudnnBackendHeurMode_t mode,
                               const Descriptor* device = nullptr) {
  const std::optional<Descriptor> heuristics = heuristics_of(graph, mode, device);
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

// The best plan whose runs all give the same bits. For the gradient its graph's form sees to that: cuDNN 9.19
// calls no engine of attention nondeterministic.
template <class K>
Descriptor plan_of(const K& k, cudnnHandle_t handle) {
  const Descriptor graph = cudnn_graph(k, handle);
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
                     "attention plain",
                     k.query_lens.count(), k.key_lens.longest(), k.heads, k.head_dim()),
         {"attention"});
}

// All that a plan depends on: the bucket and the layout.
using Key = std::vector<int64_t>;

template <class K>
Key bucket_and(const K& k, std::initializer_list<const View*> views) {
  const Bucket b(k);
  Key key{b.sequences, b.queries, b.keys, k.heads, k.head_dim()};
  for (const View* view : views) key.push_back(view->row_stride);
  return key;
}
Key key_of(const Attention& k) { return bucket_and(k, {&k.q, &k.k, &k.v, &k.out}); }
Key key_of(const AttentionBackward& k) {
  return bucket_and(k, {&k.q, &k.k, &k.v, &k.out, &k.dout, &k.dq.view, &k.dk.view, &k.dv.view});
}

// The memory that one call names to cuDNN: exactly the tensors of its graph, for it refuses more.
class Places {
 public:
  template <class K>
  Places(CudaStream& stream, const K& k)
      : scale_(static_cast<float>(1 / std::sqrt(static_cast<double>(k.head_dim())))),
        ragged_(Tensor::empty({kRaggedRows, Bucket(k).sequences + 1}, Dtype::i32, stream.device)),
        lse_(Tensor::empty({k.query_lens.total(), k.heads}, Dtype::f32, stream.device)) {
    ragged_rows(stream, k, ragged_);
    add_ragged({kLseStart, kQStart, kOutStart, kKStart, kVStart, kQueries, kKeys});
    add(kScale, &scale_);
    add(kLse, lse_.view().data);
    add(kQ, k.q.data);
    add(kK, k.k.data);
    add(kV, k.v.data);
    add(kOut, k.out.data);
  }
  Places(const Places&) = delete;
  Places& operator=(const Places&) = delete;

  void add(int64_t id, void* place) {
    ids_.push_back(id);
    places_.push_back(place);
  }
  void add_gradients(const AttentionBackward& k) {
    row_sums_ = Tensor::empty(lse_.shape(), Dtype::f32, lse_.device());
    add_ragged({kDoutStart, kDqStart, kDkStart, kDvStart});
    add(kOne, &one_);
    add(kMinusInfinity, &minus_infinity_);
    add(kRowSums, row_sums_.view().data);
    add(kDout, k.dout.data);
    add(kDq, k.dq.view.data);
    add(kDk, k.dk.view.data);
    add(kDv, k.dv.view.data);
  }
  const Tensor& lse() const { return lse_; }  // [tokens, heads]

  void execute(CudaStream& stream, cudnnHandle_t handle, const Descriptor& plan) {
    constexpr int64_t kAlignment = 256;
    std::vector<int64_t> bytes{0};
    plan.get(CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE, bytes);
    const Tensor workspace = workspace_of(bytes[0] + kAlignment, stream.device);
    const auto address = reinterpret_cast<uintptr_t>(workspace.view().data);
    void* const aligned = reinterpret_cast<void*>((address + kAlignment - 1) / kAlignment * kAlignment);
    Descriptor pack(CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR);
    pack.set(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, ids_)
        .set(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, places_)
        .set(CUDNN_ATTR_VARIANT_PACK_WORKSPACE, aligned);
    const Descriptor finished = std::move(pack).finished("naming the memory");
    check_cudnn(cudnn().execute(handle, plan.raw(), finished.raw()), "computing");
  }

 private:
  void add_ragged(std::initializer_list<RaggedRow> rows) {
    for (const RaggedRow row : rows)
      add(kRaggedIds + row, ragged_.view().as<int32_t>() + row * ragged_.shape().columns());
  }
  static Tensor workspace_of(int64_t bytes, Device device) {
    try {
      return Tensor::empty({bytes / 4 + 1}, Dtype::i32, device);
    } catch (const MemoryError& error) {
      Error::Settings settings = error.settings();
      settings.emplace_back("attention");
      throw MemoryError(
          std::string(error.what()) + "; it was for cuDNN's attention, attention plain needs none", settings);
    }
  }

  float scale_, one_ = 1, minus_infinity_ = -std::numeric_limits<float>::infinity();
  Tensor ragged_, lse_, row_sums_;
  std::vector<int64_t> ids_;
  std::vector<void*> places_;
};

void compute(CudaStream& stream, const Attention& k, cudnnHandle_t handle, const Descriptor& plan) {
  Places places(stream, k);
  places.execute(stream, handle, plan);
  run(stream, Transpose{.x = places.lse(), .y = {.view = k.lse}});
}

void compute(CudaStream& stream, const AttentionBackward& k, cudnnHandle_t handle, const Descriptor& plan) {
  Places places(stream, k);
  places.add_gradients(k);
  run(stream, Transpose{.x = k.lse, .y = {.view = places.lse()}});
  places.execute(stream, handle, plan);
}

// One device's handle and plans.
class Attentions {
 public:
  explicit Attentions(int device) {
    use_device(device);
    check_cuda(cudaDeviceGetAttribute(&capability_, cudaDevAttrComputeCapabilityMajor, device));
    check_cudnn(cudnn().create(&handle_), "starting");
  }
  ~Attentions() { cudnn().destroy_handle(handle_); }
  Attentions(const Attentions&) = delete;
  Attentions& operator=(const Attentions&) = delete;

  template <class K>
  bool run(CudaStream& stream, const K& k) {
    const std::lock_guard lock(mutex_);
    const Key key = key_of(k);
    auto at = plans_.find(key);
    if (at == plans_.end()) at = plans_.emplace(key, plan_or_none(k)).first;
    if (!at->second) {
      if (!must(k)) return false;
      at->second = plan_for(k);
    }
    check_cudnn(cudnn().set_stream(handle_, static_cast<cudaStream_t>(stream.handle)), "choosing the stream");
    compute(stream, k, handle_, *at->second);
    return true;
  }

 private:
  // True when hone's own kernels may not compute in cuDNN's place.
  template <class K>
  static bool must(const K& k) {
    return cuda_options(k.q.device.index).attention == AttentionChoice::cudnn;
  }
  template <class K>
  Descriptor plan_for(const K& k) const {
    require_gpu(k);
    return plan_of(k, handle_);
  }
  template <class K>
  std::optional<Descriptor> plan_or_none(const K& k) {
    try {
      return plan_for(k);
    } catch (const Error&) {
      if (must(k)) throw;
      return std::nullopt;
    }
  }

  // According to NVIDIA's cudnn-frontend, cuDNN before 9.18.1 took sequences of unequal lengths on Hopper and
  // later only, and the gradient that gives the same bits every time has kernels for Hopper alone.
  void require_gpu(const Attention& k) const {
    constexpr size_t kUnequalOnAmpere = 91801;
    if (capability_ < 9 && cudnn().version() < kUnequalOnAmpere)
      refuse(k.name,
             fmt::format("cuDNN {} needs a GPU of compute capability 9.0 or higher, 9.18.1 and later "
                         "do not; use attention plain",
                         cudnn().version()),
             {"attention"});
  }
  void require_gpu(const AttentionBackward& k) const {
    if (capability_ != 9)
      refuse(k.name,
             fmt::format("cuDNN's gradient that repeats its bits needs a GPU of compute capability 9.x, "
                         "this one has {}.x; use attention plain or auto",
                         capability_),
             {"attention"});
  }

  std::mutex mutex_;
  int capability_ = 0;  // the major number
  cudnnHandle_t handle_ = nullptr;
  std::map<Key, std::optional<Descriptor>> plans_;  // none: cuDNN has none
};

// Null where it could not be started, which under AttentionChoice::automatic is tried once.
Attentions* attentions_of(int device) {
  static std::mutex mutex;
  static auto& all = *new std::map<int, std::unique_ptr<Attentions>>;  // NOLINT: as in cuda/gemm.cpp
  const std::lock_guard lock(mutex);
  const bool must = cuda_options(device).attention == AttentionChoice::cudnn;
  const auto [at, added] = all.try_emplace(device);
  try {
    if (!at->second && (added || must)) at->second = std::make_unique<Attentions>(device);
  } catch (const Error&) {
    if (must) throw;
  }
  return at->second.get();
}

template <class K>
int engines(const K& k, const std::string& device_properties) {
  Descriptor device(CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR);
  const char* const text = device_properties.c_str();
  device.set(CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION,
             std::vector<char>(text, text + device_properties.size() + 1));
  const Descriptor described = std::move(device).finished("the device's properties");
  return static_cast<int>(offers(cudnn_graph(k, nullptr), CUDNN_HEUR_MODE_A, &described).size());
}

}  // namespace

std::string why_no_cudnn() { return cudnn().missing; }

bool run_cudnn(CudaStream& stream, const Attention& k) {
  Attentions* const own = attentions_of(stream.device.index);
  return own != nullptr && own->run(stream, k);
}

bool run_cudnn(CudaStream& stream, const AttentionBackward& k) {
  Attentions* const own = attentions_of(stream.device.index);
  return own != nullptr && own->run(stream, k);
}

int cudnn_engines(const Attention& k, const std::string& device_properties) {
  return engines(k, device_properties);
}
int cudnn_engines(const AttentionBackward& k, const std::string& device_properties) {
  return engines(k, device_properties);
}

}  // namespace hone::kernels
