#include "apps/inspection_text.h"

#include <fmt/core.h>

#include <algorithm>

#include "core/printable.h"
#include "core/quote.h"
#include "data/json/json_writer.h"

namespace hone {
namespace {

// A name from a file, cut when it is long.
std::string short_name(std::string_view name) {
  const std::string quoted = shown(name);
  return quoted.substr(1, quoted.size() - 2);
}

std::string grouped(uint64_t number) {
  std::string digits = std::to_string(number);
  for (size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits;
}

struct Totals {
  uint64_t values = 0, bytes = 0;
};
Totals totals_of(const Inspection& inspection) {
  Totals out;
  for (const TensorInfo& tensor : inspection.tensors) {
    out.values += tensor.elements();
    out.bytes += tensor.end - tensor.begin;
  }
  return out;
}

std::string table(const Inspection& inspection) {
  std::vector<std::vector<std::string>> rows = {{"tensor", "dtype", "shape", "bytes"}};
  for (const TensorInfo& tensor : inspection.tensors)
    rows.push_back({short_name(tensor.name), printable(tensor.dtype), shape_text(tensor.shape),
                    grouped(tensor.end - tensor.begin)});
  size_t widths[4] = {};
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string out;
  for (const auto& row : rows) {
    out += fmt::format("{:{}}  {:{}}  {:{}}  {:>{}}\n", row[0], widths[0], row[1], widths[1], row[2],
                       widths[2], row[3], widths[3]);
  }
  return out;
}

}  // namespace

std::string inspection_text(const Inspection& inspection) {
  std::string out = fmt::format("{}: {}\n", printable(inspection.path), inspection.kind);
  for (const auto& [key, value] : inspection.metadata)
    out += fmt::format("metadata {} = {}\n", short_name(key), short_name(value));
  if (!inspection.tensors.empty()) {
    const Totals totals = totals_of(inspection);
    out += fmt::format("\n{}\n{} tensors, {} values, {} bytes\n", table(inspection),
                       grouped(inspection.tensors.size()), grouped(totals.values), grouped(totals.bytes));
  }
  out += "\n";
  for (const Check& check : inspection.checks)
    out += fmt::format("{:5}  {:9}  {}\n", check.sound ? "ok" : "WRONG", check.name, printable(check.text));
  for (const std::string& warning : inspection.warnings)
    out += fmt::format("note   {}\n", printable(warning));
  return out + (inspection.first_unsound() == nullptr ? "sound\n" : "not sound\n");
}

std::string inspection_json(const Inspection& inspection) {
  const Totals totals = totals_of(inspection);
  JsonWriter json;
  json.begin_object().field("path", inspection.path).field("kind", inspection.kind);
  json.field("sound", inspection.first_unsound() == nullptr);
  json.field("values", totals.values).field("bytes", totals.bytes).key("metadata").begin_object();
  for (const auto& [key, value] : inspection.metadata) json.field(key, value);
  json.end_object().key("checks").begin_array();
  for (const Check& check : inspection.checks)
    json.begin_object()
        .field("name", check.name)
        .field("sound", check.sound)
        .field("text", check.text)
        .end_object();
  json.end_array().key("warnings").begin_array();
  for (const std::string& warning : inspection.warnings) json.value(warning);
  json.end_array().key("tensors").begin_array();
  for (const TensorInfo& tensor : inspection.tensors) {
    json.begin_object().field("name", tensor.name).field("dtype", tensor.dtype).key("shape").begin_array();
    for (const uint64_t size : tensor.shape) json.value(size);
    json.end_array().field("bytes", tensor.end - tensor.begin).end_object();
  }
  json.end_array().end_object();
  return printable(json.str()) + "\n";
}

}  // namespace hone
