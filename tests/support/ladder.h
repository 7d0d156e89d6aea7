#pragma once

#include "tests/support/op_case.h"
#include "tests/support/tolerance.h"

// The ladder that every op climbs. Upstream gradients are random throughout: a sum of the outputs would hide
// errors.
namespace hone::test {

// The device on which ops climb the ladder: while a LadderDevice lives, its device, else the CPU. Numbers
// come from the host and results go there.
class LadderDevice {
 public:
  explicit LadderDevice(Device device);
  ~LadderDevice();
  LadderDevice(const LadderDevice&) = delete;
  LadderDevice& operator=(const LadderDevice&) = delete;
};

// Rung 1, in f64: the gradients that backward() gives against central differences.
Failures check_gradients(const OpCase& c);

// Rung 2: value and gradients in f32 and in f64, on every instruction set of the machine or on the device,
// against f64 on the CPU with plain vectors.
Failures check_precision(const OpCase& c);

// Rung 2b: bf16 against f32 on the same values, which bf16 holds exactly, on every instruction set or on the
// device. Sums are f32 in both, so the bound covers the rounding of results and of tensors saved for the
// backward pass, whatever the length of the sums.
Failures check_bf16(const OpCase& c);

// Rung 3, in f64: the fused op against its composed reference, value and gradients; and the value against the
// case's definition. A case without one of them passes that check.
Failures check_composed(const OpCase& c);

// Rung 4: gradients are added, never overwritten: inputs used twice in a graph, leaves over two backward
// passes and leaves that hold a gradient already. And a gradient does not depend on which other inputs want
// theirs.
Failures check_accumulation(const OpCase& c);

// Rung 5, in f32: two runs, and runs on 1, 2 and 3 threads, or on an emulated device with threads in three
// orders, give the same bits.
Failures check_reproducible(const OpCase& c);

// A value and the gradients of all inputs, for one upstream gradient.
struct Evaluation {
  Tensor value;
  std::vector<Tensor> grads;
};
Evaluation evaluate(const Op& op, const std::vector<Tensor>& inputs, const Tensor& upstream);
// The value alone.
Tensor value_of(const Op& op, const std::vector<Tensor>& inputs);
// The upstream gradient that a case's checks use: random, of the shape of its value.
Tensor upstream_for(const OpCase& c, Dtype dtype);
std::vector<Tensor> inputs_in(const OpCase& c, Dtype dtype);

}  // namespace hone::test
