#include "apps/report/run_report.h"

#include <fmt/core.h>

#include <algorithm>

#include "apps/cli/device.h"
#include "apps/cli/resources.h"
#include "apps/report/report.h"
#include "apps/run/events.h"
#include "core/build_config.h"

namespace hone {
namespace {

std::vector<std::pair<std::string, std::string>> facts(const std::vector<Json>& events, double seconds,
                                                       Device device) {
  const auto steps =
      std::ranges::count_if(events, [](const Json& e) { return e.get_string("event", "") == "step"; });
  const double speed = tokens_per_second(events);
  return {{"steps", fmt::format("{}", steps)},
          {"time", duration_text(seconds)},
          {"tokens per second", speed > 0 ? fmt::format("{:.0f}", speed) : "none"},
          {"peak memory", peak_memory_text(device)}};
}

}  // namespace

void write_report(const RunFolder& folder, const ReportSource& source) {
  const RunRecord& record = source.record;
  RunReport report;
  const std::string model = std::filesystem::path(record.settings.model).filename().string();
  report.title = fmt::format("{}: {} on {}", record.spec.program, model, record.data.name);
  report.subtitle = fmt::format("hone {} \u00b7 {} \u00b7 {}", kVersion,
                                device_text(record.device, record.settings.compute.dtype), iso_time_now());
  report.events = folder.events();
  report.facts = facts(report.events, source.seconds, record.device);
  report.settings = {{"command", record.command}};
  for (auto& row : setting_rows(record.settings)) report.settings.push_back(std::move(row));
  report.label_names = source.label_names;
  std::vector<const TaskSplit*> splits{&record.data.validation};
  if (record.data.test) splits.push_back(&*record.data.test);
  for (const TaskSplit* split : splits) {
    const auto found = source.predictions.find(split->name);
    if (found != source.predictions.end())
      report.splits.push_back({split->name, split->texts, found->second});
  }
  folder.write("report.html", report_page(report));
}

}  // namespace hone
