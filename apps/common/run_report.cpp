#include "apps/common/run_report.h"

#include <fmt/format.h>

#include "apps/common/device.h"
#include "apps/common/report/report.h"
#include "apps/common/resources.h"
#include "core/build_config.h"

namespace hone {
namespace {

std::vector<std::pair<std::string, std::string>> facts(const std::vector<Json>& events, double seconds) {
  double tokens = 0, training = 0;
  int64_t steps = 0;
  for (const Json& event : events) {
    if (event.get_string("event", "") != "step") continue;
    ++steps;
    tokens += event.get_number("tokens", 0);
    training += event.get_number("seconds", 0);
  }
  return {{"steps", fmt::format("{}", steps)},
          {"time", duration_text(seconds)},
          {"tokens per second", training > 0 ? fmt::format("{:.0f}", tokens / training) : "none"},
          {"peak memory", fmt::format("{} MB", peak_memory_bytes() / 1000000)}};
}

std::vector<std::pair<std::string, std::string>> settings_rows(const RunRecord& record) {
  Settings settings = record.settings;
  std::vector<std::pair<std::string, std::string>> rows{{"command", record.command}};
  for (const Setting& setting : setting_table(settings)) {
    if (setting.role != SettingRole::command)
      rows.emplace_back(setting.option.name, option_text(setting.option));
  }
  return rows;
}

}  // namespace

void write_report(const RunFolder& folder, const ReportSource& source) {
  const RunRecord& record = source.record;
  RunReport report;
  const std::string model = std::filesystem::path(record.settings.model).filename().string();
  report.title = fmt::format("{}: {} on {}", record.spec.program, model, record.data.name);
  report.subtitle = fmt::format("hone {} \u00b7 {} \u00b7 {}", kVersion, device_text(record.device, record.settings.dtype),
                                iso_time_now());
  report.events = folder.events();
  report.facts = facts(report.events, source.seconds);
  report.settings = settings_rows(record);
  report.label_names = source.label_names;
  std::vector<const TaskSplit*> splits{&record.data.validation};
  if (record.data.test) splits.push_back(&*record.data.test);
  for (const TaskSplit* split : splits) {
    const auto found = source.judgements.find(split->name);
    if (found != source.judgements.end()) report.splits.push_back({split->name, split->texts, found->second});
  }
  folder.write("report.html", report_page(report));
}

}  // namespace hone
