#pragma once

// Functions of one number, each written once: for the CPU's vectors (cpu/simd/) and for single numbers
// (cuda/). The per-instruction-set files of cpu/ include this header, so it includes none, and what it
// defines is always inlined; it is constexpr so that device code may call it.
namespace hone {

inline constexpr double kSqrtHalf = 0.70710678118654752440;   // 1 / sqrt(2)
inline constexpr double kNormal = 0.39894228040143267794;     // 1 / sqrt(2 pi)
inline constexpr double kGeluScale = 0.79788456080286535588;  // sqrt(2 / pi)
inline constexpr double kGeluCubic = 0.044715;

// Each function's entry is its name, f(x), and f'(x) in terms of x and y = f(x). Math is the arithmetic of V,
// a number or a vector of numbers of type T: it has erf, exp, log and tanh of a V, and all(n), a V of equal
// numbers. From these entries come UnaryKind, the names, every device's kernels and the test cases.
//   gelu       x Phi(x) with the exact normal distribution function (Hendrycks and Gimpel 2016)
//   gelu_tanh  its approximation 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))), the hub's "gelu_new"
//   silu       x / (1 + exp(-x)), also known as swish (Elfwing, Uchibe and Doya 2017)
// clang-format off
#define HONE_UNARY_FUNCTIONS(ENTRY)                                                                      \
  ENTRY(gelu, x * T(0.5) * (T(1) + Math::erf(x * T(kSqrtHalf))),                                         \
              normal_distribution<Math>(x) + x * T(kNormal) * Math::exp(x * x * T(-0.5)))                \
  ENTRY(gelu_tanh, x * T(0.5) * (T(1) + gelu_tanh_inner<Math>(x)), gelu_tanh_slope<Math>(x))             \
  ENTRY(relu, x < T(0) ? Math::all(T(0)) : x, x > T(0) ? Math::all(T(1)) : Math::all(T(0)))              \
  ENTRY(tanh, Math::tanh(x), T(1) - y * y)                                                               \
  ENTRY(sigmoid, logistic<Math>(x), y * (T(1) - y))                                                      \
  ENTRY(exp, Math::exp(x), y)                                                                            \
  ENTRY(log, Math::log(x), T(1) / x)                                                                     \
  ENTRY(silu, x * logistic<Math>(x), logistic<Math>(x) + y * (T(1) - logistic<Math>(x)))
// clang-format on

#define HONE_ENUMERATOR(NAME, VALUE, SLOPE) NAME,
enum class UnaryKind { HONE_UNARY_FUNCTIONS(HONE_ENUMERATOR) };
#undef HONE_ENUMERATOR

// All kinds of functions, and their names, in the order of UnaryKind.
#define HONE_KIND(NAME, VALUE, SLOPE) UnaryKind::NAME,
inline constexpr UnaryKind kUnaryKinds[] = {HONE_UNARY_FUNCTIONS(HONE_KIND)};
#undef HONE_KIND
#define HONE_NAME(NAME, VALUE, SLOPE) #NAME,
inline constexpr const char* kUnaryNames[] = {HONE_UNARY_FUNCTIONS(HONE_NAME)};
#undef HONE_NAME

namespace unary_functions {

// Parts of the entries that need more than an expression or occur twice.
template <class Math, class V = typename Math::V, class T = typename Math::T>
[[gnu::always_inline]] constexpr V normal_distribution(V x) {
  return T(0.5) * (T(1) + Math::erf(x * T(kSqrtHalf)));
}

template <class Math, class V = typename Math::V, class T = typename Math::T>
[[gnu::always_inline]] constexpr V gelu_tanh_inner(V x) {
  return Math::tanh(T(kGeluScale) * (x + T(kGeluCubic) * x * x * x));
}

template <class Math, class V = typename Math::V, class T = typename Math::T>
[[gnu::always_inline]] constexpr V gelu_tanh_slope(V x) {
  const V t = gelu_tanh_inner<Math>(x);
  const V inner_slope = T(kGeluScale) * (T(1) + T(3 * kGeluCubic) * x * x);
  return T(0.5) * (T(1) + t) + T(0.5) * x * (T(1) - t * t) * inner_slope;
}

template <class Math, class V = typename Math::V, class T = typename Math::T>
[[gnu::always_inline]] constexpr V logistic(V x) {
  return T(1) / (T(1) + Math::exp(-x));
}

// Function<kind>::value<Math>(x) is f(x), Function<kind>::slope<Math>(x, y) is f'(x).
template <UnaryKind kind>
struct Function;
#define HONE_FUNCTION(NAME, VALUE, SLOPE)                                                         \
  template <>                                                                                     \
  struct Function<UnaryKind::NAME> {                                                              \
    template <class Math, class V = typename Math::V, class T = typename Math::T>                 \
    [[gnu::always_inline]] static constexpr V value(V x) {                                        \
      return VALUE;                                                                               \
    }                                                                                             \
    template <class Math, class V = typename Math::V, class T = typename Math::T>                 \
    [[gnu::always_inline]] static constexpr V slope([[maybe_unused]] V x, [[maybe_unused]] V y) { \
      return SLOPE;                                                                               \
    }                                                                                             \
  };
HONE_UNARY_FUNCTIONS(HONE_FUNCTION)
#undef HONE_FUNCTION

}  // namespace unary_functions

// Calls f with the function of this kind: a type, so that each gets code of its own.
template <class F>
void with_function(UnaryKind kind, const F& f) {
#define HONE_CASE(NAME, VALUE, SLOPE) \
  case UnaryKind::NAME:               \
    return f(unary_functions::Function<UnaryKind::NAME>{});
  switch (kind) { HONE_UNARY_FUNCTIONS(HONE_CASE) }
#undef HONE_CASE
}

}  // namespace hone
