#include "data/tokenizer/vocabulary_file.h"

#include <hone/core/error.h>

namespace hone {

std::vector<std::string> parse_vocabulary(std::string_view bytes) {
  std::vector<std::string> tokens;
  while (!bytes.empty()) {
    const size_t end = bytes.find_first_of("\r\n");
    tokens.emplace_back(bytes.substr(0, end));
    if (end == std::string_view::npos) break;
    bytes.remove_prefix(end + (bytes.substr(end).starts_with("\r\n") ? 2 : 1));
  }
  while (!tokens.empty() && tokens.back().empty()) tokens.pop_back();
  return tokens;
}

std::string format_vocabulary(const std::vector<std::string>& tokens, const std::string& what) {
  std::string bytes;
  for (size_t id = 0; id < tokens.size(); ++id) {
    if (tokens[id].find_first_of("\r\n") != std::string::npos) {
      throw ModelError(what + ": token " + std::to_string(id) + " holds a line end, which vocab.txt cannot");
    }
    bytes.append(tokens[id]).append("\n");
  }
  return bytes;
}

}  // namespace hone
