// AdamW over part of the flat buffers; the gradient is read once and, unless it is kept, set to zero in the same pass, and the new value's bf16 shadow
// written.

constexpr int64_t kAdamBlock = 256;  // elements

template <class T>
HONE_INLINE bool all_zero(int64_t n, const T* x) {
  auto other = Vec<T>{} != Vec<T>{};
  int64_t i = 0;
  for (; i + kLanes<T> <= n; i += kLanes<T>) other |= load(x + i) != Vec<T>{};
  bool zero = true;
  for (int lane = 0; lane < kLanes<T>; ++lane) zero &= other[lane] == 0;
  for (; i < n; ++i) zero &= x[i] == T(0);
  return zero;
}

template <AdamForm form, class T>
void adamw_of(const AdamStep<T>& s, int64_t n, T* __restrict p, T* __restrict g, T* __restrict m, T* __restrict v) {
  for (int64_t i = 0; i < n; ++i) {
    const T gradient = g[i] * s.gradient_scale;
    m[i] = s.beta1 * m[i] + s.rest1 * gradient;
    v[i] = s.beta2 * v[i] + s.rest2 * gradient * gradient;
    const T root = sizeof(T) == 4 ? static_cast<T>(__builtin_sqrtf(static_cast<float>(v[i])))
                                  : static_cast<T>(__builtin_sqrt(static_cast<double>(v[i])));
    if constexpr (form == AdamForm::hf) {
      const T moved = p[i] - s.step_size * m[i] / (root + s.eps);
      p[i] = moved - s.decay * moved;
    } else {
      p[i] = (1 - s.decay) * p[i] - s.step_size * m[i] / (root * s.v_scale + s.eps);
    }
    if (!s.keeps_gradient) g[i] = 0;
  }
}

// What has neither gradient nor moments is only read.
template <class T>
void adamw(const AdamStep<T>& s, int64_t n, T* p, T* g, T* m, T* v, bf16* shadow) {
  const bool still = s.decay == T(0) && s.eps > T(0);
  for (int64_t i = 0; i < n; i += kAdamBlock) {
    const int64_t count = n - i < kAdamBlock ? n - i : kAdamBlock;
    if (still && all_zero(count, g + i) && all_zero(count, m + i) && all_zero(count, v + i)) {
      // p keeps its bits
    } else if (s.form == AdamForm::hf) {
      adamw_of<AdamForm::hf>(s, count, p + i, g + i, m + i, v + i);
    } else {
      adamw_of<AdamForm::torch>(s, count, p + i, g + i, m + i, v + i);
    }
    if constexpr (sizeof(T) == sizeof(float)) {
      if (shadow) each_vector<T>(count, [&](int64_t c, int lanes) { store(shadow + i + c, load(p + i + c, lanes), lanes); });
    } else if (shadow) {
      for (int64_t c = 0; c < count; ++c) shadow[i + c] = bf16(static_cast<float>(p[i + c]));
    }
  }
}
