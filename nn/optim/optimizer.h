#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <hone/autograd/var.h>
#include <hone/nn/module.h>

namespace hone {

class Download;
class FlatParameters;

// Parameters that an optimizer treats alike.
struct ParameterGroup {
  std::vector<Parameter*> parameters;
  double weight_decay = 0;
  double learning_rate_scale = 1;  // times the learning rate of each step
};

// All of a module's parameters that require gradients, as BERT's recipe groups them: matrices and tables with
// weight decay, biases and LayerNorm's without.
std::vector<ParameterGroup> decay_groups(const Module& module, double weight_decay = 0.01);

// The common part of AdamW and SGD: parameters in flat buffers, and steps over them. Making an optimizer
// moves the parameters' values into its buffer, which they keep; parameters that are frozen then are left
// alone. A step throws Error when a parameter has been frozen since, or given another value, gradient or
// optimizer: it would no longer learn. The parameters must outlive the optimizer: after a module was
// replaced, make another.
class Optimizer {
 public:
  virtual ~Optimizer();
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  struct StepResult {
    double loss;
    double grad_norm;  // of all gradients together, before clipping
    bool finite;       // loss and norm were finite; if not, weights, moments and step count are untouched
  };
  // One step with the gradients that backward() has gathered, which are zero afterwards. `loss` [1], on the
  // parameters' device, is looked at only for being finite.
  StepResult step(const Tensor& loss, double learning_rate);

  class MicroBatch;
  class Step;
  // Begins a step that gathers the gradients of one or more micro-batches itself, whose work a device may
  // record and replay, and that need not be finished before the next one is begun. No gradients may have
  // gathered before. Throws Error while another is begun and not submitted.
  [[nodiscard]] Step begin(double learning_rate);
  // Waits for the oldest step that was submitted and not finished. When it is not finite, none submitted
  // after it has an effect until it is finished. Throws Error when there is none.
  StepResult finish();

  int64_t steps() const { return steps_; }
  // With those that are submitted and not finished.
  int64_t steps_begun() const { return steps_ + static_cast<int64_t>(submitted_.size()); }

  // The optimizer's memory of a parameter besides its value, for checkpoints: AdamW's moments "m" and
  // "v", SGD's "momentum". The tensors, of the parameter's shape, share the optimizer's memory; call
  // resume_at() after writing to them.
  struct State {
    const Parameter* parameter;
    std::string name;
    Tensor values;
  };
  std::vector<State> state() const;
  // Goes on from a checkpoint: parameters and state() hold what they held after so many steps.
  void resume_at(int64_t steps);

  // The flat buffers [n], for checkpoints and tests. Ask for the gradients anew in each step.
  const Tensor& values() const;
  const Tensor& gradients() const;

 protected:
  explicit Optimizer(const std::vector<ParameterGroup>& groups);

  struct Buffer {
    const char* name;
    Tensor values;  // of the parameters' layout
  };
  virtual std::vector<Buffer> buffers() const = 0;
  // Launches the update of all values by the gathered gradients; guard(), control() and the norm are there.
  virtual void launch_update() = 0;

  const FlatParameters& parameters() const { return *parameters_; }
  // The learning rate and the number of the step, from 1, for a range of the parameters: f64 [2].
  Tensor control(size_t range) const;
  // Numbers that must be finite for the update to take place, f64 [4]: the loss, the gradients' squared norm,
  // and the sums of both over all steps, which are finite as long as each was.
  const Tensor& guard() const { return guard_; }

 private:
  void gather(const Var& loss, bool first, bool last);
  void update(const Tensor& loss, bool first);

  std::unique_ptr<FlatParameters> parameters_;
  Tensor guard_, control_, one_;
  std::deque<std::unique_ptr<Download>> submitted_;
  bool step_is_open_ = false;
  int64_t steps_ = 0;
};

// A step over a window of micro-batches, in this order:
//
//   Optimizer::Step step = optimizer.begin(learning_rate);
//   for (...) step.micro_batch(last, [&](const Optimizer::MicroBatch& work) { work.backward(loss(batch)); });
//   step.submit();
//   ...  // another step may begin here
//   optimizer.finish();
//
// Another order throws Error. A step that is destroyed before submit() has no effect: its gradients are
// cleared.
class [[nodiscard]] Optimizer::Step {
 public:
  Step(Step&& other) noexcept;
  Step& operator=(Step&&) = delete;
  ~Step();

  // Calls `work` for the window's next micro-batch; `last`: it is the last one, so the update follows it.
  // `work` may record what it does and replay it another time: it is the same for the same first() and
  // last().
  void micro_batch(bool last, const std::function<void(const MicroBatch&)>& work);
  // Hands the complete step to the device.
  void submit();

 private:
  friend class Optimizer;
  explicit Step(Optimizer& optimizer) : optimizer_(&optimizer) {}

  Optimizer* optimizer_;  // null once submitted or moved from
  bool any_ = false, complete_ = false;
};

// A step's work for one micro-batch.
class Optimizer::MicroBatch {
 public:
  bool first() const { return first_; }
  bool last() const { return last_; }
  // Computes the gradients of `loss`, one number, and adds them and the loss to those of the window.
  void backward(const Var& loss) const { optimizer_.gather(loss, first_, last_); }

 private:
  friend class Optimizer::Step;
  MicroBatch(Optimizer& optimizer, bool first, bool last)
      : optimizer_(optimizer), first_(first), last_(last) {}

  Optimizer& optimizer_;
  bool first_, last_;
};

}  // namespace hone
