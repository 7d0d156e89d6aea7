#pragma once

#include <gtest/gtest.h>

#include "core/build_config.h"
#include "core/kernels/copy.h"
#include "cuda/emulation/emulator.h"
#include "tests/cuda/emulated_device.h"
#include "tests/support/op_case.h"
#include "tests/support/tolerance.h"

namespace hone::test {

// The orders of threads to try: three on the emulated device, the device's own on a GPU.
inline std::vector<ThreadOrder> orders() {
  if (!kEmulatedCuda) return {ThreadOrder::ascending};
  return {ThreadOrder::ascending, ThreadOrder::descending, ThreadOrder::random};
}
inline void run_threads_in([[maybe_unused]] ThreadOrder order) {
  if constexpr (kEmulatedCuda) set_thread_order(order);
}
inline constexpr Dtype kTypes[] = {Dtype::f32, Dtype::f64, Dtype::bf16};

// Runs kernel(device), which returns the kernel's result, on the CPU and on the device in three orders of
// threads, and expects that the results agree as far as sums of `reduction` terms do and have the same bits
// in every order.
template <class F>
void compare_devices(const std::string& what, Dtype dtype, const F& kernel, int64_t reduction = 1) {
  const Tensor expected = kernel(Device{});
  Tensor first;
  for (ThreadOrder order : orders()) {
    run_threads_in(order);
    const Tensor actual = kernel(cuda_device()).to(Device{});
    if (!first.defined()) first = actual;
    EXPECT_EQ(joined(compare(what, actual, expected, rounding_bound(dtype, reduction, largest(expected)))),
              "");
    EXPECT_EQ(joined(compare_bits(what, actual, first)), "");
  }
  run_threads_in(ThreadOrder::ascending);
}

// The case of a check for messages: a name, type and shape, as "add f32 2x3".
inline std::string label(const std::string& what, Dtype dtype, const Shape& shape) {
  return what + " " + name_of(dtype) + " " + to_string(shape);
}

// The numbers of columns at both sides of a matrix that is part of a wider one.
struct Frame {
  int64_t left, right;
};
inline constexpr Frame kFrames[] = {{0, 0}, {16, 16}, {3, 2}};

// x's values as part of a wider matrix of NaN on a device.
struct Framed {
  Framed(const Tensor& x, Device device, Frame frame) : columns(x.shape().columns()), left(frame.left) {
    const Tensor wide = Tensor::full({x.shape().rows(), left + columns + frame.right}, NAN, x.dtype());
    launch({}, kernels::Copy{.x = x, .out = {.view = wide.view().columns_between(left, left + columns)}});
    memory = wide.to(device);
  }
  View view() const { return memory.view().columns_between(left, left + columns); }
  operator View() const { return view(); }  // NOLINT

  int64_t columns, left;
  Tensor memory;
};

// Runs kernel(device, out, frame) as compare_devices does, for an output of this shape in every frame,
// overwriting and adding; the memory around it must not change.
template <class F>
void compare_outputs(const std::string& what, Dtype dtype, const Shape& shape, const F& kernel,
                     int64_t reduction = 1) {
  for (const Frame frame : kFrames) {
    const Tensor before =
        Numbers(99).normal({shape.rows(), frame.left + shape.columns() + frame.right}).to(dtype);
    for (bool add : {false, true}) {
      const std::string all = label(what, dtype, shape) + " frame " + std::to_string(frame.left) + " add " +
                              std::to_string(static_cast<int>(add));
      const auto run_kernel = [&](Device device) {
        const Tensor memory = device.is_cpu() ? before.clone() : before.to(device);
        kernel(device,
               GradOut{.view = memory.view().columns_between(frame.left, frame.left + shape.columns()),
                       .add = add},
               frame);
        return memory;
      };
      compare_devices(all, dtype, run_kernel, reduction);
    }
  }
}

}  // namespace hone::test
