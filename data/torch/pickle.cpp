#include "data/torch/pickle.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>

#include <hone/core/error.h>
#include "core/quote.h"
#include "core/utf8.h"
#include "data/torch/pickle_names.h"

namespace hone {
namespace {

constexpr size_t kMaxItems = size_t{1} << 20;  // for the memo, the stack and each container
constexpr size_t kMaxNodes = size_t{1} << 23;  // all containers
constexpr size_t kMaxAllItems = size_t{1} << 25;
constexpr size_t kMaxTensors = size_t{1} << 20;
constexpr size_t kMaxString = 65'536, kMaxLongBytes = 16;
constexpr int kMaxNesting = 100;

bool is_dict(const PickleValue& value) {
  return value.is(PickleKind::dict) || value.is(PickleKind::ordered_dict);
}
bool has_node(PickleKind kind) { return kind >= PickleKind::tuple; }

// A name for messages: itself when it is short and printable, else escaped.
std::string printable(std::string_view name) {
  const std::string quoted = shown(name);
  return quoted.substr(1, quoted.size() - 2);
}

}  // namespace

// The machine that a pickle programs: a stack of values, marks on it and a memo.
class PickleReader {
 public:
  PickleReader(Pickle& out, const std::string& where, uint64_t first_byte, const Pickle::More& more)
      : out_(out), where_(where), first_byte_(first_byte), more_(more) {}

  void run() {
    while (!stopped_) {
      opcode_at_ = at_;
      execute(static_cast<unsigned char>(*take(1)));
      if (stack_.size() > kMaxItems) fail("more than 2^20 values on the stack");
    }
    if (stack_.size() != 1 || !marks_.empty()) {
      fail("ends with " + std::to_string(stack_.size()) + " values on the stack, expected one");
    }
    out_.root_ = stack_.back();
    out_.size_ = at_;
  }

 private:
  using Kind = PickleKind;

  void execute(unsigned char opcode) {
    using Op = PickleOpcode;
    switch (static_cast<Op>(opcode)) {
      case Op::PROTO:
        return protocol(number<uint8_t>());
      case Op::STOP:
        stopped_ = true;
        return;
      case Op::MARK:
        return push_mark();
      case Op::NONE:
        return push({});
      case Op::NEWTRUE:
        return push({.kind = Kind::boolean, .number = 1});
      case Op::NEWFALSE:
        return push({.kind = Kind::boolean, .number = 0});
      case Op::BININT:
        return push({.kind = Kind::integer, .number = number<int32_t>()});
      case Op::BININT1:
        return push({.kind = Kind::integer, .number = number<uint8_t>()});
      case Op::BININT2:
        return push({.kind = Kind::integer, .number = number<uint16_t>()});
      case Op::LONG1:
        return push(long_integer(number<uint8_t>()));
      case Op::BINFLOAT:
        return real();
      case Op::BINUNICODE:
        return push(text(number<uint32_t>()));
      case Op::SHORT_BINSTRING:
        return push(ascii(number<uint8_t>()));
      case Op::EMPTY_TUPLE:
        return push(new_node(Kind::tuple, {}));
      case Op::TUPLE:
        return push(new_node(Kind::tuple, pop_to_mark()));
      case Op::TUPLE1:
        return push(new_node(Kind::tuple, pop(1)));
      case Op::TUPLE2:
        return push(new_node(Kind::tuple, pop(2)));
      case Op::TUPLE3:
        return push(new_node(Kind::tuple, pop(3)));
      case Op::EMPTY_LIST:
        return push(new_node(Kind::list, {}));
      case Op::APPEND:
        return append(pop(1));
      case Op::APPENDS:
        return append(pop_to_mark());
      case Op::EMPTY_DICT:
        return push(new_node(Kind::dict, {}));
      case Op::SETITEM:
        return set_items(pop(2));
      case Op::SETITEMS:
        return set_items(pop_to_mark());
      case Op::BINPUT:
        return put(number<uint8_t>());
      case Op::LONG_BINPUT:
        return put(number<uint32_t>());
      case Op::BINGET:
        return get(number<uint8_t>());
      case Op::LONG_BINGET:
        return get(number<uint32_t>());
      case Op::GLOBAL:
        return global();
      case Op::REDUCE:
        return reduce();
      case Op::BUILD:
        return build();
      case Op::BINPERSID:
        return persistent();
      default:
        fail("refused opcode " + opcode_name(opcode));
    }
  }

  [[noreturn]] void fail(const std::string& problem) const {
    throw ModelError(where_ + ": " + problem + " at byte " + std::to_string(first_byte_ + opcode_at_));
  }

  // --- bytes

  // Makes sure that `count` bytes follow. The bytes may move: no pointer into them outlives the next call.
  void need(size_t count) {
    while (out_.bytes_.size() - at_ < count) {
      if (out_.bytes_.size() >= Pickle::kMaxBytes) fail("a pickle of more than 64 MiB");
      if (!more_ || !more_(out_.bytes_)) fail("the pickle is cut off");
    }
    if (at_ + count > Pickle::kMaxBytes) fail("a pickle of more than 64 MiB");
  }
  const char* take(size_t count) {
    need(count);
    at_ += count;
    return out_.bytes_.data() + at_ - count;
  }
  template <class T>
  T number() {
    T value;
    std::memcpy(&value, take(sizeof(T)), sizeof(T));
    return value;
  }

