#pragma once

#include <string>
#include <vector>

#include <hone/data/sets/dataset.h>

namespace hone {

// The names that settle_labels() will give a new head's labels.
std::vector<std::string> new_labels(const Dataset& data);

// Makes the spellings in files of one's own the labels of a new classification head. Spellings that a person
// takes for one label become one: "positive " and "Positive" beside "positive", 1.0 beside 1; the most
// frequent one gives the name. Numbers come first, in their order, then other texts in the order of their
// bytes. A label that only the validation or test rows have is one of the training rows' by its number where
// none of them is a number, else a label of its own. Adds warnings for what was taken for what, and for
// labels that look like scores, texts or missing values. Rows whose label is none (is_no_label()) are left
// out, with a warning for each file; a test split of nothing else becomes one without labels. Throws
// DataError when the training rows have fewer than two labels, and when no rows are left in another split.
void settle_labels(Dataset& data);

// Gives data the labels and ids of a head that is kept: by name, else without case and surrounding blanks,
// else by number (LabelIndex). The data may have some of the labels only. A known data set, whose names are
// hone's, goes by number to a head of as many labels that are numbers or have no names (LABEL_0, ...). Notes
// say what was taken for what, and a warning where the names speak against ids. Rows without a label are
// left out as by settle_labels(), unless the head has a label such as "-1" itself. Throws DataError, with
// both lists, for other labels.
void adopt_labels(Dataset& data, const std::vector<std::string>& names);

}  // namespace hone
