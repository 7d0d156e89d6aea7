// AdamW (its formula is in core/kernels/adamw_rows.h) over part of the flat buffers: one pass that reads the
// gradient and, unless it is kept, sets it to zero, and writes the new value's bf16 shadow on the way.

struct AdamWMath {
  HONE_INLINE static float sqrt(float x) { return __builtin_sqrtf(x); }
  HONE_INLINE static double sqrt(double x) { return __builtin_sqrt(x); }
};

// n is at most kMarked<T>. Without a gradient g is not read.
template <AdamForm form, bool has_gradient, class T>
void adamw_of(const kernels::AdamStep<T>& s, bool keeps_gradient, int64_t n, T* __restrict p, T* __restrict g,
              T* __restrict m, T* __restrict v) {
  for (int64_t i = 0; i < n; ++i) {
    s.template update<AdamWMath>(form, p[i], has_gradient ? g[i] : T(0), m[i], v[i]);
    if (has_gradient && !keeps_gradient) g[i] = 0;
  }
}

// Numbers [i, i + n) of a part.
template <bool has_gradient, class T>
void adamw_piece(const kernels::AdamStep<T>& s, const kernels::AdamWNumbers<T>& k, int64_t i, int64_t n) {
  const auto update = [&](auto* of_form) {
    of_form(s, k.keeps_gradient, n, k.p + i, k.g + i, k.m + i, k.v + i);
  };
  if (s.finite)
    return k.settings.form == AdamForm::hf ? update(adamw_of<AdamForm::hf, has_gradient, T>)
                                           : update(adamw_of<AdamForm::torch, has_gradient, T>);
  if (has_gradient && !k.keeps_gradient) {
    for (int64_t j = 0; j < n; ++j) k.g[i + j] = 0;
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
void adamw(const kernels::AdamStep<T>& s, const kernels::AdamWNumbers<T>& k, int64_t begin, int64_t end) {
  const bool still = s.still() && !k.shadow;
  for (int64_t i = begin; i < end; i += kMarked<T>) {
    const int64_t count = end - i < kMarked<T> ? end - i : kMarked<T>;
    const int32_t known = k.marks ? k.marks[i / kMarked<T>] : mark::kAlways;
    if (known == mark::kNothing && still) continue;
    if (known == mark::kGradient) k.marks[i / kMarked<T>] = mark::kMoments;
    if (known <= mark::kGradient) {
      adamw_piece<true>(s, k, i, count);
    } else {
      adamw_piece<false>(s, k, i, count);
    }
    if (k.shadow && s.finite) write_shadow(count, k.p + i, k.shadow + i);
  }
}
