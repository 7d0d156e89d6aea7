#pragma once

#include <string>
#include <vector>

#include "data/json/json.h"

namespace hone {

// The steps and evaluations among a run's events as a table, RFC 4180 with a line of names: for spreadsheets.
std::string metrics_csv(const std::vector<Json>& events);

}  // namespace hone
