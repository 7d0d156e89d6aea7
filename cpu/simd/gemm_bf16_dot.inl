// GEMM of bf16 with vdpbf16ps, which adds the products of two neighbouring pairs to a float: k is packed in pairs, so that a lane
// of a packed row holds (k, k + 1).

struct DotProducts {
  using Packed = bf16;
  using Sum = float;
  static constexpr int group = 2;

  template <int rows>
  HONE_INLINE static void add(int64_t k, const bf16* a, const bf16* b, Vec<float> (&sum)[rows][kTileVectors]) {
    constexpr int64_t a_step = 2 * kTileRows, b_step = 2 * kTileColumns<float>;
    for (int64_t p = 0; p < k; p += 2, a += a_step, b += b_step) {
      __m512bh bv[kTileVectors];
#pragma GCC unroll 4
      for (int j = 0; j < kTileVectors; ++j) bv[j] = (__m512bh)_mm512_loadu_si512(b + j * 2 * kLanes<float>);
#pragma GCC unroll 16
      for (int i = 0; i < rows; ++i) {
        int32_t pair;
        __builtin_memcpy(&pair, a + 2 * i, sizeof pair);
        const __m512bh av = (__m512bh)_mm512_set1_epi32(pair);
#pragma GCC unroll 4
        for (int j = 0; j < kTileVectors; ++j) sum[i][j] = (Vec<float>)_mm512_dpbf16_ps((__m512)sum[i][j], av, bv[j]);
      }
    }
  }
};

// Rows of pairs: dst[(k / 2) * 2 * width + 2 * lane + k % 2].
void pack_pairs(const bf16* src, int64_t stride, bool contiguous_lanes, int64_t lanes, int64_t k, void* packed,
                int64_t width) {
  auto* dst = static_cast<bf16*>(packed);
  const int64_t pairs = (k + 1) / 2;
  if (contiguous_lanes) {
    for (int64_t p = 0; p < pairs; ++p, dst += 2 * width) {
      const bf16* first = src + 2 * p * stride;
      const bool has_second = 2 * p + 1 < k;
      for (int64_t l = 0; l < lanes; ++l) {
        dst[2 * l].bits = first[l].bits;
        dst[2 * l + 1].bits = has_second ? first[stride + l].bits : uint16_t(0);
      }
      for (int64_t l = 2 * lanes; l < 2 * width; ++l) dst[l].bits = 0;
    }
    return;
  }
  // A pair lies together in src already: this is the transposition of a matrix of 32-bit words, but for an odd last k.
  const auto word_at = [&](int64_t lane, int64_t pair) {
    uint32_t word = 0;
    __builtin_memcpy(&word, src + lane * stride + 2 * pair, 2 * pair + 1 < k ? 4 : 2);
    return word;
  };
  constexpr int n = kLanes<float>;
  auto* words = static_cast<float*>(packed);
  for (int64_t l0 = 0; l0 < width; l0 += n) {
    const int count = static_cast<int>(width - l0 < n ? width - l0 : n);
    for (int64_t p0 = 0; p0 < pairs; p0 += n) {
      const int depth = static_cast<int>(pairs - p0 < n ? pairs - p0 : n);
      Vec<float> r[n];
#pragma GCC unroll 16
      for (int i = 0; i < n; ++i) {
        if (l0 + i >= lanes) {
          r[i] = Vec<float>{};
        } else if (2 * (p0 + n) <= k) {
          __builtin_memcpy(&r[i], src + (l0 + i) * stride + 2 * p0, sizeof r[i]);
        } else {
          uint32_t line[n] = {};
          for (int j = 0; j < depth; ++j) line[j] = word_at(l0 + i, p0 + j);
          __builtin_memcpy(&r[i], line, sizeof line);
        }
      }
      transpose_square<float>(r);
      const int spill = width < n ? n : count;
      for (int i = 0; i < depth; ++i) store(words + (p0 + i) * width + l0, r[i], p0 + i + 1 < pairs ? spill : count);
    }
  }
}
