// Everything that one instruction set's file compiles. The including file has defined, in its unnamed
// namespace, kVectorBytes, kTileRows, kTileVectors, kSmallRows, Longs and low_products(), and includes this
// inside that namespace.

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

template <class T, class P>
constexpr SimdKernels<T> simd_kernels(void (*pack_for_products)(const T*, int64_t, bool, int64_t, int64_t,
                                                                void*, int64_t)) {
  using Sum = typename P::Sum;
  return {kTileRows,
          kTileColumns<Sum>,
          sizeof(typename P::Packed),
          P::group,
          pack_for_products,
          gemm_tile<P, T>,
          gemm_tile<P, Sum>,
          unary<T>,
          unary_backward<T>,
          dropout_mask<Acc<T>>,
          layer_norm<T>,
          layer_norm_backward<T>,
          attention_scratch<T>,
          attention<T>,
          attention_backward<T>,
          add_rows<T>};
}

template <class T>
constexpr SimdMasters<T> simd_masters() {
  return {simd_kernels<T, PlainProducts<T>>(pack<T>), sum_squares<T>, adamw<T>};
}

// bf16 made float when it is packed, for machines without bf16 products.
constexpr SimdKernels<bf16> widened_bf16() { return simd_kernels<bf16, PlainProducts<float>>(pack<bf16>); }

constexpr SimdTable table_with(const SimdKernels<bf16>& bf16_kernels) {
  return {simd_masters<float>(), simd_masters<double>(), bf16_kernels};
}
