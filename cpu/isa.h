#pragma once

#include <hone/core/device_options.h>
#include "cpu/simd/table.h"

namespace hone {

// The CPU's instruction set, a part of CpuOptions: at first, now, and from now on.
Isa default_isa();
Isa current_isa();
void set_isa(Isa isa);

template <class T>
struct SimdOf {
  using type = SimdMasters<T>;
};
template <>
struct SimdOf<bf16> {
  using type = SimdKernels<bf16>;
};

// The inner loops for T = float, double or bf16; without an argument those of current_isa().
template <class T>
const typename SimdOf<T>::type& simd();
template <class T>
const typename SimdOf<T>::type& simd(Isa isa);

// Sets another instruction set while it lives; for tests and benchmarks.
class ForceIsa {
 public:
  explicit ForceIsa(Isa isa);
  ~ForceIsa();
  ForceIsa(const ForceIsa&) = delete;
  ForceIsa& operator=(const ForceIsa&) = delete;

 private:
  Isa previous_;
};

}  // namespace hone
