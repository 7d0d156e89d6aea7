#include <hone/autograd/grad_mode.h>

#include <utility>

namespace hone {
namespace {

thread_local bool t_grad_enabled = true;

}  // namespace

GradMode::GradMode(bool enabled) : previous_(std::exchange(t_grad_enabled, enabled)) {}
GradMode::~GradMode() { t_grad_enabled = previous_; }
bool grad_enabled() { return t_grad_enabled; }

}  // namespace hone
