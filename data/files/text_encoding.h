#pragma once

#include <cstdint>
#include <string>

#include <hone/data/files/encoding_errors.h>

namespace hone {

// The encodings of a text file. automatic: UTF-8, UTF-16 or UTF-32 by the byte order mark at its start,
// UTF-8 without one. utf16 without a mark is the byte order that the zero bytes of its ASCII characters show.
// cp1252 and latin1 are Python's: cp1252 leaves the bytes 81, 8D, 8F, 90 and 9D undefined, latin1 has all.
enum class TextEncoding { automatic, utf8, cp1252, latin1, utf16, utf16_le, utf16_be, utf32_le, utf32_be };

// How a text file is read.
struct TextForm {
  TextEncoding encoding = TextEncoding::automatic;
  EncodingErrors errors = EncodingErrors::strict;
  bool is_chosen = false;  // the encoding is the user's to choose: messages advise on it
};

// A text as UTF-8 without a byte order mark. Malformed sequences became U+FFFD under EncodingErrors::replace;
// else those of UTF-8 are kept and others are a byte FF, which no UTF-8 has, so that their line can be named.
struct DecodedText {
  std::string text;
  TextEncoding encoding = TextEncoding::utf8;  // the encoding it was read as
  int64_t replaced = 0;
  std::string note;  // for the user, where something was guessed or a byte order mark was obeyed; "" else
};

// Decodes the bytes of a text file. A byte order mark wins over the encoding that was asked for.
DecodedText decode_text(std::string bytes, const TextForm& form);

// The name of an encoding for people: "UTF-16 (little endian)".
const char* name_of(TextEncoding encoding);

// True when these bytes, which are not UTF-8, read well as cp1252: no undefined byte, no character of several
// bytes that is whole in UTF-8.
bool looks_like_cp1252(const std::string& bytes);

}  // namespace hone
