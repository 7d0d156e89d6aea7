#pragma once

#include <functional>
#include <string>
#include <vector>

#include <hone/autograd/var.h>
#include <hone/core/dropout.h>
#include "core/philox.h"

namespace hone::test {

using Vars = std::vector<Var>;
using Op = std::function<Var(const Vars&)>;

// One op at one size: serves the ladder (tests/support/ladder.h) and the benchmarks.
struct OpCase {
  std::string name;            // "linear 5x7 to 3"
  std::vector<Tensor> inputs;  // f64, of values that f32 holds exactly; all are differentiated
  Op op;
  Op composed = {};  // for fused ops, the same made of simple ops; else empty
  // The value by plain loops in f64; or empty.
  std::function<Tensor(const std::vector<Tensor>&)> definition = {};
  int64_t reduction = 1;          // terms of its longest sum; tolerances grow with it
  bool vectors_stay_f32 = false;  // biases, gamma and beta stay f32 under bf16
};
using OpCases = std::vector<OpCase>;

// The sizes of op cases: ugly ones for tests, a model's for benchmarks.
enum class Sizes { ugly, model };

// Numbers for inputs; the same for the same seed on every machine.
class Numbers {
 public:
  explicit Numbers(uint64_t seed) : stream_(seed, RandomUse::initialise, 0) {}

  Tensor normal(const Shape& shape, double scale = 1);
  Tensor uniform(const Shape& shape, double low, double high);
  // Normal, but no closer to 0 than `gap`: for functions with a kink there.
  Tensor away_from_zero(const Shape& shape, double gap = 0.05);
  Tensor indices(int64_t count, int64_t entries);  // i32 [count] in [0, entries)

 private:
  template <class F>
  Tensor make(const Shape& shape, const F& next);
  RandomStream stream_;
};

// An active dropout mask for these sequences, with arbitrary seed, step and first sequence.
DropoutMask test_dropout(double p, const SeqLens& rows);

// The same mask with its state on another device.
DropoutMask on(Device device, const DropoutMask& dropout);

// The mask that core/dropout.h defines, from the scalar generator: 0 or 1 / (1 - p), [rows, columns] f64. Row
// i is position i - begin of its sequence.
Tensor dropout_mask(const DropoutMask& dropout, int64_t columns, int64_t head = 0);
// The same for one sequence's attention probabilities: [queries, keys].
Tensor attention_mask(const DropoutMask& dropout, int64_t sequence, int64_t keys, int64_t head);

}  // namespace hone::test
