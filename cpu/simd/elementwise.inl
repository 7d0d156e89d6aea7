// Functions of one number (core/kernels/unary_functions.h) and sums.

template <class T>
void unary(UnaryKind kind, int64_t n, const T* x, T* y) {
  with_function(kind, [&](auto f) {
    each_vector<T>(n, [&](int64_t c, int count) {
      store(y + c, f.template value<VectorMath<Acc<T>>>(load(x + c, count)), count);
    });
  });
}

template <class T>
void unary_backward(UnaryKind kind, int64_t n, const T* x, const T* y, const T* dy, T* dx, bool add) {
  with_function(kind, [&](auto f) {
    each_vector<T>(n, [&](int64_t c, int count) {
      const Vec<Acc<T>> slope = f.template slope<VectorMath<Acc<T>>>(load(x + c, count), load(y + c, count));
      Vec<Acc<T>> d = load(dy + c, count) * slope;
      if (add) d += load(dx + c, count);
      store(dx + c, d, count);
    });
  });
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

// The sum of x^2. Marks change no bit of it: blocks that they leave out would add zeros.
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
