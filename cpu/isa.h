#pragma once

#include "cpu/simd/table.h"

namespace hone {

// The instruction sets that the inner loops are compiled for.
enum class Isa { portable, avx2, avx512, avx512_bf16 };
inline constexpr Isa kAllIsas[] = {Isa::portable, Isa::avx2, Isa::avx512, Isa::avx512_bf16};
const char* name_of(Isa isa);

// The best that this machine has, or the one that HONE_CPU_ISA=portable|avx2|avx512|avx512_bf16 asks for;
// throws UsageError when the machine lacks that one. Read once.
Isa current_isa();
bool supports(Isa isa);

template <class T>
struct SimdOf {
  using type = SimdMasters<T>;
};
template <>
struct SimdOf<bf16> {
  using type = SimdKernels<bf16>;
};

// The inner loops for T = float, double or bf16; without an argument those of current_isa(), or what a test
// has forced.
template <class T>
const typename SimdOf<T>::type& simd();
template <class T>
const typename SimdOf<T>::type& simd(Isa isa);

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
