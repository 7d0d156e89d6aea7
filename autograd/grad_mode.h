#pragma once

namespace hone {

// While one lives, ops on this thread record what backward() needs, or nothing.
class GradMode {
 public:
  explicit GradMode(bool enabled);
  ~GradMode();
  GradMode(const GradMode&) = delete;
  GradMode& operator=(const GradMode&) = delete;

 private:
  bool previous_;
};
// While one lives, ops record nothing, and what they would save for backward is freed at once.
struct [[nodiscard]] NoGrad : GradMode {
  NoGrad() : GradMode(false) {}
};
bool grad_enabled();

}  // namespace hone
