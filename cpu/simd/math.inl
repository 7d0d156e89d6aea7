// exp, tanh and erf on vectors. f32 by polynomials (errors measured in tests/cpu/simd_math_test.cpp), f64 by
// the C library.

using IntVec [[gnu::vector_size(kVectorBytes)]] = int32_t;

// exp(x) as 2^n exp(r), n = round(x / ln 2), |r| <= ln 2 / 2; the polynomial is that of Cephes' expf
// (Moshier).
HONE_INLINE Vec<float> vexp(Vec<float> x) {
  constexpr float kShift = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer in the low bits
  const Vec<float> high = splat(88.72283f), low = splat(-87.33654f);
  const Vec<float> clamped = x > high ? high : (x < low ? low : x);
  const Vec<float> shifted = clamped * 1.44269504f + kShift;
  const Vec<float> n = shifted - kShift;
  const Vec<float> r = (clamped - n * 0.693359375f) + n * 2.12194440e-4f;
  Vec<float> p = splat(1.9875691500e-4f);
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + (r + 1.0f);
  // 2^n in two factors, since n reaches 128.
  const IntVec exponent = reinterpret_cast<IntVec>(shifted) - 0x4B400000;
  const IntVec half = exponent >> 1;
  const Vec<float> scale1 = reinterpret_cast<Vec<float>>((half + 127) << 23);
  const Vec<float> scale2 = reinterpret_cast<Vec<float>>((exponent - half + 127) << 23);
  const Vec<float> y = p * scale1 * scale2;
  return x > high ? splat(__builtin_inff()) : (x < low ? splat(0.0f) : y);
}

// tanh(x) as in Cephes' tanhf: a polynomial below 0.625, else through exp.
HONE_INLINE Vec<float> vtanh(Vec<float> x) {
  const Vec<float> z = x * x;
  Vec<float> p = splat(-5.70498872745e-3f);
  p = p * z + 2.06390887954e-2f;
  p = p * z + -5.37397155531e-2f;
  p = p * z + 1.33314422036e-1f;
  p = p * z + -3.33332819422e-1f;
  p = p * z * x + x;
  const Vec<float> magnitude = x < 0.0f ? -x : x;
  const Vec<float> y = 1.0f - 2.0f / (vexp(magnitude + magnitude) + 1.0f);
  return magnitude < 0.625f ? p : (x < 0.0f ? -y : y);
}

// erf(x) by a rational approximation on [-4, 4], beyond which it is +-1 in f32; the coefficients are those of
// Eigen's generic erf.
HONE_INLINE Vec<float> verf(Vec<float> x) {
  const Vec<float> limit = splat(4.0f);
  const Vec<float> t = x > limit ? limit : (x < -limit ? -limit : x);
  const Vec<float> z = t * t;
  Vec<float> p = splat(-2.72614225801306e-10f);
  p = p * z + 2.77068142495902e-08f;
  p = p * z + -2.10102402082508e-06f;
  p = p * z + -5.69250639462346e-05f;
  p = p * z + -7.34990630326855e-04f;
  p = p * z + -2.95459980854025e-03f;
  p = p * z + -1.60960333262415e-02f;
  Vec<float> q = splat(-1.45660718464996e-05f);
  q = q * z + -2.13374055278905e-04f;
  q = q * z + -1.68282697438203e-03f;
  q = q * z + -7.37332916720468e-03f;
  q = q * z + -1.42647390514189e-02f;
  return t * p / q;
}

template <class F>
HONE_INLINE Vec<double> by_lane(Vec<double> x, const F& f) {
  for (int i = 0; i < kLanes<double>; ++i) x[i] = f(x[i]);
  return x;
}
HONE_INLINE Vec<double> vexp(Vec<double> x) {
  return by_lane(x, [](double v) { return __builtin_exp(v); });
}
HONE_INLINE Vec<double> vtanh(Vec<double> x) {
  return by_lane(x, [](double v) { return __builtin_tanh(v); });
}
HONE_INLINE Vec<double> verf(Vec<double> x) {
  return by_lane(x, [](double v) { return __builtin_erf(v); });
}
HONE_INLINE Vec<double> vlog(Vec<double> x) {
  return by_lane(x, [](double v) { return __builtin_log(v); });
}
HONE_INLINE Vec<float> vlog(Vec<float> x) {
  for (int i = 0; i < kLanes<float>; ++i) x[i] = __builtin_logf(x[i]);
  return x;
}

// The arithmetic that the functions of core/kernels/unary_functions.h are written in, on vectors.
template <class Number>
struct VectorMath {
  using T = Number;
  using V = Vec<Number>;

  HONE_INLINE static V erf(V x) { return verf(x); }
  HONE_INLINE static V exp(V x) { return vexp(x); }
  HONE_INLINE static V log(V x) { return vlog(x); }
  HONE_INLINE static V tanh(V x) { return vtanh(x); }
  HONE_INLINE static V all(T x) { return splat(x); }
};
