// Tests of the programs with --device cuda: the results of the CPU up to rounding. In CI the device is
// emulated.
#include <gtest/gtest.h>

#include <cmath>

#include "core/build_config.h"
#include "tests/apps/programs.h"
#include "tests/cuda/emulated_device.h"

namespace hone::test {
namespace {

class Cuda : public Programs {
 protected:
  void SetUp() override {
    if (!cuda_there()) GTEST_SKIP() << "no CUDA device";
  }

  void expect_same_losses(const std::string& a, const std::string& b, double tolerance) const {
    const auto first = events(a, "step"), second = events(b, "step");
    ASSERT_EQ(first.size(), second.size());
    ASSERT_FALSE(first.empty());
    for (size_t i = 0; i < first.size(); ++i) {
      for (const char* field : {"loss", "grad_norm"}) {
        const double expected = first[i].get_number(field, NAN);
        EXPECT_NEAR(second[i].get_number(field, NAN), expected, tolerance * std::abs(expected))
            << field << " " << i;
      }
    }
  }
};

TEST_F(Cuda, TrainsOnPairsAsTheCpuDoes) {
  ASSERT_EQ(train("qqp", "on_cpu", "--epochs 1 --device cpu").exit_code, 0);
  const auto cuda = train("qqp", "on_cuda", "--epochs 1 --device cuda");
  ASSERT_EQ(cuda.exit_code, 0) << cuda.err;
  expect_same_losses("on_cpu", "on_cuda", 1e-4);
}

// `--device auto` chooses a GPU, but an emulated one must be asked for by name.
TEST_F(Cuda, AutoTakesAGpuAndSaysWhatItTook) {
  const auto result = train("sst2", "run", "--epochs 1 --device auto");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const std::string compute = events("run", "start")[0].get_string("compute", "");
  EXPECT_TRUE(compute.starts_with(kEmulatedCuda ? "cpu (" : "cuda:0 (")) << compute;
  EXPECT_THAT(result.err + result.out, testing::HasSubstr(compute));
}

// Training with dropout: masks have the same bits on every device.
TEST_F(Cuda, TrainsAsTheCpuDoes) {
  const auto cpu = train("sst2", "on_cpu", "--epochs 2 --device cpu");
  const auto cuda = train("sst2", "on_cuda", "--epochs 2 --device cuda");
  ASSERT_EQ(cpu.exit_code, 0) << cpu.err;
  ASSERT_EQ(cuda.exit_code, 0) << cuda.err;
  expect_same_losses("on_cpu", "on_cuda", 1e-4);
  const std::string compute = events("on_cuda", "start")[0].get_string("compute", "");
  EXPECT_TRUE(compute.starts_with("cuda:0 (")) << compute;
  // Values, gradients and two moments of every parameter are on the device for the whole run.
  const auto bytes =
      static_cast<int64_t>(std::filesystem::file_size(folder_ / "on_cuda/model/model.safetensors"));
  const Json on_cpu = events("on_cpu", "result")[0], on_cuda = events("on_cuda", "result")[0];
  EXPECT_GT(on_cuda.get_int("device_peak_memory_bytes", 0), 4 * (bytes - 10000));
  EXPECT_EQ(on_cpu.get_int("device_peak_memory_bytes", -1), -1);
  EXPECT_THAT(cuda.err, testing::ContainsRegex("peak memory [0-9]+ MB and [0-9]+ MB on cuda:0"));
}

TEST_F(Cuda, TrainsInBf16AndAccumulates) {
  ASSERT_EQ(train("sst2", "on_cpu", "--epochs 1 --dtype bf16 --accumulate 2").exit_code, 0);
  const auto cuda = train("sst2", "on_cuda", "--epochs 1 --dtype bf16 --accumulate 2 --device cuda:0");
  ASSERT_EQ(cuda.exit_code, 0) << cuda.err;
  expect_same_losses("on_cpu", "on_cuda", 0.05);
}

TEST_F(Cuda, GivesTheSameBitsAgain) {
  for (const char* output : {"first", "again"}) {
    ASSERT_EQ(train("sst2", output, "--epochs 1 --device cuda").exit_code, 0);
  }
  EXPECT_EQ(weights("first"), weights("again"));
}

TEST_F(Cuda, GoesOnFromACheckpointInTheSameBits) {
  const std::string options = "--epochs 2 --device cuda --save-every 1";
  ASSERT_EQ(train("sst2", "whole", options).exit_code, 0);
  ASSERT_EQ(train("sst2", "parts", options + " --max-steps 3").exit_code, 0);
  const auto resumed = train("sst2", "parts", options + " --max-steps 10 --resume");
  ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
  ASSERT_EQ(events("parts", "step").size(), 10u);
  EXPECT_EQ(weights("parts"), weights("whole"));
}

TEST_F(Cuda, RecomputesInTheSameBits) {
  for (const std::string dtype : {"f32", "bf16"}) {
    const std::string options = "--epochs 1 --device cuda --dtype " + dtype;
    ASSERT_EQ(train("sst2", "kept_" + dtype, options).exit_code, 0);
    ASSERT_EQ(train("sst2", "again_" + dtype, options + " --recompute").exit_code, 0);
    EXPECT_EQ(weights("kept_" + dtype), weights("again_" + dtype));
  }
}

// --tf32 is accepted and shown; its effect on products needs a GPU to be seen.
TEST_F(Cuda, TakesTf32AndSaysSo) {
  ASSERT_EQ(train("sst2", "run", "--epochs 1 --device cuda --tf32").exit_code, 0);
  EXPECT_THAT(events("run", "start")[0].get_string("compute", ""),
              testing::EndsWith(", f32; f32 products in TF32"));
  const auto predicted = run("predict", "--model run --device cuda --dtype bf16 --tf32", "good\n");
  EXPECT_EQ(predicted.exit_code, 0);
  EXPECT_THAT(predicted.err, testing::EndsWith(", bf16; f32 products in TF32\n"));
  EXPECT_EQ(run("predict", "--model run --device cuda", "good\n").err, "");
  EXPECT_EQ(run("evaluate", "--model run --data data --device cuda --tf32").exit_code, 0);
  const std::string message = "--tf32: only CUDA devices have TF32, and this runs on the CPU";
  expect_failure(train("sst2", "cpu", "--device cpu --tf32"), 2, message);
  expect_failure(run("predict", "--model base --device cpu --tf32", "good\n"), 2, message);
  expect_failure(run("evaluate", "--model base --data data --device cpu --tf32"), 2, message);
}

// The emulation has no cuDNN; tests/cuda/cudnn_test.cpp compares it on a GPU.
TEST_F(Cuda, ChoosesItsAttention) {
  ASSERT_EQ(train("sst2", "run", "--epochs 1 --device cuda --attention plain").exit_code, 0);
  EXPECT_EQ(run("predict", "--model run --device cuda --attention auto", "good\n").exit_code, 0);
  EXPECT_EQ(run("evaluate", "--model run --data data --attention plain").exit_code, 0);
  const std::string cpu = "--attention cudnn: only CUDA devices have cuDNN, and this runs on the CPU";
  expect_failure(train("sst2", "cpu", "--device cpu --attention cudnn"), 2, cpu);
  expect_failure(run("predict", "--model run --device cpu --attention cudnn", "good\n"), 2, cpu);
  expect_failure(run("predict", "--model run --device cuda --attention cudnn", "good\n"), 2,
                 "give --dtype bf16, too");
  expect_failure(run("predict", "--model run --attention flash", "good\n"), 2, "flash");
  if (!kEmulatedCuda) return;
  expect_failure(run("evaluate", "--model run --data data --device cuda --dtype bf16 --attention cudnn"), 1,
                 "made without cuDNN; use --attention auto");
}

TEST_F(Cuda, PredictsAndEvaluates) {
  ASSERT_EQ(train("sst2", "run", "--epochs 1 --device cuda").exit_code, 0);
  const auto predicted = run("predict", "--model run --device cuda", "good\na bad film\n\n");
  EXPECT_EQ(predicted.exit_code, 0) << predicted.err;
  EXPECT_EQ(std::count(predicted.out.begin(), predicted.out.end(), '\n'), 3) << predicted.out;
  const auto evaluated = run("evaluate", "--model run --data data --device cuda");
  EXPECT_EQ(evaluated.exit_code, 0) << evaluated.err;
}

TEST_F(Cuda, RefusesDevicesThatAreNotThere) {
  expect_failure(run("predict", "--model base --device cuda:7"), 1, "--device cuda:7: device cuda:7: ");
  expect_failure(run("predict", "--model base --device cuda:x"), 2, "neither auto, cpu, cuda nor cuda:N");
}

}  // namespace
}  // namespace hone::test
