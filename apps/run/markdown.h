#pragma once

#include <string>
#include <string_view>

namespace hone {

// Text in Markdown (CommonMark with GitHub's tables) that shows as it is, on one line: no markup, no HTML.
std::string markdown_text(std::string_view text);

// The same as code within a line, `text`.
std::string markdown_code(std::string_view text);

// The same as a block of code, with its fences and line ends.
std::string markdown_block(std::string_view text);

}  // namespace hone
