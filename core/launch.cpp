#include "core/launch.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <exception>
#include <string_view>

#include <hone/core/error.h>
#include "core/device_runtime.h"
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

bool finite(const View& v) { return !v || v.dtype == Dtype::i32 || on_host(v, finite_on_host); }

double bytes_of(const Views& views) {
  double bytes = 0;
  for (const View& v : views) {
    if (v) bytes += static_cast<double>(v.elements() * size_of(v.dtype));
  }
  return bytes;
}

bool g_profiling = false;
thread_local const char* t_kernel = "";

}  // namespace

CpuStream& cpu_stream() {
  static CpuStream stream;
  return stream;
}

LaunchScope::LaunchScope(Device device, LaunchInfo info)
    : device_(device), info_(std::move(info)), outer_(t_kernel), exceptions_(std::uncaught_exceptions()) {
  if (!kHasCuda && !device.is_cpu()) refuse(info_.name, "this build of hone runs on the CPU only");
  for (const Views* views : {&info_.inputs, &info_.outputs}) {
    for (const View& v : *views) {
      if (v && v.device != device) refuse(info_.name, describe(v) + ", launched on " + to_string(device));
    }
  }
  t_kernel = info_.name;
  if (!profiling()) return;
  runtime_of(device_).synchronise();
  start_ = steady_seconds();
}

LaunchScope::~LaunchScope() noexcept(false) {
  t_kernel = outer_;
  if (std::uncaught_exceptions() > exceptions_) return;
  if (profiling()) {
    runtime_of(device_).synchronise();
    ProfileRow& row = profile()[info_.name];
    row.calls += 1;
    row.seconds += steady_seconds() - start_;
    row.bytes += bytes_of(info_.inputs) + bytes_of(info_.outputs);
    row.flops += info_.flops;
  }
  if (checks_finite() && !std::ranges::all_of(info_.outputs, finite)) {
    const bool inputs_were = std::ranges::all_of(info_.inputs, finite);
    throw NonFiniteError(fmt::format("{}: made a NaN or an infinity{}", info_.name,
                                     inputs_were ? " from finite inputs" : "; its inputs held one already"));
  }
}

bool checks_finite() {
  static const bool on = [] {
    const char* value = std::getenv("HONE_CHECK_FINITE");
    return value != nullptr && std::string_view(value) == "1";
  }();
  return on;
}

const char* current_kernel() { return t_kernel; }

void refuse(const char* kernel, const std::string& what) { throw Error(fmt::format("{}: {}", kernel, what)); }

void require(bool condition, const char* kernel, const std::string& what) {
  if (!condition) refuse(kernel, what);
}

void require_shape(const char* kernel, const char* what, const View& v, const Shape& shape) {
  if (v && v.shape == shape && v.contiguous()) return;
  refuse(kernel, fmt::format("{} is {}, expected shape {}{}", what, describe(v), to_string(shape),
                             v && v.shape == shape ? " without gaps between rows" : ""));
}

Dtype require_same_type(const char* kernel, const Views& views) {
  const View* first = nullptr;
  for (const View& v : views) {
    if (!v) continue;
    if (first == nullptr) first = &v;
    if (v.dtype != first->dtype || v.dtype == Dtype::i32) {
      refuse(kernel, fmt::format("one floating type expected, got {} and {}", describe(*first), describe(v)));
    }
  }
  if (first == nullptr) refuse(kernel, "no arguments");
  return first->dtype;
}

void require_type(const char* kernel, Dtype dtype, const Views& views) {
  for (const View& v : views) {
    if (v && v.dtype != dtype)
      refuse(kernel, fmt::format("{} expected, got {}", name_of(dtype), describe(v)));
  }
}

void set_profiling(bool on) { g_profiling = on; }
bool profiling() { return g_profiling; }

Profile& profile() {
  static Profile rows;
  return rows;
}

std::string profile_table() {
  std::vector<std::pair<std::string, ProfileRow>> rows(profile().begin(), profile().end());
  std::ranges::sort(rows, [](const auto& a, const auto& b) { return a.second.seconds > b.second.seconds; });
  double total = 0;
  for (const auto& [name, row] : rows) total += row.seconds;
  std::string out = fmt::format("{:<28}{:>9}{:>11}{:>8}{:>10}{:>10}\n", "kernel", "calls", "seconds", "share",
                                "GFLOP/s", "GB/s");
  for (const auto& [name, row] : rows) {
    const double seconds = std::max(row.seconds, 1e-12);
    out += fmt::format("{:<28}{:>9}{:>11.3f}{:>7.1f}%{:>10.1f}{:>10.1f}\n", name, row.calls, row.seconds,
                       100 * row.seconds / std::max(total, 1e-12), row.flops / seconds / 1e9,
                       row.bytes / seconds / 1e9);
  }
  return out;
}

}  // namespace hone
