#pragma once

#include <optional>
#include <string>
#include <vector>

namespace hone {

struct ChartPoint {
  double x, y;
};

// A line of a chart. `style` is a class of the page's style sheet: "raw" (faint), "one", "two" (dashed) or
// "points" (no line).
struct ChartSeries {
  std::string name, style;
  std::vector<ChartPoint> points;  // ascending x; points that are not finite break the line
  bool dots = false;               // a dot at each point, with its value as a tooltip
};

struct Chart {
  std::string title, x_label;
  std::vector<ChartSeries> series;
  bool percent = false;                                        // y is in [0, 1] and printed in percent
  std::optional<double> y_low = {}, y_high = {}, x_high = {};  // by default from the points
  bool diagonal = false;                                       // from corner to corner, for calibration
};

// The chart as an inline <figure> with an SVG 360 units wide, so that its text is as large as the page's on a
// phone; colours come from the page's classes. A chart without points says so.
std::string chart_svg(const Chart& chart);

// Thins out points: at most `count`, each the mean of neighbouring points, with x in their middle.
std::vector<ChartPoint> averaged(const std::vector<ChartPoint>& points, size_t count);

// Text, printable (core/printable.h), with &, <, >, " and ' escaped.
std::string html_text(const std::string& text);

}  // namespace hone
