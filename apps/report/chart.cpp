#include "apps/report/chart.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "core/printable.h"

namespace hone {
namespace {

constexpr double kWidth = 360, kHeight = 200, kLeft = 46, kRight = 10, kTop = 10, kBottom = 34;

struct Range {
  double low, high;
  double at(double value) const { return (value - low) / (high - low); }
};

// The distance between ticks: 1, 2 or 5 times a power of ten, so that about `count` steps span the range.
double nice_step(const Range& range, double count) {
  const double raw = (range.high - range.low) / count, power = std::pow(10, std::floor(std::log10(raw)));
  for (const double factor : {1., 2., 5.}) {
    if (raw <= factor * power) return factor * power;
  }
  return 10 * power;
}

bool finite(const ChartPoint& p) { return std::isfinite(p.x) && std::isfinite(p.y); }

// The range of a coordinate over all points, widened to whole steps when `round`.
std::optional<Range> range_of(const Chart& chart, double ChartPoint::*coordinate, bool round) {
  std::optional<Range> range;
  for (const ChartSeries& series : chart.series) {
    for (const ChartPoint& p : series.points) {
      if (!finite(p)) continue;
      if (!range) range = Range{p.*coordinate, p.*coordinate};
      range = Range{std::min(range->low, p.*coordinate), std::max(range->high, p.*coordinate)};
    }
  }
  if (!range) return range;
  if (range->high - range->low < 1e-12 * std::max(1., std::abs(range->high))) {
    const double room = range->high == 0 ? 1 : std::abs(range->high) / 2;
    return Range{range->low - room, range->high + room};
  }
  if (round) {
    const double step = nice_step(*range, 4);
    range = Range{std::floor(range->low / step) * step, std::ceil(range->high / step) * step};
  }
  return range;
}

struct Frame {
  Range x, y;
  double px(double value) const { return kLeft + x.at(value) * (kWidth - kLeft - kRight); }
  double py(double value) const { return kHeight - kBottom - y.at(value) * (kHeight - kTop - kBottom); }
};

std::string tick_text(double value, double step, bool percent) {
  if (std::abs(value) < step * 1e-6) value = 0;  // no -0
  if (percent) return fmt::format("{:.{}f} %", 100 * value, 100 * step < 0.999 ? 1 : 0);
  if (value == 0) return "0";
  if (std::abs(value) < 1e-3) return fmt::format("{:.0e}", value);
  const int digits = std::max(0, static_cast<int>(std::ceil(-std::log10(step) - 1e-9)));
  return fmt::format("{:.{}f}", value, digits);
}

std::string axes(const Chart& chart, const Frame& frame) {
  std::string svg;
  const double step_y = nice_step(frame.y, 4), step_x = nice_step(frame.x, 5);
  for (double y = std::ceil(frame.y.low / step_y - 1e-9) * step_y; y <= frame.y.high + step_y * 1e-6;
       y += step_y) {
    svg +=
        fmt::format(R"(<path class="grid" d="M{:.1f} {:.1f}H{:.1f}"/>)", kLeft, frame.py(y), kWidth - kRight);
    svg += fmt::format(R"(<text class="tick" text-anchor="end" x="{:.1f}" y="{:.1f}">{}</text>)", kLeft - 5,
                       frame.py(y) + 4, tick_text(y, step_y, chart.percent));
  }
  for (double x = std::ceil(frame.x.low / step_x - 1e-9) * step_x; x <= frame.x.high + step_x * 1e-6;
       x += step_x) {
    svg += fmt::format(R"(<text class="tick" text-anchor="middle" x="{:.1f}" y="{:.1f}">{}</text>)",
                       frame.px(x), kHeight - kBottom + 14, tick_text(x, step_x, false));
  }
  return svg + fmt::format(R"(<text class="tick" text-anchor="end" x="{:.1f}" y="{:.1f}">{}</text>)",
                           kWidth - kRight, kHeight - 5, html_text(chart.x_label));
}

std::string line(const ChartSeries& series, const Frame& frame) {
  std::string path;
  bool pen_down = false;
  for (const ChartPoint& p : series.points) {
    if (finite(p)) path += fmt::format("{}{:.1f} {:.1f}", pen_down ? 'L' : 'M', frame.px(p.x), frame.py(p.y));
    pen_down = finite(p);
  }
  return fmt::format(R"(<path class="line {}" d="{}"/>)", series.style, path);
}

std::string dots(const ChartSeries& series, const Frame& frame, bool percent) {
  std::string svg;
  for (const ChartPoint& p : series.points) {
    if (!finite(p)) continue;
    const std::string value = percent ? fmt::format("{:.3f} %", 100 * p.y) : fmt::format("{:.6g}", p.y);
    svg += fmt::format(
        R"(<circle class="dot {}" cx="{:.1f}" cy="{:.1f}" r="3.5"><title>{}: {}</title></circle>)",
        series.style, frame.px(p.x), frame.py(p.y), html_text(series.name), value);
  }
  return svg;
}

std::string caption(const Chart& chart) {
  std::string text = "<figcaption><b>" + html_text(chart.title) + "</b>";
  for (const ChartSeries& series : chart.series) {
    if (!series.name.empty()) {
      text += fmt::format(R"( <span class="key {}">{}</span>)", series.style, html_text(series.name));
    }
  }
  return text + "</figcaption>";
}

}  // namespace

std::string chart_svg(const Chart& chart) {
  const auto x = range_of(chart, &ChartPoint::x, false), y = range_of(chart, &ChartPoint::y, true);
  if (!x || !y) return "<figure>" + caption(chart) + "<p>nothing was recorded</p></figure>";
  const Frame frame{{x->low, chart.x_high.value_or(x->high)},
                    {chart.y_low.value_or(y->low), chart.y_high.value_or(y->high)}};
  std::string svg = fmt::format(R"(<svg viewBox="0 0 {} {}" role="img" aria-label="{}">)", kWidth, kHeight,
                                html_text(chart.title));
  svg += axes(chart, frame);
  if (chart.diagonal) {
    svg += fmt::format(R"(<path class="diagonal" d="M{:.1f} {:.1f}L{:.1f} {:.1f}"/>)", frame.px(frame.x.low),
                       frame.py(frame.x.low), frame.px(frame.x.high), frame.py(frame.x.high));
  }
  for (const ChartSeries& series : chart.series) {
    svg += line(series, frame) + (series.dots ? dots(series, frame, chart.percent) : "");
  }
  return "<figure>" + caption(chart) + svg + "</svg></figure>\n";
}

std::vector<ChartPoint> averaged(const std::vector<ChartPoint>& points, size_t count) {
  if (points.size() <= count) return points;
  std::vector<ChartPoint> means;
  for (size_t i = 0; i < count; ++i) {
    const size_t begin = i * points.size() / count, end = (i + 1) * points.size() / count;
    ChartPoint sum{0, 0};
    for (size_t j = begin; j < end; ++j) sum = {sum.x + points[j].x, sum.y + points[j].y};
    const auto n = static_cast<double>(end - begin);
    means.push_back({sum.x / n, sum.y / n});
  }
  return means;
}

std::string html_text(const std::string& text) {
  std::string out;
  for (const char c : printable(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace hone
