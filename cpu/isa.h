#pragma once

#include "cpu/simd/table.h"

namespace hone {

// The instruction sets that the inner loops are compiled for.
enum class Isa { portable, avx2, avx512 };
const char* name_of(Isa isa);

// The best that this machine has, or the one that HONE_CPU_ISA=portable|avx2|avx512 asks for; throws UsageError when
// the machine lacks that one. Read once.
Isa current_isa();
bool supports(Isa isa);

// The inner loops for T = float or double; without an argument those of current_isa(), or what a test has forced.
template <class T>
const SimdKernels<T>& simd();
template <class T>
const SimdKernels<T>& simd(Isa isa);

// Makes simd() return another instruction set's loops while it lives; for tests and benchmarks.
class ForceIsa {
 public:
  explicit ForceIsa(Isa isa);
  ~ForceIsa();
  ForceIsa(const ForceIsa&) = delete;
  ForceIsa& operator=(const ForceIsa&) = delete;

 private:
  const SimdTable* previous_;
};

}  // namespace hone
