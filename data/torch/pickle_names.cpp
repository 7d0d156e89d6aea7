#include "data/torch/pickle_names.h"

#include <algorithm>
#include <utility>

namespace hone {
namespace {

constexpr std::pair<std::string_view, PickleGlobal> kGlobals[] = {
    {"collections.OrderedDict", PickleGlobal::ordered_dict},
    {"torch._utils._rebuild_tensor_v2", PickleGlobal::rebuild_tensor},
    {"torch._utils._rebuild_parameter", PickleGlobal::rebuild_parameter},
    {"torch.Size", PickleGlobal::size},
    {"torch.FloatStorage", PickleGlobal::float_storage},
    {"torch.HalfStorage", PickleGlobal::half_storage},
    {"torch.BFloat16Storage", PickleGlobal::bfloat16_storage},
    {"torch.DoubleStorage", PickleGlobal::double_storage},
    {"torch.LongStorage", PickleGlobal::long_storage},
    {"torch.IntStorage", PickleGlobal::int_storage},
    {"torch.ShortStorage", PickleGlobal::short_storage},
    {"torch.CharStorage", PickleGlobal::char_storage},
    {"torch.ByteStorage", PickleGlobal::byte_storage},
    {"torch.BoolStorage", PickleGlobal::bool_storage},
};

// The opcodes that are refused; the others never need their names.
constexpr std::pair<unsigned char, const char*> kRefused[] = {
    {0x30, "POP"},
    {0x31, "POP_MARK"},
    {0x32, "DUP"},
    {0x42, "BINBYTES"},
    {0x43, "SHORT_BINBYTES"},
    {0x46, "FLOAT"},
    {0x49, "INT"},
    {0x4c, "LONG"},
    {0x50, "PERSID"},
    {0x53, "STRING"},
    {0x54, "BINSTRING"},
    {0x56, "UNICODE"},
    {0x64, "DICT"},
    {0x67, "GET"},
    {0x69, "INST"},
    {0x6c, "LIST"},
    {0x6f, "OBJ"},
    {0x70, "PUT"},
    {0x81, "NEWOBJ"},
    {0x82, "EXT1"},
    {0x83, "EXT2"},
    {0x84, "EXT4"},
    {0x8b, "LONG4"},
    {0x8c, "SHORT_BINUNICODE"},
    {0x8d, "BINUNICODE8"},
    {0x8e, "BINBYTES8"},
    {0x8f, "EMPTY_SET"},
    {0x90, "ADDITEMS"},
    {0x91, "FROZENSET"},
    {0x92, "NEWOBJ_EX"},
    {0x93, "STACK_GLOBAL"},
    {0x94, "MEMOIZE"},
    {0x95, "FRAME"},
    {0x96, "BYTEARRAY8"},
    {0x97, "NEXT_BUFFER"},
    {0x98, "READONLY_BUFFER"},
};

}  // namespace

std::optional<PickleGlobal> pickle_global(std::string_view dotted_name) {
  const auto at = std::ranges::find(kGlobals, dotted_name, [](auto& row) { return row.first; });
  if (at == std::end(kGlobals)) return std::nullopt;
  return at->second;
}

std::string opcode_name(unsigned char opcode) {
  constexpr char kDigits[] = "0123456789abcdef";
  const std::string hex = std::string("0x") + kDigits[opcode >> 4] + kDigits[opcode & 15];
  const auto at = std::ranges::find(kRefused, opcode, [](auto& row) { return row.first; });
  return at == std::end(kRefused) ? hex : std::string(at->second) + " (" + hex + ")";
}

const char* name_of(PickleKind kind) {
  switch (kind) {
    case PickleKind::none:
      return "None";
    case PickleKind::boolean:
      return "a boolean";
    case PickleKind::integer:
      return "an integer";
    case PickleKind::big_integer:
      return "an integer beyond 64 bits";
    case PickleKind::real:
      return "a float";
    case PickleKind::text:
      return "a string";
    case PickleKind::global:
      return "a class or function";
    case PickleKind::tuple:
      return "a tuple";
    case PickleKind::list:
      return "a list";
    case PickleKind::dict:
      return "a dict";
    case PickleKind::ordered_dict:
      return "an OrderedDict";
    case PickleKind::call:
      return "an object";
    case PickleKind::persistent:
      return "a storage";
  }
  return "?";
}

}  // namespace hone
