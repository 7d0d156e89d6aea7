#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/sets/record_file.h"

namespace hone {

// Reads the objects of JSON lines, of a JSON array, or of objects one after the other over several lines
// each, into a file's rows. The names are those of the first object's members, and each of `wanted` that
// occurs later. Under EncodingErrors::replace a lone surrogate ("\ud800") becomes U+FFFD and is counted.
void read_objects(RecordFile& out, const TextFile& file, const std::vector<std::string>& wanted);

// Puts \ufffd in the place of each escape of a surrogate that is not one of a pair; returns how many there
// were.
int64_t replace_lone_surrogates(std::string& json);

}  // namespace hone
