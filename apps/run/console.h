#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include <hone/train/trainer.h>
#include "apps/cli/settings.h"

namespace hone {

struct ConsoleSettings {
  bool quiet = false;  // nothing but warnings on stderr
  // Progress as a bar or as plain lines; automatic: a bar on a terminal, plain lines elsewhere.
  Progress progress = Progress::automatic;
  int64_t log_every = 50;  // steps between plain lines
  bool json = false;       // stdout gets events instead of results
  Color color = Color::automatic;
};
ConsoleSettings console_settings(const Settings& settings);

// All output to the user: results on stdout; the log, and progress as a bar or as plain lines, on stderr.
class Console {
 public:
  explicit Console(const ConsoleSettings& settings);
  ~Console() { clear(); }
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  // Everything is made printable (core/printable.h); only where several lines are expected do LF stay.
  void log(const std::string& line);
  void log_lines(const std::string& text);  // the first is a heading
  void warning(const std::string& line);    // also when quiet
  // Writes an event, one line of JSON, to stdout if the settings ask for JSON.
  void event(const std::string& line);
  // Writes one or more lines of results to stdout. When stdout cannot be written the run goes on, since its
  // folder has the results, too; unwritten() tells.
  void result(const std::string& text);
  void report(const std::string& text);  // lines to stderr, also when quiet
  // The reason why something could not be written to stdout; empty when all was, or nobody reads it any more.
  const std::string& unwritten() const { return unwritten_; }

  // Starts the progress display: training begins on a device, with so many steps to make.
  void begin_training(int64_t total_steps, int64_t epochs, Device device);
  void step(const StepReport& report);
  // Shows progress of an evaluation: `done` of `total` rows of a split are evaluated.
  void evaluating(const std::string& split, int64_t done, int64_t total);
  void clear();  // removes the bar

 private:
  using Clock = std::chrono::steady_clock;

  void write_stdout(const std::string& printable_text);
  std::string styled(const char* style, const std::string& text) const;
  void plain_line(const StepReport& report);
  void draw(const std::string& before, double fraction, const std::string& after);
  bool time_to_draw(bool last);

  ConsoleSettings settings_;
  bool bar_, color_, bar_drawn_ = false;
  std::string unwritten_;
  Clock::time_point last_draw_{};
  int64_t total_steps_ = 0, epochs_ = 0, seen_steps_ = 0;  // a resumed run sees only its own steps
  // Sums over all steps, for the estimate of the time left; window_*: sums since the last plain line.
  double seconds_ = 0, window_seconds_ = 0, window_loss_ = 0;
  int64_t window_steps_ = 0, window_tokens_ = 0;
  Device device_;
  double smooth_loss_ = 0, smooth_speed_ = 0;
};

}  // namespace hone
