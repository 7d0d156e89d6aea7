#include "core/kernels/adamw.h"

namespace hone::kernels {
namespace {

void check_part(const char* op, const AdamWPart& part) {
  const View& p = part.p;
  const Arguments flat{{"p", p}, {"g", part.g}, {"m", part.m}, {"v", part.v}};
  for (const Argument& x : flat) require_shape(op, x, {p.elements()});
  require_same_type(op, flat);
  if (part.control.dtype != Dtype::f64 || part.control.elements() != 2)
    refuse(op, "control is " + describe(part.control) + ", expected f64 [2]");
  if (part.shadow) require_shape(op, {"shadow", part.shadow}, {p.elements()});
  require_type(op, Dtype::bf16, {{"shadow", part.shadow}});
  require_marks(op, part.marks, p);
  require(!part.marks || !part.keeps_gradient, op, "marks of a gradient that is kept");
}

}  // namespace

void SumSquares::check(const char* op) const {
  require_shape(op, {"x", x}, {x.elements()});
  if (out.dtype != Dtype::f64 || out.elements() != 1)
    refuse(op, "out is " + describe(out) + ", expected f64 [1]");
  require_marks(op, marks, x);
}

Arguments AdamW::inputs() const {
  Arguments all{{"guard", guard}};
  for (const AdamWPart& part : parts) all.push_back({"control", part.control});
  return all;
}

Arguments AdamW::outputs() const {
  Arguments all;
  for (const AdamWPart& part : parts) {
    all.insert(all.end(), {{"p", part.p},
                           {"g", part.g},
                           {"m", part.m},
                           {"v", part.v},
                           {"shadow", part.shadow},
                           {"marks", part.marks}});
  }
  return all;
}

double AdamW::flops() const {
  int64_t elements = 0;
  for (const AdamWPart& part : parts) elements += part.p.elements();
  return 12.0 * static_cast<double>(elements);
}

void AdamW::check(const char* op) const {
  require(!parts.empty(), op, "there is no part");
  if (guard.dtype != Dtype::f64 || guard.elements() < 2)
    refuse(op, "guard is " + describe(guard) + ", expected f64 [2] or longer");
  for (const AdamWPart& part : parts) {
    check_part(op, part);
    require_same_type(op, {{"the first part's p", parts[0].p}, {"p", part.p}});
  }
}

}  // namespace hone::kernels
