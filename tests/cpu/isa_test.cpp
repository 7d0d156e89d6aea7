#include "cpu/isa.h"

#include <gtest/gtest.h>

#include <cstdio>

#include "tests/support/process.h"

namespace hone {
namespace {

TEST(Isa, TheMachineHasPlainVectorsAndWhatItChose) {
  EXPECT_TRUE(supports(Isa::portable));
  EXPECT_TRUE(supports(current_isa()));
  std::printf("isa: %s\n", name_of(current_isa()));  // read by the test below
}

TEST(Isa, ForcingHoldsForAScope) {
  const auto* before = &simd<float>();
  {
    const ForceIsa force(Isa::portable);
    EXPECT_EQ(&simd<float>(), &simd<float>(Isa::portable));
    EXPECT_EQ(&simd<double>(), &simd<double>(Isa::portable));
  }
  EXPECT_EQ(&simd<float>(), before);
}

// HONE_CPU_ISA is read once in a process, so each value is tried in a process of its own.
TEST(Isa, EnvironmentChooses) {
  const auto run = [](const std::string& isa) {
    return test::run_process("HONE_CPU_ISA=" + isa + " " + test::program("test_cpu") +
                             " --gtest_filter=Isa.TheMachine*");
  };
  EXPECT_NE(run("portable").out.find("isa: portable"), std::string::npos);
  const auto wrong = run("sse9");
  EXPECT_NE(wrong.out.find("HONE_CPU_ISA=sse9: expected portable, avx2, avx512 or avx512_bf16"),
            std::string::npos)
      << wrong.out;
  for (const Isa isa : kAllIsas) {  // no pass where the machine has all
    if (supports(isa)) continue;
    const std::string missing = run(name_of(isa)).out;
    EXPECT_NE(missing.find("this machine does not have it"), std::string::npos) << missing;
  }
}

}  // namespace
}  // namespace hone