  void protocol(uint8_t version) const {
    if (version != 2) fail("pickle protocol " + std::to_string(version) + ", expected 2,");
  }

  void real() {
    take(sizeof(double));
    push({.kind = Kind::real});
  }

  PickleValue long_integer(size_t count) {
    if (count > kMaxLongBytes)
      fail("an integer of " + std::to_string(count) + " bytes, at most 16 are read,");
    if (count == 0) return {.kind = Kind::integer};
    unsigned char bytes[kMaxLongBytes];
    std::memcpy(bytes, take(count), count);
    const unsigned char sign = (bytes[count - 1] & 0x80) != 0 ? 0xFF : 0;
    for (size_t i = count; i < kMaxLongBytes; ++i) bytes[i] = sign;
    PickleValue value{.kind = Kind::integer};
    std::memcpy(&value.number, bytes, sizeof value.number);
    const unsigned char upper = value.number < 0 ? 0xFF : 0;
    for (size_t i = sizeof value.number; i < kMaxLongBytes; ++i) {
      if (bytes[i] != upper) return {.kind = Kind::big_integer};
    }
    return value;
  }

  PickleValue text(size_t count) {
    if (count > kMaxString) fail("a string of " + std::to_string(count) + " bytes, at most 65536 are read,");
    const PickleValue value{.kind = Kind::text, .size = static_cast<uint32_t>(count), .number = int64_at()};
    if (first_invalid_utf8({take(count), count}) != std::string_view::npos) fail("a string is not UTF-8");
    return value;
  }
  PickleValue ascii(size_t count) {
    const PickleValue value{.kind = Kind::text, .size = static_cast<uint32_t>(count), .number = int64_at()};
    for (const char c : std::string_view(take(count), count)) {
      if (static_cast<unsigned char>(c) > 0x7F) fail("a string is not ASCII");
    }
    return value;
  }
  int64_t int64_at() const { return static_cast<int64_t>(at_); }

  // A line of GLOBAL, without its end.
  std::string line() {
    std::string text;
    for (char c = *take(1); c != '\n'; c = *take(1)) {
      if (text.size() == kMaxString) fail("a name of more than 65536 bytes");
      text += c;
    }
    return text;
  }

  // --- stack and memo

  size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
  void push(PickleValue value) { stack_.push_back(value); }
  void push_mark() {
    if (marks_.size() == kMaxNesting) fail("nested deeper than 100");
    marks_.push_back(stack_.size());
  }
  std::vector<PickleValue> pop(size_t count) {
    if (stack_.size() - floor() < count) fail("not enough values on the stack");
    std::vector<PickleValue> values(stack_.end() - static_cast<ptrdiff_t>(count), stack_.end());
    stack_.resize(stack_.size() - count);
    return values;
  }
  PickleValue pop_one() { return pop(1)[0]; }
  std::vector<PickleValue> pop_to_mark() {
    if (marks_.empty()) fail("no mark on the stack");
    std::vector<PickleValue> values = pop(stack_.size() - marks_.back());
    marks_.pop_back();
    return values;
  }
  const PickleValue& top(bool fits, const char* expected) {
    if (stack_.size() == floor()) fail("not enough values on the stack");
    if (!fits) fail(std::string("expected ") + expected + ", found " + name_of(stack_.back().kind) + ",");
    return stack_.back();
  }
  PickleKind top_kind() const { return stack_.size() == floor() ? Kind::none : stack_.back().kind; }

  void put(uint32_t index) {
    memo_[index] = top(true, "");
    if (memo_.size() > kMaxItems) fail("more than 2^20 values in the memo");
  }
  void get(uint32_t index) {
    const auto found = memo_.find(index);
    if (found == memo_.end()) fail("memo " + std::to_string(index) + " is empty");
    push(found->second);
  }

  // --- containers

  int depth_of(const PickleValue& value) const {
    return has_node(value.kind) ? out_.nodes_[static_cast<size_t>(value.number)].depth : 0;
  }

  PickleValue new_node(PickleKind kind, const std::vector<PickleValue>& items) {
    if (out_.nodes_.size() == kMaxNodes) fail("more than 2^23 objects");
    const PickleValue value{.kind = kind, .number = static_cast<int64_t>(out_.nodes_.size())};
    out_.nodes_.emplace_back();
    add_items(value, items);
    return value;
  }

  void add_items(const PickleValue& container, std::span<const PickleValue> added) {
    int depth = depth_of(container);
    for (const PickleValue& item : added) depth = std::max(depth, depth_of(item) + 1);
    if (depth > kMaxNesting) fail("nested deeper than 100");
    Pickle::Node& node = out_.nodes_[static_cast<size_t>(container.number)];
    const size_t most = is_dict(container) ? 2 * kMaxItems : kMaxItems;
    if (node.items.size() + added.size() > most) fail("more than 2^20 items in a container");
    if ((all_items_ += added.size()) > kMaxAllItems) fail("more than 2^25 items in all containers");
    node.depth = depth;
    node.items.insert(node.items.end(), added.begin(), added.end());
  }

