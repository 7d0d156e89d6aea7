// Functions of one number and their derivatives.

template <UnaryKind kind, class T>
HONE_INLINE Vec<T> unary_value(Vec<T> x) {
  if constexpr (kind == UnaryKind::gelu) return x * T(0.5) * (T(1) + verf(x * T(kSqrtHalf)));
  if constexpr (kind == UnaryKind::gelu_tanh) {
    return x * T(0.5) * (T(1) + vtanh(T(kGeluScale) * (x + T(kGeluCubic) * x * x * x)));
  }
  if constexpr (kind == UnaryKind::relu) return x < T(0) ? splat(T(0)) : x;
  if constexpr (kind == UnaryKind::tanh) return vtanh(x);
  if constexpr (kind == UnaryKind::sigmoid) return T(1) / (T(1) + vexp(-x));
  if constexpr (kind == UnaryKind::exp) return vexp(x);
  if constexpr (kind == UnaryKind::log) return vlog(x);
}

template <UnaryKind kind, class T>
HONE_INLINE Vec<T> unary_slope(Vec<T> x, Vec<T> y) {
  if constexpr (kind == UnaryKind::gelu) {
    const Vec<T> phi = T(0.5) * (T(1) + verf(x * T(kSqrtHalf)));
    return phi + x * T(kNormal) * vexp(x * x * T(-0.5));
  }
  if constexpr (kind == UnaryKind::gelu_tanh) {
    const Vec<T> t = vtanh(T(kGeluScale) * (x + T(kGeluCubic) * x * x * x));
    const Vec<T> inner = T(kGeluScale) * (T(1) + T(3 * kGeluCubic) * x * x);
    return T(0.5) * (T(1) + t) + T(0.5) * x * (T(1) - t * t) * inner;
  }
  if constexpr (kind == UnaryKind::relu) return x > T(0) ? splat(T(1)) : splat(T(0));
  if constexpr (kind == UnaryKind::tanh) return T(1) - y * y;
  if constexpr (kind == UnaryKind::sigmoid) return y * (T(1) - y);
  if constexpr (kind == UnaryKind::exp) return y;
  if constexpr (kind == UnaryKind::log) return T(1) / x;
}

template <UnaryKind kind, class T>
void unary_of(int64_t n, const T* x, T* y) {
  each_vector<T>(
      n, [&](int64_t c, int count) { store(y + c, unary_value<kind, Acc<T>>(load(x + c, count)), count); });
}

template <UnaryKind kind, class T>
void unary_backward_of(int64_t n, const T* x, const T* y, const T* dy, T* dx, bool add) {
  each_vector<T>(n, [&](int64_t c, int count) {
    Vec<Acc<T>> d = load(dy + c, count) * unary_slope<kind, Acc<T>>(load(x + c, count), load(y + c, count));
    if (add) d += load(dx + c, count);
    store(dx + c, d, count);
  });
}

template <class T>
void unary(UnaryKind kind, int64_t n, const T* x, T* y) {
  switch (kind) {
    case UnaryKind::gelu:
      return unary_of<UnaryKind::gelu>(n, x, y);
    case UnaryKind::gelu_tanh:
      return unary_of<UnaryKind::gelu_tanh>(n, x, y);
    case UnaryKind::relu:
      return unary_of<UnaryKind::relu>(n, x, y);
    case UnaryKind::tanh:
      return unary_of<UnaryKind::tanh>(n, x, y);
    case UnaryKind::sigmoid:
      return unary_of<UnaryKind::sigmoid>(n, x, y);
    case UnaryKind::exp:
      return unary_of<UnaryKind::exp>(n, x, y);
    case UnaryKind::log:
      return unary_of<UnaryKind::log>(n, x, y);
  }
}

template <class T>
void unary_backward(UnaryKind kind, int64_t n, const T* x, const T* y, const T* dy, T* dx, bool add) {
  switch (kind) {
    case UnaryKind::gelu:
      return unary_backward_of<UnaryKind::gelu>(n, x, y, dy, dx, add);
    case UnaryKind::gelu_tanh:
      return unary_backward_of<UnaryKind::gelu_tanh>(n, x, y, dy, dx, add);
    case UnaryKind::relu:
      return unary_backward_of<UnaryKind::relu>(n, x, y, dy, dx, add);
    case UnaryKind::tanh:
      return unary_backward_of<UnaryKind::tanh>(n, x, y, dy, dx, add);
    case UnaryKind::sigmoid:
      return unary_backward_of<UnaryKind::sigmoid>(n, x, y, dy, dx, add);
    case UnaryKind::exp:
      return unary_backward_of<UnaryKind::exp>(n, x, y, dy, dx, add);
    case UnaryKind::log:
      return unary_backward_of<UnaryKind::log>(n, x, y, dy, dx, add);
  }
}

template <class T>
void add_rows(const T* x, int64_t stride, int64_t rows, int64_t columns, Acc<T>* sum) {
  for (int64_t r = 0; r < rows; ++r) {
    const T* row = x + r * stride;
    each_vector<T>(columns, [&](int64_t c, int count) {
      store(sum + c, load(sum + c, count) + load(row + c, count), count);
    });
  }
}

// The same bits with and without marks: what they pass over would have added zeros.
template <class T>
double sum_squares(int64_t n, const T* x, const int32_t* marks) {
  constexpr int kParts = 32;
  static_assert(kMarked<T> % kParts == 0);
  double parts[kParts] = {};
  for (int64_t begin = 0; begin < n; begin += kMarked<T>) {
    if (marks && marks[begin / kMarked<T>] > mark::kGradient) continue;
    const int64_t end = n - begin < kMarked<T> ? n : begin + kMarked<T>;
    int64_t i = begin;
    for (; i + kParts <= end; i += kParts) {
      for (int j = 0; j < kParts; ++j)
        parts[j] += static_cast<double>(x[i + j]) * static_cast<double>(x[i + j]);
    }
    for (int j = 0; i < end; ++i, ++j) parts[j] += static_cast<double>(x[i]) * static_cast<double>(x[i]);
  }
  double sum = 0;
  for (double part : parts) sum += part;
  return sum;
}
