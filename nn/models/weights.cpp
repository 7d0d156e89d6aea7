#include "nn/models/weights.h"

#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <exception>
#include <map>
#include <set>
#include <thread>

#include <hone/core/error.h>
#include "core/nearest.h"
#include "nn/models/tensor_data.h"
#include "nn/models/weight_names.h"

namespace hone {
namespace {

void check_shape(const HubTensor& tensor, const TensorInfo& info) {
  const std::vector<uint64_t> expected = sizes_of(tensor.shape());
  if (info.shape == expected) return;
  const std::string problem = fmt::format("weights: tensor {} has shape {}, expected {}", info.name,
                                          shape_text(info.shape), shape_text(expected));
  if (!tensor.name.starts_with("classifier.")) throw ModelError(problem);
  throw ModelError(problem +
                       ": its classifier has another number of labels than the task; new_head begins "
                       "with a new one",
                   {"new_head"});
}

// True when all values are finite. The loop never stops early, so that compilers vectorise it.
bool all_finite(std::span<const float> values) {
  constexpr int32_t kMagnitude = 0x7FFFFFFF, kInfinity = 0x7F800000;
  int32_t largest = 0;
  for (const float x : values) largest = std::max(largest, std::bit_cast<int32_t>(x) & kMagnitude);
  return largest < kInfinity;
}

void read_into(const WeightFiles& files, const std::string& key, const Tensor& out) {
  const bool in_place = out.dtype() == Dtype::f32 && out.device().is_cpu();
  const Tensor f32 = in_place ? out : Tensor::empty(out.shape());
  files.read_f32(key, f32.span<float>());
  if (!all_finite(f32.span<float>())) {
    const auto bad = std::ranges::find_if_not(f32.span<float>(), [](float x) { return std::isfinite(x); });
    throw ModelError(fmt::format("weights: tensor {} holds {} at element {}: not finite", key, *bad,
                                 bad - f32.span<float>().begin()));
  }
  if (!in_place) Tensor(out).copy_from(f32.to(out.dtype()));
}

// A tensor to be read, and its key in the files.
struct Reading {
  std::string key;
  Tensor out;
};

// Reads tensors on several threads, the largest first; of several failures the first in order is thrown.
void read_all(const WeightFiles& files, std::vector<Reading> readings) {
  std::ranges::stable_sort(readings,
                           [](const auto& a, const auto& b) { return a.out.bytes() > b.out.bytes(); });
  std::vector<std::exception_ptr> failures(readings.size());
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t i = next++; i < readings.size(); i = next++) {
      try {
        read_into(files, readings[i].key, readings[i].out);
      } catch (...) {
        failures[i] = std::current_exception();
      }
    }
  };
  {
    std::vector<std::jthread> workers;
    for (unsigned i = 1; i < std::min(8u, std::thread::hardware_concurrency()); ++i)
      workers.emplace_back(work);
    work();
  }
  for (const std::exception_ptr& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
}

// Checks the names and shapes of the tensors that the model needs, and notes which of them are new.
void check_wanted(const SequenceClassifier& model, const std::vector<HubTensor>& wanted,
                  const std::map<std::string, std::string>& names, const WeightFiles& files,
                  LoadReport& report) {
  std::vector<std::string> known;
  known.reserve(names.size());
  for (const auto& [name, key] : names) known.push_back(key);
  for (const HubTensor& tensor : wanted) {
    const auto found = names.find(tensor.name);
    if (found != names.end()) {
      check_shape(tensor, *files.find(found->second));
      ++report.loaded;
    } else if (is_head(tensor.name)) {
      report.fresh.push_back(tensor.name);
    } else if (!model.config().sinusoidal_positions ||
               tensor.parameter != &model.encoder.position.weight) {  // a fixed position table is computed
      const std::string near = nearest_names(tensor.name, known);
      throw ModelError(fmt::format("weights: tensor {} is missing{}", tensor.name,
                                   near.empty() ? "" : "; the file has " + near));
    }
  }
}

// Notes the files' other tensors as ignored. Throws ModelError for one that results may depend on.
void check_rest(const std::vector<HubTensor>& wanted, const std::map<std::string, std::string>& names,
                ModelType type, bool new_head, LoadReport& report) {
  std::set<std::string> used;
  for (const HubTensor& tensor : wanted) used.insert(tensor.name);
  std::string losses;
  for (const auto& [name, key] : names) {
    if (used.contains(name)) continue;
    const ExtraTensor kind = extra_tensor(name, type);
    if (kind == ExtraTensor::unknown || (kind == ExtraTensor::outside && !new_head)) {
      const std::string near = nearest_names(name, std::vector(used.begin(), used.end()));
      throw ModelError(fmt::format("weights: unexpected tensor {}{}", key,
                                   near.empty() ? "" : "; expected names near it: " + near));
    }
    report.ignored.push_back(key);
    if (kind == ExtraTensor::loss) losses += (losses.empty() ? "" : ", ") + key;
  }
  if (!losses.empty()) report.warnings.push_back("weights: taken as a loss's and ignored: " + losses);
}

std::string listed(const std::vector<std::string>& names) {
  if (names.empty()) return "";
  std::string out = names[0];
  for (size_t i = 1; i < names.size() && i < 6; ++i) out += ", " + names[i];
  return fmt::format(" ({}{})", out, names.size() > 6 ? ", ..." : "");
}

}  // namespace

