#pragma once

#include <deque>
#include <memory>

#include <hone/core/adam_settings.h>
#include <hone/nn/module.h>
#include "core/device_runtime.h"

namespace hone {

// Parameters that the optimizer treats alike.
struct ParameterGroup {
  std::vector<Parameter*> parameters;
  double weight_decay = 0;
  double learning_rate_scale = 1;  // times the learning rate of each step
};
// All of a module's parameters that require gradients, as BERT's recipe groups them: matrices and tables with
// weight decay, biases and LayerNorm's without.
std::vector<ParameterGroup> decay_groups(const Module& module, double weight_decay);

// AdamW over groups of parameters. Their values, gradients and both moments each live in one flat buffer,
// every tensor 512-byte aligned, group after group, in each group matrices with a shadow first, then matrices
// without one, then what is no matrix: a step is one launch for the norm and one for all that follows,
// whatever the number of tensors. Making one moves the parameters' values into its buffer, which they keep;
// parameters that are frozen then are left alone. A step throws Error when a parameter has been frozen since,
// or given another value, gradient or optimizer: it would no longer learn. The parameters must outlive it:
// after a module was replaced, make another.
class AdamW {
 public:
  // The groups' weight decay is what counts, not that of `settings`.
  AdamW(const std::vector<ParameterGroup>& groups, const AdamSettings& settings);

  struct StepResult {
    double loss;
    double grad_norm;  // of all gradients together, before clipping
    bool finite;       // whether loss and norm were; if not, weights, moments and step count are untouched
  };
  // One step with the gradients that backward() has gathered, of which none is left: those of matrices become
  // stale, the others zero. `loss` [1], on the parameters' device, is looked at only for being finite.
  StepResult step(const Tensor& loss, double learning_rate);
  // The same in four parts. begin() tells the device the learning rate and the step's number; update() is the
  // device's work alone, which can be recorded; ask() asks for the result, and finish() waits for the oldest
  // that was asked for. Steps may be begun before the ones before are finished. When one of those turns out
  // not to be finite, none begun after it has an effect, until it is finished.
  void begin(double learning_rate);
  // For work that is recorded, before its forward and after its backward pass: whether it is the first since
  // the last step, and its end. What a recording does must not depend on what this object remembers.
  void begin_gradients(bool first);
  void end_gradients();
  void update(const Tensor& loss);
  void ask();
  StepResult finish();

  int64_t steps() const { return steps_; }
  // With those that are not finished.
  int64_t steps_begun() const { return steps_ + static_cast<int64_t>(asked_.size()); }

  // Both moments of a parameter, of its shape; they share the optimizer's memory. Who writes to them calls
  // resume_at().
  struct Moments {
    const Parameter* parameter;
    Tensor first, second;
  };
  std::vector<Moments> moments() const;
  // Goes on from a checkpoint: parameters and moments() hold what they held after so many steps.
  void resume_at(int64_t steps);
  // [n] each; the layout is that of the buffers: for checkpoints and tests. Ask for gradients anew in each
  // step.
  const Tensor& values() const { return p_; }
  const Tensor& gradients() const;
  const Tensor& first_moments() const { return m_; }
  const Tensor& second_moments() const { return v_; }

 private:
  // What is treated alike within a group. Gradients of matrices are not cleared: the next step's first
  // contribution overwrites them.
  enum class Residents { shadowed_matrices, matrices, others };
  static Residents residents_like(const Parameter& parameter);
  struct Range {
    int64_t begin, end;  // in the buffers
    Residents residents;
    AdamSettings settings;
    double learning_rate_scale;
    Tensor shadow;  // [end - begin] bf16; only where the parameters have one
  };
  struct Place {
    const Parameter* parameter;
    int64_t at;    // in the buffers
    Tensor marks;  // of its gradient; undefined for all but tables
  };
  void move_in(Parameter& parameter, int64_t at, const Range& range);
  void hand_out_gradient(Place& place);
  void set_stale(bool stale);  // the gradients of matrices

  std::vector<Place> places_;
  std::vector<Range> ranges_;
  Tensor p_, g_, m_, v_;
  Tensor marks_;  // of g_; see core/kernels/kinds.h
  Tensor guard_;  // [4]: loss, squared norm; sums of both over all steps, finite as long as each was
  std::deque<std::unique_ptr<Download>> asked_;
  Tensor control_;  // [ranges, 2]: what the kernel reads for each, see AdamW
  int64_t steps_ = 0;
};

}  // namespace hone
