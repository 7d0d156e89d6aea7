#include "apps/run/dry_run.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "train/batch_feed.h"
#include "train/packing.h"

namespace hone {
namespace {

constexpr int64_t kEpochsLookedAt = 10;
constexpr int64_t kF32 = 4, kBf16 = 2;  // bytes

int64_t tokens_of(const EncodedRow& row) { return static_cast<int64_t>(row.encoding.ids.size()); }

struct SplitSize {
  std::string name;
  int64_t rows, tokens, longest;
};

SplitSize size_of_split(const TaskSplit& split) {
  SplitSize size{split.name, static_cast<int64_t>(split.rows.size()), 0, 0};
  for (const EncodedRow& row : split.rows) {
    size.tokens += tokens_of(row);
    size.longest = std::max(size.longest, tokens_of(row));
  }
  return size;
}

std::vector<SplitSize> split_sizes(const TaskData& data) {
  std::vector<SplitSize> sizes{size_of_split(data.train), size_of_split(data.validation)};
  if (data.test) sizes.push_back(size_of_split(*data.test));
  return sizes;
}

// The bytes that the graph keeps of a layer for each token: qkv, the attention's result, and the input and
// output of two LayerNorms, all as wide as the hidden size; the inner values before and after the activation;
// and f32 sums.
int64_t layer_bytes(const EncoderConfig& config, int64_t size) {
  return size * (8 * config.hidden_size + 2 * config.intermediate_size) + kF32 * (config.heads + 4);
}

// The bytes of all layers' activations. The last layer computes each row's first token alone, and only keys
// and values of the others.
int64_t activation_bytes(const SequenceClassifier& model, const BatchSize& batch) {
  const EncoderConfig& config = model.config();
  const int64_t size = model.encoder.compute_dtype() == Dtype::bf16 ? kBf16 : kF32;
  const int64_t layer = layer_bytes(config, size), hidden = size * config.hidden_size;
  const int64_t on_the_way_back = 3 * hidden + size * config.intermediate_size;
  const int64_t layers = model.encoder.recomputes() ? layer + (config.layers - 1) * hidden
                                                    : (config.layers - 1) * layer + 2 * hidden;
  return batch.tokens * (3 * hidden + layers + on_the_way_back) + batch.sequences * layer;
}

struct Schedules {
  int64_t steps, warmup;
  double first, last;  // learning rates of the first and the last step
};

Schedules schedules(const DryRun& run) {
  const TrainingPlan plan = training_plan(run.settings);
  const int64_t steps = total_steps(plan, static_cast<int64_t>(run.data.train.rows.size()));
  const Schedule schedule = schedule_of(plan, steps);
  const auto rate = [&](int64_t done) { return steps > 0 ? plan.learning_rate * schedule.factor(done) : 0; };
  return {steps, schedule.warmup, rate(0), rate(steps - 1)};
}

// The parts of an estimate, by the names of their JSON fields.
std::vector<std::pair<std::string, int64_t>> parts(const MemoryEstimate& memory) {
  return {{"weights", memory.weights},
          {"gradients", memory.gradients},
          {"moments", memory.moments},
          {"shadows", memory.shadows},
          {"activations", memory.activations},
          {"loading", memory.loading},
          {"rows", memory.rows},
          {"total", memory.total()}};
}

std::string line(const std::string& name, const std::string& text) {
  return fmt::format("\n  {:<12}{}", name, text);
}

MemoryEstimate estimate(const DryRun& run) {
  return estimate_memory(run.model, run.data, training_plan(run.settings));
}

}  // namespace

int64_t MemoryEstimate::total() const {
  return weights + gradients + moments + shadows + std::max(activations, loading) + rows;
}

BatchSize largest_batch(const TaskData& data, const TrainingPlan& plan) {
  const auto n = static_cast<int64_t>(data.train.rows.size());
  int64_t left = total_steps(plan, n);
  BatchSize largest;
  for (int64_t epoch = 0; left > 0 && epoch < std::min(plan.epochs, kEpochsLookedAt); ++epoch) {
    const auto order = epoch_order(n, plan.shuffle, plan.seed, epoch);
    const int64_t window = plan.batch_size * plan.accumulate;
    const int64_t end = std::min(n, left * window);
    for (int64_t begin = 0; begin < end; begin += plan.batch_size) {
      BatchSize batch{std::min(plan.batch_size, end - begin), 0};
      for (int64_t i = begin; i < begin + batch.sequences; ++i) {
        batch.tokens += tokens_of(data.train.rows[static_cast<size_t>(order[static_cast<size_t>(i)])]);
      }
      if (batch.tokens > largest.tokens) largest = batch;
    }
    left -= BatchFeed::batches(n, window);
  }
  return largest;
}

MemoryEstimate estimate_memory(const SequenceClassifier& model, const TaskData& data,
                               const TrainingPlan& plan) {
  int64_t all = 0, trained = 0, shadowed = 0;
  for (const NamedParameter& named : model.parameters()) {
    const int64_t count = named.parameter->shape().elements();
    all += count;
    if (named.parameter->requires_grad()) trained += count;
    if (named.parameter->shadowed()) shadowed += count;
  }
  MemoryEstimate memory{.weights = kF32 * all, .gradients = kF32 * trained, .moments = 2 * kF32 * trained};
  memory.shadows = kBf16 * shadowed;
  memory.loading = kF32 * all + kBf16 * shadowed;
  memory.activations = activation_bytes(model, largest_batch(data, plan));
  for (const SplitSize& split : split_sizes(data)) {
    memory.rows += split.rows * static_cast<int64_t>(sizeof(EncodedRow)) +
                   split.tokens * static_cast<int64_t>(2 * sizeof(int32_t));  // ids and types
  }
  return memory;
}

std::string dry_run_text(const DryRun& run) {
  std::string text = "dry run: nothing was trained or written";
  for (const SplitSize& split : split_sizes(run.data)) {
    text += line(split.name, fmt::format("{} rows, {} tokens, longest row {} tokens", split.rows,
                                         split.tokens, split.longest));
  }
  const Schedules s = schedules(run);
  text +=
      line("schedule", fmt::format("{} steps, {} of warm-up, learning rate {} at the first, {} at the last",
                                   s.steps, s.warmup, s.first, s.last));
  const BatchSize batch = largest_batch(run.data, training_plan(run.settings));
  text += line("batch", fmt::format("at most {} tokens in {} rows", batch.tokens, batch.sequences));
  text += line("memory", "an estimate, besides the program itself");
  for (const auto& [name, bytes] : parts(estimate(run))) {
    text += line("", fmt::format("{:<12}{:>10.1f} MB", name, static_cast<double>(bytes) / 1e6));
  }
  return text + line("", "loading's memory becomes the activations': the larger counts");
}

std::string dry_run_event(const DryRun& run) {
  JsonWriter json;
  json.begin_object().field("event", "dry_run");
  for (const SplitSize& split : split_sizes(run.data)) {
    json.key(split.name).begin_object().field("rows", split.rows).field("tokens", split.tokens);
    json.field("longest", split.longest).end_object();
  }
  const Schedules s = schedules(run);
  json.field("steps", s.steps).field("warmup", s.warmup);
  json.field("first_learning_rate", s.first).field("last_learning_rate", s.last);
  json.key("memory_bytes").begin_object();
  for (const auto& [name, bytes] : parts(estimate(run))) json.field(name, bytes);
  return json.end_object().end_object().str();
}

}  // namespace hone
