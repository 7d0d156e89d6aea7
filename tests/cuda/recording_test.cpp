// Tests of a device's recordings: nothing is done before the replay, and work that a replay could not repeat
// is refused.
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include <hone/core/error.h>
#include <hone/core/tensor.h>
#include "core/kernels/copy.h"
#include "core/kernels/gemm.h"
#include "tests/cuda/emulated_device.h"

namespace hone::test {
namespace {

Tensor on_device(const std::vector<float>& values, const Shape& shape) {
  return Tensor::from(values, shape).to(cuda_device());
}

std::vector<float> values_of(const Tensor& x) { return x.to(Device{}).to_vector<float>(); }

std::string error_of(const std::function<void()>& work) {
  try {
    runtime_of(cuda_device()).record(work);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

// The recorded work: a product, an allocation of its own, clearing of memory and a kernel that adds.
TEST(Recording, DoesItsWorkAtEachReplay) {
  const Device device = cuda_device();
  const Tensor a = on_device({1, 2, 3, 4}, {2, 2}), b = on_device({0, 1, 1, 0}, {2, 2});
  const Tensor sum = on_device({10, 10, 10, 10}, {2, 2}), cleared = on_device({5}, {1});
  const auto recording = runtime_of(device).record([&] {
    const Tensor product = Tensor::empty({2, 2}, Dtype::f32, device);
    launch(device, kernels::Gemm{.a = a, .b = b, .c = {.view = product.view()}});
    launch(device, kernels::Copy{.x = product, .out = {.view = sum, .add = true}});
    runtime_of(device).zero(cleared.view().data, 4);
  });
  ASSERT_NE(recording, nullptr);
  EXPECT_EQ(values_of(sum), (std::vector<float>{10, 10, 10, 10}));
  EXPECT_EQ(values_of(cleared), std::vector<float>{5});
  recording->replay();
  EXPECT_EQ(values_of(sum), (std::vector<float>{12, 11, 14, 13}));
  EXPECT_EQ(values_of(cleared), std::vector<float>{0});
  Tensor(a).copy_from(on_device({0, 0, 0, 1}, {2, 2}));
  recording->replay();
  EXPECT_EQ(values_of(sum), (std::vector<float>{12, 11, 15, 13})) << "with what the memory holds now";
}

TEST(Recording, LeavesMemoryOutsideItAlone) {
  const Device device = cuda_device();
  const Tensor out = on_device({0, 0}, {2}), x = on_device({1, 2}, {2});
  const auto recording = runtime_of(device).record([&] {
    const Tensor scratch = Tensor::zeros({2}, Dtype::f32, device);
    launch(device, kernels::Copy{.x = x, .out = {.view = scratch, .add = true}});
    launch(device, kernels::Copy{.x = scratch, .out = {.view = out, .add = true}});
  });
  std::vector<Tensor> later;
  for (int i = 0; i < 20; ++i) later.push_back(on_device({7, 7}, {2}));
  recording->replay();
  for (const Tensor& one : later) EXPECT_EQ(values_of(one), (std::vector<float>{7, 7}));
  EXPECT_EQ(values_of(out), (std::vector<float>{1, 2}));
}

TEST(Recording, RefusesWhatAReplayCouldNotRepeat) {
  const Tensor x = on_device({1, 2}, {2});
  const std::string copy = "recording: a copy from or to the host";
  EXPECT_EQ(error_of([&] { values_of(x); }), copy);
  EXPECT_EQ(error_of([&] { on_device({1}, {1}); }), copy);
  EXPECT_EQ(error_of([&] { runtime_of(cuda_device()).synchronise(); }), "recording: a wait for the device");
  Tensor kept;
  EXPECT_EQ(error_of([&] { kept = Tensor::empty({3}, Dtype::f32, cuda_device()); }),
            "recording: memory of the recorded work is still in use after it");
  kept = {};
  EXPECT_EQ(error_of([&] { launch(cuda_device(), kernels::Copy{.x = x, .out = {.view = x}}); }), "")
      << "the device records again";
  EXPECT_EQ(values_of(x), (std::vector<float>{1, 2}));
}

// Several threads copy to the device, as loading of weights does. Small copies go through pinned memory that
// the threads share.
TEST(DeviceCopies, ComeFromSeveralThreads) {
  constexpr int kThreads = 8, kCopies = 400;
  const Tensor all = Tensor::zeros({kThreads * kCopies, 32}, Dtype::f32, cuda_device());
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&all, t] {
        for (int i = t; i < kThreads * kCopies; i += kThreads) {
          const int64_t length = i % 2 == 0 ? 32 : 16;
          all.slice(i, i + 1).reshape({32}).slice(0, length).copy_from(Tensor::full({length}, i + 1));
        }
      });
    }
  }
  const std::vector<float> values = values_of(all);
  for (int i = 0; i < kThreads * kCopies; ++i) {
    for (int c = 0; c < 32; ++c)
      ASSERT_EQ(values[static_cast<size_t>(i * 32 + c)], i % 2 == 0 || c < 16 ? i + 1 : 0) << i << " " << c;
  }
}

}  // namespace
}  // namespace hone::test
