#include "core/launch.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <string_view>

#include <hone/core/error.h>
#include "core/device_runtime.h"
#include "core/kept_forms.h"
#include "core/profile.h"

namespace hone {
namespace {

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

template <class T>
bool all_finite(const View& v) {
  for (int64_t r = 0; r < v.rows(); ++r) {
    const T* row = v.as<T>() + r * v.row_stride;
    if (!std::all_of(row, row + v.columns(), [](T x) { return std::isfinite(Acc<T>(x)); })) return false;
  }
  return true;
}

// Calls f with the view, or with a copy of it on the host when its memory lies on another device.
template <class F>
bool on_host(const View& v, F&& f) {
  if (v.device.is_cpu() || v.elements() == 0) return f(v);
  std::vector<char> bytes(
      static_cast<size_t>(((v.rows() - 1) * v.row_stride + v.columns()) * size_of(v.dtype)));
  runtime_of(v.device).copy(bytes.data(), v.data, bytes.size());
  View copy = v;
  copy.data = bytes.data();
  copy.device = {};
  return f(copy);
}

bool finite_on_host(const View& v) {
  if (v.dtype == Dtype::bf16) return all_finite<bf16>(v);
  return v.dtype == Dtype::f32 ? all_finite<float>(v) : all_finite<double>(v);
}

bool finite(const Argument& x) {
  const View& v = x.view;
  return !v || v.dtype == Dtype::i32 || on_host(v, finite_on_host);
}

double bytes_of(const Arguments& arguments) {
  double bytes = 0;
  for (const auto& [name, v] : arguments) {
    if (v) bytes += static_cast<double>(v.elements() * size_of(v.dtype));
  }
  return bytes;
}

thread_local const char* t_op = "";

}  // namespace

CpuStream& cpu_stream() {
  static CpuStream stream;
  return stream;
}

LaunchScope::LaunchScope(Device device, LaunchInfo info)
    : device_(device), info_(std::move(info)), outer_(t_op) {
  if (!kHasCuda && !device.is_cpu()) refuse(info_.op, "this build of hone runs on the CPU only");
  require_device(info_.op, device, info_.inputs);
  require_device(info_.op, device, info_.outputs);
  for (const auto& [name, view] : info_.outputs) {
    if (view.kept != nullptr) view.kept->changed(view);
  }
  t_op = info_.op;
  if (!profiling()) return;
  runtime_of(device_).synchronise();
  start_ = steady_seconds();
}

LaunchScope::~LaunchScope() { t_op = outer_; }

void LaunchScope::report() const {
  if (profiling()) add_to_profile();
  if (checks_finite()) check_outputs();
}

void LaunchScope::add_to_profile() const {
  runtime_of(device_).synchronise();
  ProfileRow& row = profile()[info_.name];
  row.calls += 1;
  row.seconds += steady_seconds() - start_;
  row.bytes += bytes_of(info_.inputs) + bytes_of(info_.outputs);
  row.flops += info_.flops;
}

void LaunchScope::check_outputs() const {
  if (std::ranges::all_of(info_.outputs, finite)) return;
  const bool inputs_were = std::ranges::all_of(info_.inputs, finite);
  throw NonFiniteError(fmt::format("{}: made a NaN or an infinity{}", info_.name,
                                   inputs_were ? " from finite inputs" : "; its inputs held one already"));
}

bool checks_finite() {
  static const bool on = [] {
    const char* value = std::getenv("HONE_CHECK_FINITE");
    return value != nullptr && std::string_view(value) == "1";
  }();
  return on;
}

const char* current_op() { return t_op; }

}  // namespace hone
