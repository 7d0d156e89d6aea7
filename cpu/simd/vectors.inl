// Vectors of kVectorBytes through the compilers' vector extensions: the same source becomes SSE2, AVX2,
// AVX-512 or NEON. Included once by each cpu/simd_<isa>.cpp, inside an unnamed namespace.

template <class T>
struct VectorOf {
  using type [[gnu::vector_size(kVectorBytes)]] = T;
  using unaligned [[gnu::vector_size(kVectorBytes), gnu::aligned(sizeof(T)), gnu::may_alias]] = T;
};
template <>
struct VectorOf<bf16> : VectorOf<float> {};
template <class T>
using Vec = typename VectorOf<T>::type;
// The numbers of type T that one vector holds while they are computed with: bf16 is computed with as float.
template <class T>
constexpr int kLanes = kVectorBytes / static_cast<int>(sizeof(Acc<T>));

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

using Words [[gnu::vector_size(kVectorBytes)]] = uint32_t;
using Halves [[gnu::vector_size(kVectorBytes / 2)]] = uint16_t;
using UnalignedHalves [[gnu::vector_size(kVectorBytes / 2), gnu::aligned(2), gnu::may_alias]] = uint16_t;

HONE_INLINE Vec<float> load(const bf16* p) {
  const Halves halves = *reinterpret_cast<const UnalignedHalves*>(p);
  return reinterpret_cast<Vec<float>>(__builtin_convertvector(halves, Words) << 16);
}

// Stores as bf16, rounded as bf16's constructor rounds.
HONE_INLINE void store(bf16* p, Vec<float> v) {
  const Words word = reinterpret_cast<Words>(v);
  const Words rounded = word + 0x7FFF + ((word >> 16) & 1);
  const Words chosen = v != v ? (word | 0x400000) : rounded;
  *reinterpret_cast<UnalignedHalves*>(p) = __builtin_convertvector(chosen >> 16, Halves);
}

// Loads the first `count` lanes; the others are 0.
template <class T>
HONE_INLINE Vec<Acc<T>> load(const T* p, int count) {
  if (count == kLanes<T>) return load(p);
  Vec<Acc<T>> v{};
  for (int i = 0; i < count; ++i) v[i] = p[i];
  return v;
}

template <class T>
HONE_INLINE void store(T* p, Vec<Acc<T>> v, int count) {
  if (count == kLanes<T>) return store(p, v);
  for (int i = 0; i < count; ++i) p[i] = v[i];
}

// v in the first `count` lanes, `other` in the rest.
template <class T>
HONE_INLINE Vec<T> first_lanes(Vec<T> v, int count, T other) {
  if (count == kLanes<T>) return v;
  Vec<T> numbers{};
  for (int i = 0; i < kLanes<T>; ++i) numbers[i] = static_cast<T>(i);
  return numbers < splat(static_cast<T>(count)) ? v : splat(other);
}

template <int shift, class T, int... lane>
HONE_INLINE Vec<T> rotated(Vec<T> v, Lanes<lane...>) {
  return __builtin_shufflevector(v, v, ((lane + shift) % kLanes<T>)...);
}

// Combines all lanes, halving the vector until one is left: the order is fixed.
template <class T, int half = kLanes<T> / 2, class F>
HONE_INLINE T all_lanes(Vec<T> v, const F& combine) {
  if constexpr (half == 0) {
    return v[0];
  } else {
    const Vec<T> other = rotated<half, T>(v, typename LaneSequence<kLanes<T>>::type{});
    return all_lanes<T, half / 2>(combine(v, other), combine);
  }
}
template <class T>
HONE_INLINE T lane_sum(Vec<T> v) {
  return all_lanes<T>(v, [](Vec<T> a, Vec<T> b) { return a + b; });
}
// The largest lane, or NaN when any lane is NaN.
template <class T>
HONE_INLINE T lane_max(Vec<T> v) {
  return all_lanes<T>(v, [](Vec<T> a, Vec<T> b) { return b > a ? b : b != b ? b : a; });
}

template <class T>
HONE_INLINE Vec<T> max(Vec<T> a, Vec<T> b) {
  return b > a ? b : a;
}

// Calls f(column, count) for every vector of n numbers; count is a constant except in the last step.
template <class T, class F>
HONE_INLINE void each_vector(int64_t n, const F& f) {
  int64_t c = 0;
  for (; c + kLanes<T> <= n; c += kLanes<T>) f(c, kLanes<T>);
  if (c < n) f(c, static_cast<int>(n - c));
}
