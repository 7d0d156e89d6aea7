#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hone {

// The tokens of a vocab.txt in the order of their ids. Lines end at LF, CRLF or CR; blank ones count
// but for those at the end; nothing but the line end is removed.
std::vector<std::string> parse_vocabulary(std::string_view bytes);

// The text of a vocab.txt with these tokens, each line ended by LF. Throws ModelError, which `what` begins,
// for a token that holds a line end.
std::string format_vocabulary(const std::vector<std::string>& tokens, const std::string& what);

}  // namespace hone
