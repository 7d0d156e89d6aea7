#pragma once

#include <string>

#include "tests/data/zip_bytes.h"

namespace hone::test {

// Opcodes of Python's pickle protocol 2, to write pickles that no pickler would write.
inline std::string text_op(const std::string& text) {
  return "X" + le(static_cast<uint32_t>(text.size())) + text;
}
inline std::string int_op(int32_t value) { return "J" + le(value); }
inline std::string put_op(uint8_t index) { return "q" + le(index); }
inline std::string get_op(uint8_t index) { return "h" + le(index); }
inline std::string global_op(const std::string& module, const std::string& name) {
  return "c" + module + "\n" + name + "\n";
}
inline std::string tuple_op(const std::string& items) { return "(" + items + "t"; }
inline std::string call_op(const std::string& callable, const std::string& items) {
  return callable + tuple_op(items) + "R";
}
inline std::string dict_op(const std::string& items) { return "}(" + items + "u"; }
inline std::string protocol2(const std::string& program) { return "\x80\x02" + program + "."; }

inline const std::string kOrderedDictOp = "ccollections\nOrderedDict\n)R";
inline const std::string kFalseOp = "\x89";

struct TensorOps {
  std::string storage = {};  // a BINPERSID
  std::string offset = int_op(0);
  std::string size = tuple_op(int_op(2) + int_op(3));
  std::string stride = tuple_op(int_op(3) + int_op(1));
  std::string flag = kFalseOp;
  std::string hooks = kOrderedDictOp;
  std::string more = {};
};
inline std::string tensor_op(const TensorOps& t) {
  return call_op(global_op("torch._utils", "_rebuild_tensor_v2"),
                 t.storage + t.offset + t.size + t.stride + t.flag + t.hooks + t.more);
}
inline std::string storage_op(const std::string& key, int32_t elements, const std::string& more = {},
                              const std::string& type = "FloatStorage") {
  return tuple_op(text_op("storage") + global_op("torch", type) + text_op(key) + text_op("cpu") +
                  int_op(elements) + more) +
         "Q";
}

}  // namespace hone::test
