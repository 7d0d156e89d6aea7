#include "core/kernels/sgd.h"

namespace hone::kernels {
namespace {

void check_part(const char* op, const SgdPart& part) {
  const View& p = part.p;
  const Arguments flat{{"p", p}, {"g", part.g}};
  for (const Argument& x : flat) require_shape(op, x, {p.elements()});
  require_same_type(op, {{"p", p}, {"g", part.g}, {"momentum", part.momentum}});
  if (part.momentum) require_shape(op, {"momentum", part.momentum}, {p.elements()});
  require(part.momentum.present == (part.settings.momentum != 0), op,
          "a momentum must have a buffer, and no momentum none");
  if (part.control.dtype != Dtype::f64 || part.control.elements() != 2)
    refuse(op, "control is " + describe(part.control) + ", expected f64 [2]");
  if (part.shadow) require_shape(op, {"shadow", part.shadow}, {p.elements()});
  require_type(op, Dtype::bf16, {{"shadow", part.shadow}});
  require_marks(op, part.marks, p);
  require(!part.marks || !part.keeps_gradient, op, "marks of a gradient that is kept");
}

}  // namespace

Arguments Sgd::inputs() const {
  Arguments all{{"guard", guard}};
  for (const SgdPart& part : parts) all.push_back({"control", part.control});
  return all;
}

Arguments Sgd::outputs() const {
  Arguments all;
  for (const SgdPart& part : parts) {
    all.insert(all.end(), {{"p", part.p},
                           {"g", part.g},
                           {"momentum", part.momentum},
                           {"shadow", part.shadow},
                           {"marks", part.marks}});
  }
  return all;
}

double Sgd::flops() const {
  int64_t elements = 0;
  for (const SgdPart& part : parts) elements += part.p.elements();
  return 6.0 * static_cast<double>(elements);
}

void Sgd::check(const char* op) const {
  require(!parts.empty(), op, "there is no part");
  if (guard.dtype != Dtype::f64 || guard.elements() < 2)
    refuse(op, "guard is " + describe(guard) + ", expected f64 [2] or longer");
  for (const SgdPart& part : parts) {
    check_part(op, part);
    require_same_type(op, {{"the first part's p", parts[0].p}, {"p", part.p}});
  }
}

}  // namespace hone::kernels
