#pragma once

#include <hone/core/bf16.h>
#include <hone/core/optimizer_settings.h>
#include "core/kernels/rows.h"

// AdamW's arithmetic, for the CPU's loops and CUDA's kernels alike; core/optimizer_settings.h has the
// formulas.
namespace hone::kernels {

// An AdamWPart (core/kernels/adamw.h) as loops and kernels read it: typed memory, numbers of type T.
template <class T>
struct AdamWNumbers {
  int64_t count;
  T *p, *g, *m, *v;
  const double* control;
  AdamSettings settings;
  double weight_decay;
  bf16* shadow;
  bool keeps_gradient;
  int32_t* marks;

  AdamWNumbers() = default;
  template <class Part>
  explicit AdamWNumbers(const Part& part)
      : count(part.p.elements()),
        p(part.p.template as<T>()),
        g(part.g.template as<T>()),
        m(part.m.template as<T>()),
        v(part.v.template as<T>()),
        control(part.control.template as<double>()),
        settings(part.settings),
        weight_decay(part.weight_decay),
        shadow(part.shadow.template as<bf16>()),
        keeps_gradient(part.keeps_gradient),
        marks(part.marks.template as<int32_t>()) {}
};

// One step's constants, the same for every number of a part. Math has pow and sqrt.
template <class T>
struct AdamStep {
  T beta1, rest1, beta2, rest2;  // rest1, rest2: 1 - beta, rounded once
  T eps;
  T size;       // hf: lr sqrt(1 - beta2^t) / (1 - beta1^t); torch: lr / (1 - beta1^t)
  T v_scale;    // torch: 1 / sqrt(1 - beta2^t)
  T decay;      // lr * weight decay
  T clip;       // the factor of a gradient whose norm is too large
  bool finite;  // false: the step changes nothing but the gradient

  // The constants of a part's next step. squared_norm is that of all gradients together.
  template <class Math>
  static constexpr AdamStep at(const AdamWNumbers<T>& part, double squared_norm, bool finite) {
    const AdamSettings& s = part.settings;
    const double* const control = part.control;  // learning rate and t
    const double lr = control[0], t = control[1];
    const double correction1 = s.bias_correction ? 1 - Math::pow(s.beta1, t) : 1;
    const double correction2 = s.bias_correction ? 1 - Math::pow(s.beta2, t) : 1;
    const double limited = s.clip_norm / (Math::sqrt(squared_norm) + 1e-6);
    const double clip = s.clip_norm > 0 && limited < 1 ? limited : 1;
    const double size = lr / correction1 * (s.form == AdamForm::hf ? Math::sqrt(correction2) : 1);
    return {static_cast<T>(s.beta1),
            static_cast<T>(1 - s.beta1),
            static_cast<T>(s.beta2),
            static_cast<T>(1 - s.beta2),
            static_cast<T>(s.eps),
            static_cast<T>(size),
            static_cast<T>(1 / Math::sqrt(correction2)),
            static_cast<T>(lr * part.weight_decay),
            static_cast<T>(clip),
            finite};
  }
  // True when a number without gradient and moments keeps its value.
  [[gnu::always_inline]] constexpr bool still() const { return decay == T(0) && eps > T(0); }

  template <class Math>
  [[gnu::always_inline]] constexpr void update(AdamForm form, T& p, T gradient, T& m, T& v) const {
    const T g = gradient * clip;
    m = beta1 * m + rest1 * g;
    v = beta2 * v + rest2 * g * g;
    const T root = Math::sqrt(v);
    if (form == AdamForm::hf) {
      const T moved = p - size * m / (root + eps);
      p = moved - decay * moved;
    } else {
      p = (1 - decay) * p - size * m / (root * v_scale + eps);
    }
  }
};

}  // namespace hone::kernels
