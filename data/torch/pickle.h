#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hone {

// The part of Python's pickle protocol 2 (CPython's Lib/pickletools.py) that torch uses for a dict of
// tensors. Nothing is executed: a global is one of the names below, and calling one only notes the call.
enum class PickleGlobal : uint8_t {
  ordered_dict,       // collections.OrderedDict
  rebuild_tensor,     // torch._utils._rebuild_tensor_v2
  rebuild_parameter,  // torch._utils._rebuild_parameter
  size,               // torch.Size
  float_storage,      // torch.FloatStorage, and so on
  half_storage,
  bfloat16_storage,
  double_storage,
  long_storage,
  int_storage,
  short_storage,
  char_storage,
  byte_storage,
  bool_storage,
};

enum class PickleKind : uint8_t {
  none,
  boolean,
  integer,
  big_integer,  // beyond 64 bits, its value is dropped
  real,         // a float, its value is dropped
  text,
  global,
  tuple,
  list,
  dict,
  ordered_dict,
  call,        // a function and its arguments, not executed
  persistent,  // the id of an object outside the pickle
};
const char* name_of(PickleKind kind);  // "an integer", "a tuple", ...

// A value of a pickle, small and copied freely; texts and the values inside containers lie in the Pickle.
struct PickleValue {
  PickleKind kind = PickleKind::none;
  PickleGlobal global{};  // of a global; for a call, its function
  uint32_t size = 0;      // bytes of a text
  int64_t number = 0;  // boolean, integer; a text's place; the node of what holds others (a call's arguments)

  bool is(PickleKind wanted) const { return kind == wanted; }
};

// The values of one pickle. Lists may contain themselves; everything is freed at once.
class Pickle {
 public:
  static constexpr size_t kMaxBytes = size_t{64} << 20;

  // Appends more bytes of the same stream to its argument; false at the end.
  using More = std::function<bool(std::string&)>;

  // Reads one pickle from the start of `bytes`; `more` is called when they do not suffice. Throws ModelError
  // for opcodes and globals that are not known, and beyond the bounds in pickle.cpp; messages
  // begin with `where` and give places as bytes from `first_byte` on.
  static Pickle parse(std::string bytes, const std::string& where, uint64_t first_byte = 0,
                      const More& more = {});

  const PickleValue& root() const { return root_; }
  size_t size() const { return size_; }  // the bytes of this pickle; later ones are not its own
  std::string_view text(const PickleValue& value) const;
  // The values inside a value: the items of a tuple or list, the keys and values of a dict in turn, the
  // arguments of a call, the items of a persistent value's id; nothing for the rest.
  std::span<const PickleValue> items(const PickleValue& value) const;
  const std::vector<PickleValue>& persistent() const { return persistent_; }  // all of them, in order

 private:
  friend class PickleReader;
  struct Node {
    std::vector<PickleValue> items;
    int depth = 1;
  };

  std::string bytes_;
  std::vector<Node> nodes_;
  std::vector<PickleValue> persistent_;
  PickleValue root_;
  size_t size_ = 0;
};

}  // namespace hone
