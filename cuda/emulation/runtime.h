#pragma once

#include <functional>

namespace hone::emulation {

// Runs an action of the device, or keeps it while a recording is made.
void perform(std::function<void()> action);

}  // namespace hone::emulation