Shape HubTensor::shape() const {
  Shape out = parameter->shape();
  out[0] = end - begin;
  return out;
}

Tensor HubTensor::value() const { return parameter->value().slice(begin, end); }

std::vector<HubTensor> hub_tensors(SequenceClassifier& model) {
  std::vector<HubTensor> out;
  const EncoderConfig& config = model.config();
  const bool bert = config.type == ModelType::bert;
  const int64_t hidden = config.hidden_size;
  const auto whole = [&](const std::string& name, Parameter& p) {
    out.push_back({name, &p, 0, p.shape()[0]});
  };
  const auto both = [&](const std::string& name, auto& module) {
    whole(name + ".weight", module.weight);
    whole(name + ".bias", module.bias);
  };
  const std::string base = encoder_prefix(config.type), embeddings = base + "embeddings.";
  Encoder& encoder = model.encoder;
  whole(embeddings + "word_embeddings.weight", encoder.word.weight);
  whole(embeddings + "position_embeddings.weight", encoder.position.weight);
  if (encoder.type) whole(embeddings + "token_type_embeddings.weight", encoder.type->weight);
  both(embeddings + "LayerNorm", encoder.norm);
  static constexpr const char* kBert[] = {
      "attention.self.query",       "attention.self.key", "attention.self.value", "attention.output.dense",
      "attention.output.LayerNorm", "intermediate.dense", "output.dense",         "output.LayerNorm"};
  static constexpr const char* kDistil[] = {"attention.q_lin",   "attention.k_lin",  "attention.v_lin",
                                            "attention.out_lin", "sa_layer_norm",    "ffn.lin1",
                                            "ffn.lin2",          "output_layer_norm"};
  const auto& names = bert ? kBert : kDistil;
  for (size_t i = 0; i < encoder.layers.size(); ++i) {
    EncoderLayer& layer = *encoder.layers[i];
    const std::string at = fmt::format("{}{}.layer.{}.", base, bert ? "encoder" : "transformer", i);
    for (int64_t part = 0; part < 3; ++part) {
      out.push_back({at + names[part] + ".weight", &layer.qkv.weight, part * hidden, (part + 1) * hidden});
      out.push_back({at + names[part] + ".bias", &layer.qkv.bias, part * hidden, (part + 1) * hidden});
    }
    both(at + names[3], layer.attention_out);
    both(at + names[4], layer.attention_norm);
    both(at + names[5], layer.up);
    both(at + names[6], layer.down);
    both(at + names[7], layer.output_norm);
  }
  both(bert ? "bert.pooler.dense" : "pre_classifier", model.pooler);
  both("classifier", model.classifier);
  return out;
}

std::string LoadReport::line() const {
  return fmt::format("loaded {} tensors, new {}{}, ignored {}{}", loaded, fresh.size(), listed(fresh),
                     ignored.size(), listed(ignored));
}

LoadReport load_weights(SequenceClassifier& model, const WeightFiles& files, uint64_t seed, bool new_head) {
  auto [names, name_warnings] = weight_names(files, model.config().type);
  const std::vector<HubTensor> wanted = hub_tensors(model);
  LoadReport report;
  report.warnings = files.warnings();
  report.warnings.insert(report.warnings.end(), name_warnings.begin(), name_warnings.end());
  std::erase_if(names, [&](const auto& entry) {
    const bool drop = new_head && is_head(entry.first) && !entry.first.starts_with("bert.pooler.");
    if (drop) report.ignored.push_back(entry.second);
    return drop;
  });
  // Before any memory is allocated.
  check_wanted(model, wanted, names, files, report);
  check_rest(wanted, names, model.config().type, new_head || !names.contains("classifier.weight"), report);
  for (const std::string& name : report.fresh) {
    if (name == "bert.pooler.dense.weight")
      report.warnings.emplace_back("weights: no pooler in the file; it starts at random");
  }
  std::vector<Reading> readings;
  for (const HubTensor& tensor : wanted) {
    const auto found = names.find(tensor.name);
    if (found == names.end()) continue;
    tensor.parameter->allocate();
    readings.push_back({found->second, tensor.value()});
  }
  read_all(files, std::move(readings));
  model.initialise(seed);
  return report;
}

std::vector<TensorData> state_dict(SequenceClassifier& model) {
  std::vector<TensorData> out;
  for (const HubTensor& tensor : hub_tensors(model)) out.push_back(data_of(tensor.name, tensor.value()));
  return out;
}

}  // namespace hone
