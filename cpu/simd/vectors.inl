// Vectors of kVectorBytes through the compilers' vector extensions: the same source becomes SSE2, AVX2, AVX-512 or
// NEON. Included once by each cpu/simd_<isa>.cpp, inside an unnamed namespace.

template <class T>
struct VectorOf {
  using type [[gnu::vector_size(kVectorBytes)]] = T;
  using unaligned [[gnu::vector_size(kVectorBytes), gnu::aligned(sizeof(T)), gnu::may_alias]] = T;
};
template <class T>
using Vec = typename VectorOf<T>::type;
template <class T>
constexpr int kLanes = kVectorBytes / static_cast<int>(sizeof(T));

#define HONE_INLINE [[gnu::always_inline]] inline

template <class T>
HONE_INLINE Vec<T> splat(T x) {
  return x - Vec<T>{};  // not x + 0: that would lose the sign of -0
}

template <class T>
HONE_INLINE Vec<T> load(const T* p) {
  return *reinterpret_cast<const typename VectorOf<T>::unaligned*>(p);
}

template <class T>
HONE_INLINE void store(T* p, Vec<T> v) {
  *reinterpret_cast<typename VectorOf<T>::unaligned*>(p) = v;
}

// The first `count` lanes; the others are 0.
template <class T>
HONE_INLINE Vec<T> load(const T* p, int count) {
  if (count == kLanes<T>) return load(p);
  Vec<T> v{};
  for (int i = 0; i < count; ++i) v[i] = p[i];
  return v;
}

template <class T>
HONE_INLINE void store(T* p, Vec<T> v, int count) {
  if (count == kLanes<T>) return store(p, v);
  for (int i = 0; i < count; ++i) p[i] = v[i];
}

// v in the first `count` lanes, `other` in the rest.
template <class T>
HONE_INLINE Vec<T> first_lanes(Vec<T> v, int count, T other) {
  if (count == kLanes<T>) return v;
  for (int i = count; i < kLanes<T>; ++i) v[i] = other;
  return v;
}

// The sum and the maximum of all lanes, in a fixed order.
template <class T>
HONE_INLINE T lane_sum(Vec<T> v) {
  T parts[kLanes<T>];
  store(parts, v);
  for (int width = kLanes<T> / 2; width > 0; width /= 2) {
    for (int i = 0; i < width; ++i) parts[i] += parts[i + width];
  }
  return parts[0];
}

template <class T>
HONE_INLINE T lane_max(Vec<T> v) {
  T best = v[0];
  for (int i = 1; i < kLanes<T>; ++i) best = v[i] > best || v[i] != v[i] ? v[i] : best;
  return best;
}

template <class T>
HONE_INLINE Vec<T> max(Vec<T> a, Vec<T> b) {
  return b > a ? b : a;
}

// Calls f(column, count) for steps of one vector; count is a constant but in the last step.
template <class T, class F>
HONE_INLINE void each_vector(int64_t n, const F& f) {
  int64_t c = 0;
  for (; c + kLanes<T> <= n; c += kLanes<T>) f(c, kLanes<T>);
  if (c < n) f(c, static_cast<int>(n - c));
}
