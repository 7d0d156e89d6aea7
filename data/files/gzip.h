#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hone {

// True for bytes that begin as a gzip file does.
bool is_gzip(std::string_view bytes);

// The content of a gzip file (RFC 1952), which may be several streams one after the other and end in zero
// bytes. `name` begins the message of a DataError for damaged or cut files, and for a content of more than
// max_bytes, which is never held in memory.
std::string gunzip(std::string_view bytes, uint64_t max_bytes, const std::string& name);

}  // namespace hone
