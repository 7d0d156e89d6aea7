#pragma once

#include <string>

namespace hone {

// Throws ModelError when `name`, where a program wants a model, is the folder of a run that has none yet, or
// a folder of several runs; says what to do. Returns the name.
const std::string& not_unfinished_run(const std::string& name);

}  // namespace hone
