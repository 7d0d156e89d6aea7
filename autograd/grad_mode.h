#pragma once

namespace hone {

// While an object of it lives, ops on this thread record what backward() needs, or nothing.
class GradMode {
 public:
  explicit GradMode(bool enabled);
  ~GradMode();
  GradMode(const GradMode&) = delete;
  GradMode& operator=(const GradMode&) = delete;

 private:
  bool previous_;
};
// While an object of it lives, ops on this thread record nothing, and tensors that they would save for the
// backward pass are freed at once.
struct [[nodiscard]] NoGrad : GradMode {
  NoGrad() : GradMode(false) {}
};
bool grad_enabled();

}  // namespace hone