  void append(const std::vector<PickleValue>& items) {
    add_items(top(top_kind() == Kind::list, "a list"), items);
  }

  void set_items(const std::vector<PickleValue>& items) {
    const bool dict = top_kind() == Kind::dict || top_kind() == Kind::ordered_dict;
    set_items(top(dict, "a dict"), items);
  }
  void set_items(const PickleValue& dict, const std::vector<PickleValue>& items) {
    if (items.size() % 2 != 0) fail("a key without a value");
    for (size_t i = 0; i < items.size(); i += 2) {
      if (has_node(items[i].kind) && !items[i].is(Kind::tuple))
        fail(std::string("a dict with ") + name_of(items[i].kind) + " as key");
    }
    add_items(dict, items);
  }

  // --- operations that call functions in Python

  void global() {
    const std::string module = line(), name = line(), dotted = module + "." + name;
    const std::optional<PickleGlobal> known = pickle_global(dotted);
    if (!known) fail("refused global " + printable(dotted));
    push({.kind = Kind::global, .global = *known});
  }

  void reduce() {
    const PickleValue arguments = pop_one(), callable = pop_one();
    if (!arguments.is(Kind::tuple))
      fail(std::string("a call with ") + name_of(arguments.kind) + " for arguments");
    if (!callable.is(Kind::global)) fail(std::string("refused call of ") + name_of(callable.kind));
    const std::span<const PickleValue> items = out_.items(arguments);
    switch (callable.global) {
      case PickleGlobal::ordered_dict:
        return push(ordered_dict(items));
      case PickleGlobal::size:
        return push(torch_size(items));
      case PickleGlobal::rebuild_tensor:
        if (++tensors_ > kMaxTensors) fail("more than 2^20 tensors");
        [[fallthrough]];
      case PickleGlobal::rebuild_parameter:
        return push({.kind = Kind::call, .global = callable.global, .number = arguments.number});
      default:
        fail("refused call of a storage class");
    }
  }

  // OrderedDict() or, from Python 2, OrderedDict([[key, value], ...]).
  PickleValue ordered_dict(std::span<const PickleValue> arguments) {
    std::vector<PickleValue> items;
    if (!arguments.empty()) {
      if (arguments.size() != 1 || !arguments[0].is(Kind::list))
        fail("an OrderedDict of something else than a list");
      for (const PickleValue& pair : out_.items(arguments[0])) {
        const auto parts = out_.items(pair);
        const bool fits = (pair.is(Kind::list) || pair.is(Kind::tuple)) && parts.size() == 2;
        if (!fits) fail("an OrderedDict of something else than pairs");
        items.insert(items.end(), parts.begin(), parts.end());
      }
    }
    const PickleValue dict = new_node(Kind::ordered_dict, {});
    set_items(dict, items);
    return dict;
  }

  // torch.Size is a tuple: its one argument.
  PickleValue torch_size(std::span<const PickleValue> arguments) {
    if (arguments.size() != 1 || !arguments[0].is(Kind::tuple))
      fail("a torch.Size of something else than a tuple");
    return arguments[0];
  }

  // The attributes of a module's state dict (_metadata), which nobody needs.
  void build() {
    if (const PickleValue state = pop_one(); !is_dict(state))
      fail(std::string("refused BUILD with ") + name_of(state.kind));
    top(top_kind() == Kind::ordered_dict, "an OrderedDict for BUILD");
  }

  void persistent() {
    const PickleValue id = pop_one();
    if (!id.is(Kind::tuple))
      fail(std::string("a persistent id that is ") + name_of(id.kind) + ", expected a tuple,");
    if (out_.persistent_.size() == kMaxTensors) fail("more than 2^20 storages");
    out_.persistent_.push_back({.kind = Kind::persistent, .number = id.number});
    push(out_.persistent_.back());
  }

  Pickle& out_;
  const std::string& where_;
  uint64_t first_byte_;
  const Pickle::More& more_;
  size_t at_ = 0, opcode_at_ = 0, all_items_ = 0, tensors_ = 0;
  bool stopped_ = false;
  std::vector<PickleValue> stack_;
  std::vector<size_t> marks_;             // the stack's size at each
  std::map<uint32_t, PickleValue> memo_;  // ordered: a file must not choose how slow it is
};

Pickle Pickle::parse(std::string bytes, const std::string& where, uint64_t first_byte, const More& more) {
  Pickle pickle;
  pickle.bytes_ = std::move(bytes);
  PickleReader(pickle, where, first_byte, more).run();
  return pickle;
}

std::string_view Pickle::text(const PickleValue& value) const {
  if (!value.is(PickleKind::text)) return {};
  return std::string_view(bytes_).substr(static_cast<size_t>(value.number), value.size);
}

std::span<const PickleValue> Pickle::items(const PickleValue& value) const {
  if (!has_node(value.kind)) return {};
  return nodes_[static_cast<size_t>(value.number)].items;
}

}  // namespace hone
