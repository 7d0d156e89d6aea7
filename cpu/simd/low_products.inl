// The lower halves of a's lanes of 64 bits times b: one instruction. Left to themselves, compilers make a dozen shifts and sums
// of a constant factor, three products, or one of whole lanes that takes three times as long on some processors.
using Longs [[gnu::vector_size(kVectorBytes)]] = uint64_t;

[[gnu::always_inline]] inline Longs low_products(Longs a, uint32_t b) {
#if defined(__AVX512F__)
  return reinterpret_cast<Longs>(_mm512_mul_epu32(reinterpret_cast<__m512i>(a), _mm512_set1_epi64(b)));
#elif defined(__AVX2__)
  return reinterpret_cast<Longs>(_mm256_mul_epu32(reinterpret_cast<__m256i>(a), _mm256_set1_epi64x(b)));
#elif defined(__SSE2__)
  return reinterpret_cast<Longs>(_mm_mul_epu32(reinterpret_cast<__m128i>(a), _mm_set1_epi64x(b)));
#else
  return (a & uint64_t{0xFFFFFFFF}) * uint64_t{b};
#endif
}
