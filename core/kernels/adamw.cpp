#include "core/kernels/adamw.h"

namespace hone::kernels {

void SumSquares::check() const {
  require_shape(name, "x", x, {x.elements()});
  require(out.dtype == Dtype::f64 && out.elements() == 1, name,
          "out is " + describe(out) + ", expected f64 [1]");
  require_marks(name, marks, x);
}

Views AdamW::inputs() const {
  Views all{guard};
  for (const AdamWPart& part : parts) all.push_back(part.control);
  return all;
}

Views AdamW::outputs() const {
  Views all;
  for (const AdamWPart& part : parts)
    all.insert(all.end(), {part.p, part.g, part.m, part.v, part.shadow, part.marks});
  return all;
}

double AdamW::flops() const {
  int64_t elements = 0;
  for (const AdamWPart& part : parts) elements += part.p.elements();
  return 12.0 * static_cast<double>(elements);
}

void AdamW::check() const {
  require(!parts.empty(), name, "there is no part");
  require(guard.dtype == Dtype::f64 && guard.elements() >= 2, name,
          "guard is f64 [2] or longer, got " + describe(guard));
  for (const auto& [p, g, m, v, control, settings, shadow, keeps_gradient, marks] : parts) {
    for (const View* view : {&p, &g, &m, &v}) require_shape(name, "p, g, m or v", *view, {p.elements()});
    require(control.dtype == Dtype::f64 && control.elements() == 2, name,
            "control is f64 [2], got " + describe(control));
    if (shadow) require_shape(name, "shadow", shadow, {p.elements()});
    require_type(name, Dtype::bf16, {shadow});
    require_marks(name, marks, p);
    require(!marks || !keeps_gradient, name, "marks of a gradient that is kept");
    require_same_type(name, {parts[0].p, p, g, m, v});
  }
}

}  // namespace hone::kernels
