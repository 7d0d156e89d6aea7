#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "data/torch/pickle.h"

namespace hone {

// The opcodes that are accepted, by the names of Python's pickletools.
enum class PickleOpcode : unsigned char {
  PROTO = 0x80,
  STOP = 0x2e,
  MARK = 0x28,
  NONE = 0x4e,
  NEWTRUE = 0x88,
  NEWFALSE = 0x89,
  BININT = 0x4a,
  BININT1 = 0x4b,
  BININT2 = 0x4d,
  LONG1 = 0x8a,
  BINFLOAT = 0x47,
  BINUNICODE = 0x58,
  SHORT_BINSTRING = 0x55,
  EMPTY_TUPLE = 0x29,
  TUPLE = 0x74,
  TUPLE1 = 0x85,
  TUPLE2 = 0x86,
  TUPLE3 = 0x87,
  EMPTY_LIST = 0x5d,
  APPEND = 0x61,
  APPENDS = 0x65,
  EMPTY_DICT = 0x7d,
  SETITEM = 0x73,
  SETITEMS = 0x75,
  BINPUT = 0x71,
  LONG_BINPUT = 0x72,
  BINGET = 0x68,
  LONG_BINGET = 0x6a,
  GLOBAL = 0x63,
  REDUCE = 0x52,
  BUILD = 0x62,
  BINPERSID = 0x51,
};

// The value of a name such as "collections.OrderedDict"; nothing for a name that is not accepted.
std::optional<PickleGlobal> pickle_global(std::string_view dotted_name);

// "INST (0x69)": Python's name of an opcode.
std::string opcode_name(unsigned char opcode);

}  // namespace hone
