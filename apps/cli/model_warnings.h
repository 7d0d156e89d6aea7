#pragma once

#include <string>

#include "train/model_session.h"

namespace hone {

// Writes what is odd about the model's files to stderr, a line each.
void warn(const std::string& program, const ModelSession& session);

}  // namespace hone
