#pragma once

#include <string>

#include "apps/inspection.h"

namespace hone {

// An inspection written as a table for people, and as one line of JSON.
std::string inspection_text(const Inspection& inspection);
std::string inspection_json(const Inspection& inspection);

}  // namespace hone
