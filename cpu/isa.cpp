#include "cpu/isa.h"

#include <fmt/core.h>

#include <cstdlib>
#include <string>

#include <hone/core/error.h>

namespace hone {
namespace {

Isa detect() {
  const char* wanted = std::getenv("HONE_CPU_ISA");
  if (wanted == nullptr || *wanted == 0) {
    Isa best = Isa::portable;
    for (Isa isa : kAllIsas) best = supports(isa) ? isa : best;
    return best;
  }
  for (Isa isa : kAllIsas) {
    if (std::string(wanted) != name_of(isa)) continue;
    if (!supports(isa))
      throw UsageError(fmt::format("HONE_CPU_ISA={}: this machine does not have it", wanted));
    return isa;
  }
  throw UsageError(fmt::format("HONE_CPU_ISA={}: expected portable, avx2, avx512 or avx512_bf16", wanted));
}

const SimdTable& table(Isa isa) {
#if defined(__x86_64__)
  if (isa == Isa::avx512_bf16) return simd_avx512_bf16();
  if (isa == Isa::avx512) return simd_avx512();
  if (isa == Isa::avx2) return simd_avx2();
#endif
  (void)isa;
  return simd_portable();
}

// The instruction set in use and its loops.
struct Current {
  Isa isa = default_isa();
  const SimdTable* loops = &table(isa);
};
Current& current() {
  static Current now;
  return now;
}

}  // namespace

const char* name_of(Isa isa) {
  static constexpr const char* kNames[] = {"portable", "avx2", "avx512", "avx512_bf16"};
  return kNames[static_cast<int>(isa)];
}

bool supports([[maybe_unused]] Isa isa) {
#if defined(__x86_64__)
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  if (isa == Isa::avx2) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (isa == Isa::avx512) return avx512;
  if (isa == Isa::avx512_bf16) return avx512 && __builtin_cpu_supports("avx512bf16");
#endif
  return isa == Isa::portable;
}

Isa default_isa() {
  static const Isa isa = detect();
  return isa;
}

Isa current_isa() { return current().isa; }

void set_isa(Isa isa) { current() = {isa, &table(isa)}; }

template <>
const SimdMasters<float>& simd<float>(Isa isa) {
  return table(isa).f32;
}
template <>
const SimdMasters<double>& simd<double>(Isa isa) {
  return table(isa).f64;
}
template <>
const SimdKernels<bf16>& simd<bf16>(Isa isa) {
  return table(isa).bf;
}
template <>
const SimdMasters<float>& simd<float>() {
  return current().loops->f32;
}
template <>
const SimdMasters<double>& simd<double>() {
  return current().loops->f64;
}
template <>
const SimdKernels<bf16>& simd<bf16>() {
  return current().loops->bf;
}

ForceIsa::ForceIsa(Isa isa) : previous_(current_isa()) { set_isa(isa); }
ForceIsa::~ForceIsa() { set_isa(previous_); }

}  // namespace hone
