#pragma once

#include <span>
#include <string>
#include <string_view>

namespace hone {

// The names that a person may have meant by `wanted`: up to three of `known`, nearest first by edit distance,
// quoted and separated by commas. Empty when none is near (within a third of the length of `wanted`).
std::string nearest_names(std::string_view wanted, std::span<const std::string> known);

}  // namespace hone
