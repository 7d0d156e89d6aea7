#pragma once

#include "apps/run/figures.h"
#include "data/json/json.h"
#include "data/json/json_writer.h"

namespace hone {

// Writes the figures as fields of an open JSON object. `average` says what f1, precision and recall are:
// "binary", of `positive_label`, or "macro".
void write_figures(JsonWriter& json, const Figures& figures);

// Reads them back, to the same bits. Throws ModelError when the object does not hold them.
Figures parse_figures(const Json& json);

}  // namespace hone
