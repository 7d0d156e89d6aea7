// AdamW over part of the flat buffers; the gradient is read once and set to zero in the same pass.

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
    g[i] = 0;
  }
}

template <class T>
void adamw(const AdamStep<T>& s, int64_t n, T* p, T* g, T* m, T* v) {
  if (s.form == AdamForm::hf) return adamw_of<AdamForm::hf>(s, n, p, g, m, v);
  adamw_of<AdamForm::torch>(s, n, p, g, m, v);
}
