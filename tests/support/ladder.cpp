#include "tests/support/ladder.h"

#include <cmath>
#include <utility>

#include <hone/autograd/ops/elementwise.h>
#include <hone/autograd/ops/shape.h>
#include "autograd/ops/binary.h"
#include "core/build_config.h"
#include "cpu/isa.h"
#include "cpu/thread_pool.h"
#include "cuda/emulation/emulator.h"

namespace hone::test {
namespace {

Device g_device;

// Results live in memory that is not cleared: an element that a kernel forgets to write must not look like 0.
void leave_nans_in_memory() { Tensor::full({1 << 14}, NAN, Dtype::f64, g_device); }

Vars leaves(const std::vector<Tensor>& values) {
  Vars out;
  for (const Tensor& value : values) out.push_back(Var::leaf(value.to(g_device)));
  return out;
}

Vars constants(const std::vector<Tensor>& values) {
  Vars out;
  for (const Tensor& value : values) out.push_back(value.to(g_device));
  return out;
}

Tensor host_copy(const Tensor& x) { return x.to(Device{}).clone(); }

std::vector<Tensor> grads_of(const Vars& vars) {
  std::vector<Tensor> out;
  for (const Var& var : vars) out.push_back(host_copy(var.grad()));
  return out;
}

std::string input_name(const OpCase& c, const char* what, size_t i) {
  return c.name + ": " + what + " of input " + std::to_string(i);
}

// Compares two evaluations within the error that a result in `dtype` may have.
Failures compare_all(const OpCase& c, const char* what, const Evaluation& actual, const Evaluation& expected,
                     Dtype dtype) {
  const auto bound = [&](const Tensor& x) { return rounding_bound(dtype, c.reduction, largest(x)); };
  Failures out = compare(c.name + ": value " + what, actual.value, expected.value, bound(expected.value));
  for (size_t i = 0; i < actual.grads.size(); ++i) {
    const Tensor& want = expected.grads[i];
    append(out, compare(input_name(c, what, i), actual.grads[i], want, bound(want)));
  }
  return out;
}

Tensor times(const Tensor& x, double factor) {
  return binary(BinaryKind::mul, x, Tensor::full({1}, factor, x.dtype())).value();
}

// y = op(z) + op(z), where the z are copies of the leaves: each z's gradient gathers two contributions.
Failures check_used_twice(const OpCase& c, const std::vector<Tensor>& inputs, const Tensor& upstream,
                          const Evaluation& once) {
  const Op twice = [&](const Vars& x) {
    Vars z;
    for (const Var& var : x) z.push_back(reshape(var, var.shape()));
    return add(c.op(z), c.op(z));
  };
  Evaluation expected{times(once.value, 2), {}};
  for (const Tensor& grad : once.grads) expected.grads.push_back(times(grad, 2));
  return compare_all(c, "used twice", evaluate(twice, inputs, upstream), expected, Dtype::f64);
}

// Checks leaves that already hold a gradient, over two backward passes.
Failures check_leaves_add(const OpCase& c, const std::vector<Tensor>& inputs, const Tensor& upstream,
                          const Evaluation& once) {
  const Vars x = leaves(inputs);
  Evaluation expected{once.value, {}};
  Numbers numbers(99);
  for (size_t i = 0; i < x.size(); ++i) {
    const Tensor before = numbers.normal(inputs[i].shape());
    Var(x[i]).set_grad(before.clone().to(g_device));
    expected.grads.push_back(add(before, times(once.grads[i], 2)).value());
  }
  Var y = c.op(x);
  backward(y, upstream.to(g_device));
  y = c.op(x);
  backward(y, upstream.to(g_device));
  return compare_all(c, "added to a leaf", {host_copy(y.value()), grads_of(x)}, expected, Dtype::f64);
}

// Checks each input as the only one that wants a gradient.
Failures check_alone(const OpCase& c, const std::vector<Tensor>& inputs, const Tensor& upstream,
                     const Evaluation& all) {
  Failures out;
  for (size_t i = 0; i < inputs.size(); ++i) {
    Vars x = constants(inputs);
    x[i] = Var::leaf(x[i].value());
    leave_nans_in_memory();
    backward(c.op(x), upstream.to(g_device));
    append(out, compare_bits(input_name(c, "alone", i), host_copy(x[i].grad()), all.grads[i]));
  }
  return out;
}

Failures compare_all_bits(const OpCase& c, const std::string& what, const Evaluation& actual,
                          const Evaluation& expected) {
  Failures out = compare_bits(c.name + ": value " + what, actual.value, expected.value);
  for (size_t i = 0; i < actual.grads.size(); ++i) {
    append(out, compare_bits(input_name(c, what.c_str(), i), actual.grads[i], expected.grads[i]));
  }
  return out;
}

// Calls f with a text for messages: on each instruction set of the machine, or on the device.
template <class F>
void everywhere(const F& f) {
  if (!g_device.is_cpu()) return f(to_string(g_device));
  for (Isa isa : kAllIsas) {
    if (!supports(isa)) continue;
    const ForceIsa force(isa);
    f(name_of(isa));
  }
}

// Calls f on the CPU with plain vectors, whatever the device.
template <class F>
auto on_plain_cpu(const F& f) {
  const Device device = std::exchange(g_device, {});
  const ForceIsa force(Isa::portable);
  auto out = f();
  g_device = device;
  return out;
}

}  // namespace

LadderDevice::LadderDevice(Device device) { g_device = device; }
LadderDevice::~LadderDevice() { g_device = {}; }

Evaluation evaluate(const Op& op, const std::vector<Tensor>& inputs, const Tensor& upstream) {
  leave_nans_in_memory();
  const Vars x = leaves(inputs);
  const Var y = op(x);
  const Tensor value = host_copy(y.value());
  leave_nans_in_memory();
  backward(y, upstream.to(g_device));
  return {value, grads_of(x)};
}

Tensor value_of(const Op& op, const std::vector<Tensor>& inputs) {
  const NoGrad no_grad;
  return host_copy(op(constants(inputs)).value());
}

std::vector<Tensor> inputs_in(const OpCase& c, Dtype dtype) {
  std::vector<Tensor> out;
  for (const Tensor& input : c.inputs) {
    const bool stays_f32 = dtype == Dtype::bf16 && c.vectors_stay_f32 && input.shape().rank() == 1;
    out.push_back(input.to(stays_f32 ? Dtype::f32 : dtype));
  }
  return out;
}

Tensor upstream_for(const OpCase& c, Dtype dtype) {
  return Numbers(4711).normal(value_of(c.op, inputs_in(c, dtype)).shape()).to(dtype);
}

Failures check_precision(const OpCase& c) {
  Failures out;
  const auto run = [&](Dtype dtype) { return evaluate(c.op, inputs_in(c, dtype), upstream_for(c, dtype)); };
  const Evaluation reference = on_plain_cpu([&] { return run(Dtype::f64); });
  everywhere([&](const std::string& place) {
    for (Dtype dtype : {Dtype::f32, Dtype::f64}) {
      const std::string what = std::string("in ") + name_of(dtype) + " on " + place;
      append(out, compare_all(c, what.c_str(), run(dtype), reference, dtype));
    }
  });
  return out;
}

Failures check_bf16(const OpCase& c) {
  std::vector<Tensor> inputs;
  for (const Tensor& input : c.inputs) inputs.push_back(input.to(Dtype::bf16).to(Dtype::f32));
  const auto stays_f32 = [&](const Var& x) { return c.vectors_stay_f32 && x.shape().rank() == 1; };
  const Op in_bf16 = [&](const Vars& x) {
    Vars half;
    for (const Var& var : x) half.push_back(stays_f32(var) ? var : cast(var, Dtype::bf16));
    return c.op(half);
  };
  const Tensor upstream = upstream_for(c, Dtype::f32).to(Dtype::bf16);
  const Evaluation reference = on_plain_cpu([&] { return evaluate(c.op, inputs, upstream.to(Dtype::f32)); });
  const auto bound = [](const Tensor& x) { return 8 * epsilon(Dtype::bf16) * std::max(1.0, largest(x)); };
  Failures out;
  everywhere([&](const std::string& place) {
    const std::string what = "in bf16 on " + place;
    const Evaluation actual = evaluate(in_bf16, inputs, upstream);
    append(out, compare(c.name + ": value " + what, actual.value, reference.value, bound(reference.value)));
    for (size_t i = 0; i < actual.grads.size(); ++i) {
      append(out, compare(input_name(c, what.c_str(), i), actual.grads[i], reference.grads[i],
                          bound(reference.grads[i])));
    }
  });
  return out;
}

Failures check_composed(const OpCase& c) {
  const auto inputs = inputs_in(c, Dtype::f64);
  const Tensor upstream = upstream_for(c, Dtype::f64);
  const Evaluation actual = evaluate(c.op, inputs, upstream);
  Failures out;
  if (c.composed)
    out = compare_all(c, "against composed", actual, evaluate(c.composed, inputs, upstream), Dtype::f64);
  if (c.definition)
    append(out, compare_all(c, "by definition", {actual.value, {}}, {c.definition(inputs), {}}, Dtype::f64));
  return out;
}

Failures check_accumulation(const OpCase& c) {
  const auto inputs = inputs_in(c, Dtype::f64);
  const Tensor upstream = upstream_for(c, Dtype::f64);
  const Evaluation once = evaluate(c.op, inputs, upstream);
  Failures out = check_used_twice(c, inputs, upstream, once);
  append(out, check_leaves_add(c, inputs, upstream, once));
  append(out, check_alone(c, inputs, upstream, once));
  return out;
}

Failures check_reproducible(const OpCase& c) {
  const auto inputs = inputs_in(c, Dtype::f32);
  const Tensor upstream = upstream_for(c, Dtype::f32);
  const auto run = [&] { return evaluate(c.op, inputs, upstream); };
  const Evaluation first = run();
  Failures out = compare_all_bits(c, "in a second run", run(), first);
  if (g_device.is_cpu()) {
    const int threads_before = threads();
    for (int count : {1, 2, 3}) {
      set_threads(count);
      append(out, compare_all_bits(c, "on " + std::to_string(count) + " threads", run(), first));
    }
    set_threads(threads_before);
  }
  if constexpr (kEmulatedCuda) {
    for (ThreadOrder order : {ThreadOrder::descending, ThreadOrder::random, ThreadOrder::ascending}) {
      set_thread_order(order);
      if (!g_device.is_cpu()) append(out, compare_all_bits(c, "with threads in another order", run(), first));
    }
  }
  return out;
}

}  // namespace hone::test
