#pragma once

#include <string>
#include <vector>

#include "data/json/json.h"

namespace hone {

inline constexpr char kProblemType[] = "single_label_classification";

// The label names of a config, in the order of their ids: from id2label, or LABEL_0 ... for num_labels (2 by
// default). Throws ModelError when id2label, label2id and num_labels do not agree.
std::vector<std::string> read_labels(const Json& config);

}  // namespace hone
