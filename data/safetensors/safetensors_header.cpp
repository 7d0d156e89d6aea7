#include "data/safetensors/safetensors_header.h"

#include <algorithm>
#include <tuple>

#include <hone/core/error.h>
#include "core/quote.h"
#include "data/json/json_events.h"

namespace hone {
namespace {

// Follows the header's only legal structure: {name: {"dtype", "shape", "data_offsets", other...}, ...}.
class HeaderReader final : public JsonEvents {
 public:
  explicit HeaderReader(const std::string& file) : file_(file) {}
  SafetensorsHeader take() { return std::move(header_); }

  void on_null() override { other("null"); }
  void on_bool(bool) override { other("a boolean"); }
  void on_negative(int64_t) override { other("a negative number"); }
  void on_real(double) override { other("a number that is not an integer of 64 bits"); }
  void on_unsigned(uint64_t value) override {
    if (place() == Place::shape) {
      entry().shape.push_back(value);
    } else if (place() == Place::offsets) {
      if (offsets_ == 2) fail("data_offsets must hold 2 numbers, found more");
      (offsets_++ == 0 ? entry().begin : entry().end) = value;
    } else {
      other("a number");
    }
  }
  void on_string(std::string&& value) override {
    if (place() == Place::metadata) {
      header_.metadata.emplace(key_, std::move(value));
    } else if (place() == Place::entry && key_ == "dtype") {
      if (bits_of_dtype(value) == 0) fail("unknown dtype " + shown(value));
      entry().dtype = std::move(value);
    } else {
      other("a string");
    }
  }
  void on_key(std::string&& key) override { key_ = std::move(key); }

  void on_object_begin() override {
    if (places_.empty()) {
      places_.push_back(Place::names);
    } else if (place() == Place::names && key_ == kMetadataKey) {
      places_.push_back(Place::metadata);
    } else if (place() == Place::names) {
      begin_entry();
    } else {
      other("an object");
      places_.push_back(Place::ignored);
    }
  }
  void on_object_end() override {
    if (place() == Place::entry) end_entry();
    places_.pop_back();
  }
  void on_array_begin() override {
    if (place() == Place::entry && key_ == "shape") {
      places_.push_back(Place::shape);
      has_shape_ = true;
    } else if (place() == Place::entry && key_ == "data_offsets") {
      places_.push_back(Place::offsets);
      has_offsets_ = true;
    } else {
      other("an array");
      places_.push_back(Place::ignored);
    }
  }
  void on_array_end() override { places_.pop_back(); }

 private:
  enum class Place { outside, names, metadata, entry, shape, offsets, ignored };

  Place place() const { return places_.empty() ? Place::outside : places_.back(); }
  TensorInfo& entry() { return header_.tensors.back(); }

  void begin_entry() {
    places_.push_back(Place::entry);
    header_.tensors.emplace_back().name = std::move(key_);
    has_shape_ = has_offsets_ = false;
    offsets_ = 0;
  }
  void end_entry() {
    if (entry().dtype.empty()) fail("dtype is missing");
    if (!has_shape_) fail("shape is missing");
    if (!has_offsets_) fail("data_offsets is missing");
    if (offsets_ != 2) fail("data_offsets must hold 2 numbers, found " + std::to_string(offsets_));
  }

  // A value that has no meaning in the format: legal only under a field that is ignored.
  void other(const std::string& found) {
    const bool known = key_ == "dtype" || key_ == "shape" || key_ == "data_offsets";
    switch (place()) {
      case Place::ignored:
        return;
      case Place::entry:
        if (!known) return;
        fail(key_ + " cannot be " + found);
      case Place::shape:
        fail("shape must hold unsigned integers, found " + found);
      case Place::offsets:
        fail("data_offsets must hold unsigned integers, found " + found);
      case Place::metadata:
        fail("metadata " + shown(key_) + " must be a string, found " + found);
      case Place::names:
        fail("the entry of " + shown(key_) + " must be an object, found " + found);
      case Place::outside:
        fail("the header must be an object, found " + found);
    }
  }
  [[noreturn]] void fail(const std::string& problem) const {
    const bool in_entry = place() == Place::entry || place() == Place::shape || place() == Place::offsets;
    const std::string tensor = in_entry ? "tensor " + shown(header_.tensors.back().name) + ": " : "";
    throw ModelError(file_ + ": invalid header: " + tensor + problem);
  }

  const std::string& file_;
  SafetensorsHeader header_;
  std::vector<Place> places_;
  std::string key_;
  bool has_shape_ = false, has_offsets_ = false;
  int offsets_ = 0;
};

}  // namespace

SafetensorsHeader parse_safetensors_header(std::string_view json, const std::string& file) {
  constexpr int kMaxDepth = 8;
  HeaderReader reader(file);
  parse_json_events(json, file, kMaxDepth, reader);
  return reader.take();
}

void check_safetensors_layout(std::vector<TensorInfo>& tensors, uint64_t buffer_bytes,
                              const std::string& file) {
  const auto extent = [](const TensorInfo& t) { return std::tie(t.begin, t.end); };
  const auto where = [&](const TensorInfo& t) { return file + ": tensor " + shown(t.name); };
  std::sort(tensors.begin(), tensors.end(), [&](auto& a, auto& b) { return extent(a) < extent(b); });
  uint64_t filled = 0;
  for (const TensorInfo& tensor : tensors) {
    if (tensor.begin != filled || tensor.end < tensor.begin) {
      throw ModelError(where(tensor) + ": invalid offset: covers bytes " + std::to_string(tensor.begin) +
                       " to " + std::to_string(tensor.end) + ", expected to begin at " +
                       std::to_string(filled));
    }
    filled = tensor.end;
  }
  for (const TensorInfo& tensor : tensors) {
    const uint64_t bytes = tensor_bytes(tensor.dtype, tensor.shape, where(tensor));
    if (bytes != tensor.end - tensor.begin) {
      throw ModelError(where(tensor) + ": " + tensor.dtype + " of shape " + shape_text(tensor.shape) +
                       " takes " + std::to_string(bytes) + " bytes, the offsets span " +
                       std::to_string(tensor.end - tensor.begin));
    }
  }
  if (filled != buffer_bytes) {
    throw ModelError(file + ": the tensors cover " + std::to_string(filled) + " bytes, the file holds " +
                     std::to_string(buffer_bytes) + ": it is truncated or has trailing bytes");
  }
}

}  // namespace hone
