// GEMM of bf16 with vdpbf16ps, which adds the products of two neighbouring pairs to a float: k is packed in
// pairs, so that a lane of a packed row holds (k, k + 1).

struct DotProducts {
  using Packed = bf16;
  using Sum = float;
  static constexpr int group = 2;

  template <int rows>
  HONE_INLINE static void add(int64_t k, const bf16* a, const bf16* b,
                              Vec<float> (&sum)[rows][kTileVectors]) {
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
        for (int j = 0; j < kTileVectors; ++j)
          sum[i][j] = (Vec<float>)_mm512_dpbf16_ps((__m512)sum[i][j], av, bv[j]);
      }
    }
  }
};

HONE_INLINE __mmask16 lane_mask(int64_t count) { return static_cast<__mmask16>((1u << count) - 1); }

// Interleaves two rows: dst[2 * lane] is the first row's, dst[2 * lane + 1] the second's. Missing lanes and a
// missing row are padded with zeros.
template <int width>
HONE_INLINE void pack_pair_row(const bf16* first, const bf16* second, int64_t lanes, bf16* dst) {
  constexpr int n = kLanes<float>;
#pragma GCC unroll 4
  for (int l0 = 0; l0 < width; l0 += n) {
    const __mmask16 there = lane_mask(lanes < l0 ? 0 : lanes - l0 < n ? lanes - l0 : n);
    const auto words = [&](const bf16* row) {
      return _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(there, row + l0));
    };
    const __m512i odd = second ? _mm512_slli_epi32(words(second), 16) : _mm512_setzero_si512();
    _mm512_mask_storeu_epi32(dst + 2 * l0, lane_mask(width - l0 < n ? width - l0 : n), words(first) | odd);
  }
}

// Packs all panels two rows of src at a time: the rows lie far apart in memory, their lanes side by side.
template <int width>
void pack_pair_rows(const bf16* src, int64_t stride, int64_t lanes, int64_t k, bf16* dst) {
  constexpr int64_t kAhead = 4;  // rows
  const int64_t padded = (k + 1) / 2 * 2;
  for (int64_t p = 0; p < k; p += 2, src += 2 * stride, dst += 2 * width) {
    for (int64_t l0 = 0; l0 < lanes; l0 += width) {
      if (p + kAhead + 1 < k) {
        __builtin_prefetch(src + kAhead * stride + l0);
        __builtin_prefetch(src + (kAhead + 1) * stride + l0);
      }
      pack_pair_row<width>(src + l0, p + 1 < k ? src + stride + l0 : nullptr,
                           lanes - l0 < width ? lanes - l0 : width, dst + l0 * padded);
    }
  }
}

// Packs one panel whose lanes are rows of src. A pair is contiguous in src already, so this transposes a
// matrix of 32-bit words, except for an odd last k.
void pack_pairs_transposed(const bf16* src, int64_t stride, int64_t lanes, int64_t k, bf16* dst,
                           int64_t width) {
  const int64_t pairs = (k + 1) / 2;
  const auto word_at = [&](int64_t lane, int64_t pair) {
    uint32_t word = 0;
    __builtin_memcpy(&word, src + lane * stride + 2 * pair, 2 * pair + 1 < k ? 4 : 2);
    return word;
  };
  constexpr int n = kLanes<float>;
  auto* words = reinterpret_cast<float*>(dst);
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
      for (int i = 0; i < depth; ++i)
        store(words + (p0 + i) * width + l0, r[i], p0 + i + 1 < pairs ? spill : count);
    }
  }
}

void pack_pairs(const bf16* src, int64_t stride, bool contiguous_lanes, int64_t lanes, int64_t k,
                void* packed, int64_t width) {
  auto* dst = static_cast<bf16*>(packed);
  if (contiguous_lanes) {
    if (width == kTileRows) return pack_pair_rows<kTileRows>(src, stride, lanes, k, dst);
    return pack_pair_rows<kTileColumns<float>>(src, stride, lanes, k, dst);
  }
  const int64_t padded = (k + 1) / 2 * 2;
  for (int64_t l0 = 0; l0 < lanes; l0 += width) {
    const int64_t count = lanes - l0 < width ? lanes - l0 : width;
    pack_pairs_transposed(src + l0 * stride, stride, count, k, dst + l0 * padded, width);
  }
}
