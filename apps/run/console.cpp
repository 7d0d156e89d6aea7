#include "apps/run/console.h"

#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "apps/cli/device.h"
#include "apps/cli/resources.h"
#include "apps/cli/stream.h"
#include "core/printable.h"
#include "data/json/json_writer.h"

namespace hone {
namespace {

constexpr int64_t kNarrowest = 20, kWidestBar = 40;

bool is_smart_terminal() {
  const char* term = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) == 1 && term != nullptr && std::string_view(term) != "dumb";
}

int64_t terminal_columns() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

bool wants_color(Color choice) {
  if (choice != Color::automatic) return choice == Color::always;
  if (const char* off = std::getenv("NO_COLOR"); off != nullptr && *off != '\0') return false;
  if (const char* on = std::getenv("CLICOLOR_FORCE"); on != nullptr && std::string_view(on) != "0")
    return true;
  return is_smart_terminal();
}

constexpr const char* kBold = "\x1b[1m";
constexpr const char* kYellow = "\x1b[33m";

void write_err(const std::string& text) {
  write_stream(STDERR_FILENO, text);  // nobody is told when this fails: where?
}

// Updates a moving average over about the last `steps` values, which starts as the plain mean.
void smooth(double& average, double value, int64_t count, int64_t steps = 20) {
  average += (value - average) / static_cast<double>(std::min(count, steps));
}

std::string skipped_text(const StepReport& report) {
  return report.skipped == 0 ? "" : fmt::format("  skipped {}", report.skipped);
}

}  // namespace

ConsoleSettings console_settings(const Settings& settings) {
  return {settings.quiet, settings.progress, settings.log_every, settings.log == LogFormat::json,
          settings.color};
}

Console::Console(const ConsoleSettings& settings)
    : settings_(settings),
      bar_(!settings.quiet && (settings.progress == Progress::on ||
                               (settings.progress == Progress::automatic && is_smart_terminal()))),
      color_(wants_color(settings.color)) {}

void Console::clear() {
  if (bar_drawn_) write_err("\r\x1b[K");
  bar_drawn_ = false;
}

std::string Console::styled(const char* style, const std::string& text) const {
  return color_ ? style + text + "\x1b[0m" : text;
}

void Console::log(const std::string& line) {
  if (settings_.quiet) return;
  clear();
  write_err(printable(line) + "\n");
}

void Console::log_lines(const std::string& text) {
  if (settings_.quiet) return;
  clear();
  const std::string lines = printable_lines(text);
  const size_t end = std::min(lines.find('\n'), lines.size());
  write_err(styled(kBold, lines.substr(0, end)) + lines.substr(end) + "\n");
}

void Console::warning(const std::string& line) {
  clear();
  write_err(styled(kYellow, "warning:") + " " + printable(line) + "\n");
  event(JsonWriter().begin_object().field("event", "warning").field("message", line).end_object().str());
}

void Console::report(const std::string& text) {
  clear();
  write_err(printable_lines(text));
}

void Console::result(const std::string& text) {
  clear();
  if (!settings_.json) write_stdout(printable_lines(text));
}

void Console::event(const std::string& line) {
  if (settings_.json) write_stdout(printable(line));
}

void Console::write_stdout(const std::string& printable_text) {
  const int code = write_stream(STDOUT_FILENO, printable_text + "\n");
  if (code == 0 || code == EPIPE || !unwritten_.empty()) return;
  unwritten_ = std::string("stdout: cannot write: ") + std::strerror(code);
  warning(unwritten_);
}

void Console::begin_training(int64_t total_steps, int64_t epochs, Device device) {
  device_ = device;
  total_steps_ = total_steps;
  epochs_ = epochs;
}

bool Console::time_to_draw(bool last) {
  const auto now = Clock::now();
  if (!bar_ || (!last && now - last_draw_ < std::chrono::milliseconds(100))) return false;
  last_draw_ = now;
  return true;
}

void Console::draw(const std::string& before, double fraction, const std::string& after) {
  const int64_t columns = terminal_columns() - 1;
  const int64_t room = columns - static_cast<int64_t>(before.size() + after.size()) - 4;
  std::string line = before + "  ";
  if (room >= kNarrowest / 2) {
    const int64_t width = std::min(room - 2, kWidestBar);
    const auto full = static_cast<int64_t>(fraction * static_cast<double>(width));
    std::string bar(static_cast<size_t>(width), ' ');
    std::fill_n(bar.begin(), full, '=');
    if (full < width) bar[static_cast<size_t>(full)] = '>';
    line += "[" + bar + "]  ";
  }
  line += after;
  write_err("\r" + line.substr(0, static_cast<size_t>(std::max(kNarrowest, columns))) + "\x1b[K");
  bar_drawn_ = true;
}

void Console::step(const StepReport& report) {
  ++seen_steps_;
  seconds_ += report.seconds;
  window_seconds_ += report.seconds;
  window_tokens_ += report.tokens;
  if (std::isfinite(report.loss)) {  // not so when the step was skipped
    window_loss_ += report.loss;
    ++window_steps_;
    smooth(smooth_loss_, report.loss, seen_steps_);
  }
  smooth(smooth_speed_, static_cast<double>(report.sequences) / std::max(report.seconds, 1e-9), seen_steps_);
  const bool last = report.step == total_steps_;
  if (time_to_draw(last)) {
    const double left =
        seconds_ / static_cast<double>(seen_steps_) * static_cast<double>(total_steps_ - report.step);
    draw(fmt::format("epoch {}/{}", report.epoch, epochs_),
         static_cast<double>(report.step) / static_cast<double>(total_steps_),
         fmt::format("{}/{}  loss {:.4f}  {:.0f} seq/s  {} left", report.step, total_steps_, smooth_loss_,
                     smooth_speed_, duration_text(left)) +
             skipped_text(report));
  }
  const bool plain = !bar_ && !settings_.quiet;
  if (plain && (last || report.step % settings_.log_every == 0)) plain_line(report);
}

void Console::plain_line(const StepReport& report) {
  const double left =
      seconds_ / static_cast<double>(seen_steps_) * static_cast<double>(total_steps_ - report.step);
  log(fmt::format(
          "{}  step {}/{}  epoch {}  loss {:.6f}  lr {}  grad_norm {:.4f}  {:.0f} tokens/s  eta {}  "
          "memory {}",
          iso_time_now(), report.step, total_steps_, report.epoch,
          std::abs(window_steps_ == 0 ? report.loss : window_loss_ / static_cast<double>(window_steps_)),
          report.learning_rate, std::abs(report.grad_norm),
          static_cast<double>(window_tokens_) / std::max(window_seconds_, 1e-9), duration_text(left),
          peak_memory_text(device_)) +
      skipped_text(report));
  window_seconds_ = window_loss_ = 0;
  window_steps_ = window_tokens_ = 0;
}

void Console::evaluating(const std::string& split, int64_t done, int64_t total) {
  if (!time_to_draw(false)) return;
  draw("evaluating " + split, static_cast<double>(done) / static_cast<double>(total),
       fmt::format("{}/{}", done, total));
}

}  // namespace hone
