#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "data/pickle.h"

namespace hone {

// "collections.OrderedDict" as its value; nothing for a name that is not accepted.
std::optional<PickleGlobal> pickle_global(std::string_view dotted_name);

// "INST (0x69)": Python's name of an opcode.
std::string opcode_name(unsigned char opcode);

}  // namespace hone
