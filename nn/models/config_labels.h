#pragma once

#include <string>
#include <vector>

#include "data/json/json.h"

namespace hone {

inline constexpr char kProblemType[] = "single_label_classification";

// The label names of a config, in the order of their ids: from id2label, whose numbers are written as text,
// or LABEL_0 ... for num_labels (2 by default). A label2id that is not id2label's inverse adds a line to
// `warnings`. Throws ModelError when id2label and num_labels do not agree, and for a head that is not a
// classifier's.
std::vector<std::string> read_labels(const Json& config, std::vector<std::string>& warnings);

}  // namespace hone
