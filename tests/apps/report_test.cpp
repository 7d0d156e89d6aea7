#include "apps/report/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <regex>

#include "apps/report/chart.h"
#include "apps/report/scores.h"
#include "apps/report/spread.h"

namespace hone {
namespace {

using testing::HasSubstr;
using testing::Not;

Json event(const std::string& text) { return parse_json(text, "metrics.jsonl"); }

RunReport small_report() {
  RunReport report;
  report.title = "sst2: <tiny> & co";
  report.subtitle = "a test";
  report.facts = {{"time", "3 s"}};
  report.settings = {{"epochs", "3"}, {"model", "a<b>"}};
  for (int step = 1; step <= 700; ++step) {
    report.events.push_back(event(
        "{\"event\":\"step\",\"step\":" + std::to_string(step) + ",\"loss\":" + std::to_string(1.0 / step) +
        ",\"learning_rate\":2e-05,\"grad_norm\":1.5,\"tokens\":800,\"seconds\":0.5}"));
  }
  report.events.push_back(event(
      R"({"event":"eval","split":"validation","epoch":0,"step":0,"loss":0.7,"accuracy":0.5,"f1":0.4,"mcc":0})"));
  report.events.push_back(event(
      R"({"event":"eval","split":"validation","epoch":1,"step":700,"loss":0.4,"accuracy":0.8125,"f1":0.8,"mcc":0.6})"));
  report.label_names = {"negative", "positive"};
  report.splits = {{"validation", {"fine", "<b>awful</b>", "meh"}, {{1, 1, .9F}, {0, 1, .99F}, {1, 0, .6F}}}};
  return report;
}

// Expects that every element of a page that is opened is closed, in order.
void expect_balanced(const std::string& page) {
  const std::regex tag(R"(<(/?)([a-z0-9]+)([^<>]*?)(/?)>)");
  std::vector<std::string> open;
  for (std::sregex_iterator it(page.begin(), page.end(), tag), end; it != end; ++it) {
    const std::string name = (*it)[2];
    if (name == "meta" || (*it)[4] == "/") continue;
    if ((*it)[1] != "/") {
      open.push_back(name);
    } else {
      ASSERT_FALSE(open.empty()) << name;
      ASSERT_EQ(open.back(), name);
      open.pop_back();
    }
  }
  EXPECT_TRUE(open.empty());
}

TEST(Report, IsOneSelfContainedPage) {
  const std::string page = report_page(small_report());
  expect_balanced(page);
  for (const char* loaded : {"<script", "<link", "<img", "@import", "url(", "http:", "https:"}) {
    EXPECT_THAT(page, Not(HasSubstr(loaded)));
  }
  EXPECT_THAT(page, HasSubstr("prefers-color-scheme:dark"));
  EXPECT_THAT(page, HasSubstr("width=device-width"));
}

TEST(Report, ShowsTheFiguresTheMistakesAndTheSettings) {
  const std::string page = report_page(small_report());
  EXPECT_THAT(page, HasSubstr("81.250 %"));
  EXPECT_THAT(page, HasSubstr("from 50.000 %"));
  EXPECT_THAT(page, HasSubstr("&lt;b&gt;awful&lt;/b&gt;<small>is negative, predicted positive with 99.0 %"));
  EXPECT_LT(page.find("awful"), page.find("meh"));
  EXPECT_THAT(page, Not(HasSubstr("<li>fine")));
  EXPECT_THAT(page, HasSubstr("a&lt;b&gt;"));
  for (const char* chart : {"Loss", "Accuracy", "Learning rate", "Gradient norm", "Tokens per second"}) {
    EXPECT_THAT(page, HasSubstr("<b>" + std::string(chart) + "</b>"));
  }
}

TEST(Report, NamesTheClassThatF1IsOf) {
  RunReport report = small_report();
  report.events = {event(
      R"({"event":"eval","split":"validation","epoch":0,"step":0,"loss":0.7,"accuracy":0.99,"f1":0.99497,)"
      R"("positive_label":"ok","f1_macro":0.49749,"labels":[{"label":"<defect>","f1":0},{"label":"ok","f1":0.99497}]})")};
  const std::string page = report_page(report);
  for (const char* text : {"<th>F1 of ok</th><th>F1 of &lt;defect&gt;</th><th>F1 macro</th>",
                           "<td>99.497 %</td><td>0.000 %</td><td>49.749 %</td>", "macro average"}) {
    EXPECT_THAT(page, HasSubstr(text));
  }
}

TEST(Report, ShowsTheWorstConfusionsOfManyLabels) {
  for (const size_t labels : {50, 51, 500, 4000}) {
    RunReport report = small_report();
    report.label_names.clear();
    for (size_t i = 0; i < labels; ++i) report.label_names.push_back("name" + std::to_string(i));
    report.splits[0].predictions = {{1, 2, .9F}, {1, 2, .9F}, {3, 3, .9F}};
    const std::string page = report_page(report);
    expect_balanced(page);
    EXPECT_EQ(page.find("Confusion matrix") != std::string::npos, labels <= 50) << labels;
    EXPECT_EQ(page.find("The most frequent confusions") != std::string::npos, labels > 50) << labels;
    EXPECT_LT(page.size(), labels > 50 ? 60'000u : 700'000u) << labels;
  }
}

TEST(Report, TakesARunThatRecordedNothing) {
  RunReport report;
  report.title = "empty";
  report.label_names = {"a", "b"};
  report.splits = {{"validation", {}, {}}};
  const std::string page = report_page(report);
  expect_balanced(page);
  EXPECT_THAT(page, HasSubstr("nothing was recorded"));
}

TEST(Report, LeavesOutFiguresThatWereNotFinite) {
  RunReport report = small_report();
  report.events.push_back(
      event(R"({"event":"step","step":701,"loss":null,"grad_norm":null,"tokens":0,"seconds":0})"));
  EXPECT_THAT(report_page(report), Not(testing::ContainsRegex("nan|inf[^o]")));
}

TEST(Report, CountsByLabelAndPrediction) {
  const auto rows = small_report().splits[0].predictions;
  const Confusion counts = confusion_of(rows, 2);
  EXPECT_EQ(counts.at(0, 0), 0);
  EXPECT_EQ(counts.at(0, 1), 1);
  EXPECT_EQ(counts.at(1, 0), 1);
  EXPECT_EQ(counts.at(1, 1), 1);
}

// Rows at .55 (one of two right) and .96 (all right) of two labels: |.55 - .5| / 2 + |.96 - 1| / 2.
TEST(Report, MeasuresCalibration) {
  const std::vector<LabelPrediction> rows{{0, 0, .55F}, {0, 1, .55F}, {1, 1, .96F}, {0, 0, .96F}};
  const Calibration calibration = calibrate(rows, 2);
  EXPECT_NEAR(calibration.error, 0.045, 1e-6);
  EXPECT_EQ(calibration.bins[1].rows, 2);
  EXPECT_NEAR(calibration.bins[1].accuracy, 0.5, 1e-12);
  EXPECT_EQ(calibration.bins[9].rows, 2);
  EXPECT_EQ(calibrate(std::vector<LabelPrediction>{{0, 0, 1}}, 3).bins[9].rows, 1);
}

TEST(Report, AveragesNeighboursToAFewPoints) {
  std::vector<ChartPoint> points;
  for (int i = 0; i < 10; ++i) points.push_back({i * 1.0, i % 2 * 1.0});
  const auto means = averaged(points, 5);
  ASSERT_EQ(means.size(), 5U);
  for (const ChartPoint& p : means) EXPECT_DOUBLE_EQ(p.y, 0.5);
  EXPECT_DOUBLE_EQ(means[0].x, 0.5);
  EXPECT_EQ(averaged(points, 10).size(), 10U);
}

TEST(Report, ShowsTheSpreadOfSeveralRuns) {
  SpreadReport report;
  report.title = "sst2, 3 runs";
  report.runs = {"seed-42", "seed-43", "seed-44"};
  report.figures = {{"validation accuracy", true, {0.80, 0.82, 0.84}}};
  const std::string page = spread_page(report);
  expect_balanced(page);
  EXPECT_THAT(page, HasSubstr("82.000 %"));
  EXPECT_THAT(page, HasSubstr("2.000 %"));
  EXPECT_THAT(page, HasSubstr("seed-43/report.html"));
}

}  // namespace
}  // namespace hone
