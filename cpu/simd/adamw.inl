// AdamW over part of the flat buffers: one pass that reads the gradient and, unless it is kept, sets it to
// zero, and writes the new value's bf16 shadow on the way.

// n is at most kMarked<T>. Without a gradient g is not read.
template <AdamForm form, bool has_gradient, class T>
void adamw_of(const AdamStep<T>& s, int64_t n, T* __restrict p, T* __restrict g, T* __restrict m,
              T* __restrict v) {
  for (int64_t i = 0; i < n; ++i) {
    const T gradient = has_gradient ? g[i] * s.gradient_scale : T(0);
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
    if (has_gradient && !s.keeps_gradient) g[i] = 0;
  }
}

template <bool has_gradient, class T>
void adamw_piece(const AdamStep<T>& s, int64_t n, T* p, T* g, T* m, T* v) {
  if (s.finite)
    return s.form == AdamForm::hf ? adamw_of<AdamForm::hf, has_gradient>(s, n, p, g, m, v)
                                  : adamw_of<AdamForm::torch, has_gradient>(s, n, p, g, m, v);
  if (has_gradient && !s.keeps_gradient) {
    for (int64_t i = 0; i < n; ++i) g[i] = 0;
  }
}

template <class T>
void write_shadow(int64_t n, const T* p, bf16* shadow) {
  if constexpr (sizeof(T) == sizeof(float)) {
    each_vector<T>(n, [&](int64_t c, int lanes) { store(shadow + c, load(p + c, lanes), lanes); });
  } else {
    for (int64_t c = 0; c < n; ++c) shadow[c] = bf16(static_cast<float>(p[c]));
  }
}

template <class T>
void adamw(const AdamStep<T>& s, int64_t n, T* p, T* g, T* m, T* v, bf16* shadow, int32_t* marks) {
  const bool still =
      s.decay == T(0) && s.eps > T(0) && !shadow;  // what has neither gradient nor moments keeps its value
  for (int64_t i = 0; i < n; i += kMarked<T>) {
    const int64_t count = n - i < kMarked<T> ? n - i : kMarked<T>;
    const int32_t known = marks ? marks[i / kMarked<T>] : mark::kAlways;
    if (known == mark::kNothing && still) continue;
    if (known == mark::kGradient) marks[i / kMarked<T>] = mark::kMoments;
    if (known <= mark::kGradient) {
      adamw_piece<true>(s, count, p + i, g + i, m + i, v + i);
    } else {
      adamw_piece<false>(s, count, p + i, g + i, m + i, v + i);
    }
    if (shadow && s.finite) write_shadow(count, p + i, shadow + i);
  }
}
