#include "data/torch/torch_tensors.h"

#include <algorithm>
#include <iterator>
#include <set>

#include <hone/core/error.h>
#include "core/quote.h"

namespace hone {
namespace {

using Kind = PickleKind;
using Values = std::span<const PickleValue>;

constexpr size_t kMaxRank = 8;

// The safetensors name of a storage class's elements; null for a global that is none.
const char* dtype_of_storage(const PickleValue& value) {
  if (!value.is(Kind::global)) return nullptr;
  switch (value.global) {
    case PickleGlobal::float_storage:
      return "F32";
    case PickleGlobal::half_storage:
      return "F16";
    case PickleGlobal::bfloat16_storage:
      return "BF16";
    case PickleGlobal::double_storage:
      return "F64";
    case PickleGlobal::long_storage:
      return "I64";
    case PickleGlobal::int_storage:
      return "I32";
    case PickleGlobal::short_storage:
      return "I16";
    case PickleGlobal::char_storage:
      return "I8";
    case PickleGlobal::byte_storage:
      return "U8";
    case PickleGlobal::bool_storage:
      return "BOOL";
    default:
      return nullptr;
  }
}

bool is_decimal(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// A storage as one persistent id names it: a whole stored one or, in the legacy container, a part of one.
struct StorageView {
  std::string key;
  uint64_t begin = 0, elements = 0;
};

class TorchReader {
 public:
  TorchReader(const Pickle& pickle, TorchContainer container, const std::string& where)
      : pickle_(pickle), container_(container), where_(where) {}

  TorchContents run() {
    for (const PickleValue& storage : pickle_.persistent()) view_of(storage);
    const Values entries = state_dict();
    for (size_t i = 0; i < entries.size(); i += 2) {
      if (!entries[i].is(Kind::text)) fail(std::string("a tensor's name is ") + name_of(entries[i].kind));
      out_.tensors.push_back(named_tensor(std::string(pickle_.text(entries[i])), entries[i + 1]));
    }
    const auto name = [](const TorchTensor& tensor) -> const std::string& { return tensor.info.name; };
    std::ranges::sort(out_.tensors, {}, name);
    const auto twice = std::ranges::adjacent_find(out_.tensors, {}, name);
    if (twice != out_.tensors.end()) fail("duplicate tensor " + shown(twice->info.name));
    return std::move(out_);
  }

 private:
  [[noreturn]] void fail(const std::string& problem) const { throw ModelError(where_ + ": " + problem); }

  static bool is_dict(const PickleValue& value) {
    return value.is(Kind::dict) || value.is(Kind::ordered_dict);
  }

  const PickleValue* find_dict(Values entries, std::string_view key) const {
    for (size_t i = 0; i < entries.size(); i += 2) {
      if (pickle_.text(entries[i]) == key && is_dict(entries[i + 1])) return &entries[i + 1];
    }
    return nullptr;
  }

  Values state_dict() {
    if (!is_dict(pickle_.root())) {
      fail(std::string("expected a dict of tensors, found ") + name_of(pickle_.root().kind) +
           "; save a model's state_dict()");
    }
    const Values top = pickle_.items(pickle_.root());
    for (const char* key : {"state_dict", "model_state_dict"}) {
      const PickleValue* inner = find_dict(top, key);
      if (inner == nullptr) continue;
      out_.wrapper = key;
      return pickle_.items(*inner);
    }
    if (is_encoder(top)) return top;
    std::map<std::string, Values> found;
    find_encoders(top, "", 0, found);
    if (found.empty()) return top;
    if (found.size() > 1) {
      fail("two members hold a model's tensors, " + shown(found.begin()->first) + " and " +
           shown(std::next(found.begin())->first) + "; keep one");
    }
    out_.wrapper = found.begin()->first;
    return found.begin()->second;
  }

  // True for a dict that has an encoder's table of words.
  bool is_encoder(Values entries) const {
    for (size_t i = 0; i < entries.size(); i += 2) {
      if (entries[i].is(Kind::text) && entries[i + 1].is(Kind::call) &&
          pickle_.text(entries[i]).ends_with("embeddings.word_embeddings.weight"))
        return true;
    }
    return false;
  }

  // Adds the dicts inside that have one, by their keys: "model", "checkpoint.net". Each is visited once.
  void find_encoders(Values entries, const std::string& path, int depth,
                     std::map<std::string, Values>& found) {
    constexpr int kDeepest = 4;
    for (size_t i = 0; i < entries.size() && depth < kDeepest; i += 2) {
      if (!entries[i].is(Kind::text) || !is_dict(entries[i + 1])) continue;
      const Values inner = pickle_.items(entries[i + 1]);
      if (inner.empty() || !visited_.insert(inner.data()).second) continue;
      const std::string key = path + std::string(pickle_.text(entries[i]));
      if (is_encoder(inner)) {
        found.emplace(key, inner);
      } else {
        find_encoders(inner, key + ".", depth + 1, found);
      }
    }
  }

  uint64_t count(const PickleValue& value, const char* what) const {
    if (!value.is(Kind::integer))
      fail(std::string(what) + " is " + name_of(value.kind) + ", expected an integer");
    if (value.number < 0) fail(std::string(what) + " is negative: " + std::to_string(value.number));
    return static_cast<uint64_t>(value.number);
  }

  std::vector<uint64_t> counts(const PickleValue& value, const char* what) const {
    if (!value.is(Kind::tuple)) fail(std::string(what) + " is " + name_of(value.kind) + ", expected a tuple");
    const Values items = pickle_.items(value);
    if (items.size() > kMaxRank) fail(std::string(what) + " has more than 8 dimensions");
    std::vector<uint64_t> out;
    for (const PickleValue& item : items) out.push_back(count(item, what));
    return out;
  }

  // Reads ('storage', class, key, location, elements[, part]) and notes the storage.
  StorageView view_of(const PickleValue& value) {
    if (!value.is(Kind::persistent)) fail(std::string("a tensor's storage is ") + name_of(value.kind));
    const Values id = pickle_.items(value);
    const size_t expected = container_ == TorchContainer::zip ? 5 : 6;
    if (id.size() != expected || pickle_.text(id[0]) != "storage") {
      fail("a persistent id is not ('storage', class, key, location, count" +
           std::string(expected == 5 ? ")" : ", part)"));
    }
    const char* dtype = dtype_of_storage(id[1]);
    if (dtype == nullptr) fail("a persistent id does not name a storage class");
    const std::string key(pickle_.text(id[2]));
    if (!is_decimal(key)) fail("storage key " + shown(key) + " is not a decimal number");
    if (!id[3].is(Kind::text)) fail("storage " + key + ": its location is not a string");
    const uint64_t elements = count(id[4], "the size of a storage");
    add_storage(key, dtype, elements);
    return expected == 5 || id[5].is(Kind::none) ? StorageView{key, 0, elements} : part(id[5], key, elements);
  }

  void add_storage(const std::string& key, const char* dtype, uint64_t elements) {
    const uint64_t bytes = tensor_bytes(dtype, {&elements, 1}, where_ + ": storage " + key);
    const auto [at, is_new] = out_.storages.emplace(key, TorchStorageInfo{dtype, elements, bytes});
    const TorchStorageInfo& first = at->second;
    if (!is_new && (first.dtype != dtype || first.elements != elements)) {
      fail("storage " + key + " is " + std::to_string(elements) + " elements of " + dtype + " here and " +
           std::to_string(first.elements) + " of " + first.dtype + " before");
    }
  }

  // Reads (key of the part, offset, elements): a part of a storage, with a key of its own.
  StorageView part(const PickleValue& value, const std::string& key, uint64_t elements) const {
    const Values items = pickle_.items(value);
    if (!value.is(Kind::tuple) || items.size() != 3 || !items[0].is(Kind::text))
      fail("storage " + key + ": its part is not (key, offset, count)");
    const uint64_t begin = count(items[1], "the offset of a storage's part");
    const uint64_t size = count(items[2], "the size of a storage's part");
    if (begin > elements || size > elements - begin) {
      fail("storage " + key + ": a part of " + std::to_string(size) + " elements from " +
           std::to_string(begin) + " on, but it has " + std::to_string(elements));
    }
    return {key, begin, size};
  }

  TorchTensor named_tensor(const std::string& name, const PickleValue& value) {
    const std::string outer = where_;
    where_ += ": tensor " + shown(name);
    TorchTensor out = tensor(value);
    out.info.name = name;
    where_ = outer;
    return out;
  }

  // _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks[, metadata]), or
  // _rebuild_parameter(tensor, requires_grad, hooks).
  TorchTensor tensor(const PickleValue& value) {
    Values arguments = pickle_.items(value);
    const bool is_parameter = value.is(Kind::call) && value.global == PickleGlobal::rebuild_parameter;
    if (is_parameter) check_flags(arguments, 3, 3);
    const PickleValue& inner = is_parameter ? arguments[0] : value;
    if (!inner.is(Kind::call) || inner.global != PickleGlobal::rebuild_tensor)
      fail(std::string("expected a tensor, found ") + name_of(inner.kind));
    arguments = pickle_.items(inner);
    check_flags(arguments, 6, 7);
    const StorageView storage = view_of(arguments[0]);
    TorchTensor out;
    out.storage = storage.key;
    out.offset = count(arguments[1], "its offset");
    out.info.shape = counts(arguments[2], "its size");
    out.stride = counts(arguments[3], "its stride");
    out.info.dtype = out_.storages.at(storage.key).dtype;
    out.info.end = tensor_bytes(out.info.dtype, out.info.shape, where_);
    check_bounds(out, storage);
    out.offset += storage.begin;
    return out;
  }

  // Checks the number of a call's arguments, and the two last required ones: a flag and empty hooks.
  void check_flags(Values arguments, size_t least, size_t most) const {
    if (arguments.size() < least || arguments.size() > most)
      fail("a call with " + std::to_string(arguments.size()) + " arguments, expected " +
           std::to_string(least));
    const PickleValue &flag = arguments[least - 2], &hooks = arguments[least - 1];
    if (!flag.is(Kind::boolean)) fail(std::string("requires_grad is ") + name_of(flag.kind));
    if (!hooks.is(Kind::ordered_dict) || !pickle_.items(hooks).empty())
      fail("its hooks are not an empty OrderedDict");
  }

  void check_bounds(const TorchTensor& tensor, const StorageView& storage) const {
    const auto& shape = tensor.info.shape;
    if (shape.size() != tensor.stride.size()) {
      fail("its size " + shape_text(shape) + " and stride " + shape_text(tensor.stride) +
           " differ in length");
    }
    if (std::ranges::count(shape, 0u) > 0) return;
    uint64_t last = tensor.offset;
    bool overflow = false;
    for (size_t i = 0; i < shape.size(); ++i) {
      uint64_t step = 0;
      overflow |= __builtin_mul_overflow(shape[i] - 1, tensor.stride[i], &step);
      overflow |= __builtin_add_overflow(last, step, &last);
    }
    if (overflow || last >= storage.elements) {
      fail("shape " + shape_text(shape) + " with stride " + shape_text(tensor.stride) + " from element " +
           std::to_string(tensor.offset) + " on reaches beyond its storage of " +
           std::to_string(storage.elements) + " elements");
    }
  }

  const Pickle& pickle_;
  TorchContainer container_;
  std::string where_;
  TorchContents out_;
  std::set<const PickleValue*> visited_;  // dicts that find_encoders() has seen
};

}  // namespace

bool TorchTensor::is_contiguous() const {
  uint64_t expected = 1;
  for (size_t i = stride.size(); i-- > 0;) {
    if (info.shape[i] != 1 && stride[i] != expected) return false;
    expected *= info.shape[i];
  }
  return true;
}

uint64_t TorchTensor::span() const {
  if (info.elements() == 0) return 0;
  uint64_t last = 0;
  for (size_t i = 0; i < stride.size(); ++i) last += (info.shape[i] - 1) * stride[i];
  return last + 1;
}

TorchContents read_torch_contents(const Pickle& pickle, TorchContainer container, const std::string& where) {
  return TorchReader(pickle, container, where).run();
}

}  // namespace hone
