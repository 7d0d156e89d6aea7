// Everything that one instruction set's file compiles. The including file has defined, in its unnamed namespace,
// kVectorBytes, kTileRows, kTileVectors and kSmallRows, and includes this inside that namespace.

template <int... lane>
struct Lanes {};
template <int n, int... lane>
struct LaneSequence : LaneSequence<n - 1, n - 1, lane...> {};
template <int... lane>
struct LaneSequence<0, lane...> {
  using type = Lanes<lane...>;
};

#include "cpu/simd/vectors.inl"

#include "cpu/simd/math.inl"

#include "cpu/simd/dropout.inl"
#include "cpu/simd/elementwise.inl"
#include "cpu/simd/gemm.inl"
#include "cpu/simd/layer_norm.inl"

#include "cpu/simd/adamw.inl"
#include "cpu/simd/attention.inl"

template <class T>
constexpr SimdKernels<T> simd_kernels() {
  return {kTileRows,         kTileColumns<T>,        pack<T>,      gemm_tile<T>,
          unary<T>,          unary_backward<T>,      dropout_mask<T>, layer_norm<T>,
          layer_norm_backward<T>, attention_scratch<T>, attention<T>, attention_backward<T>,
          add_rows<T>,       sum_squares<T>,         adamw<T>};
}

constexpr SimdTable kTable = {simd_kernels<float>(), simd_kernels<double>()};
