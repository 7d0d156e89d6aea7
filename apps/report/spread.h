#pragma once

#include <string>
#include <utility>
#include <vector>

namespace hone {

// The figure of one run among several: "validation accuracy", one value for each seed.
struct SpreadFigure {
  std::string name;
  bool percent = false;  // the values are in [0, 1]
  std::vector<double> values;
};

// The page of --runs N: every value, mean, standard deviation and how they scatter.
struct SpreadReport {
  std::string title, subtitle;
  std::vector<std::string> runs;  // "seed-42": the folders, each with a report.html of its own
  std::vector<SpreadFigure> figures;
  std::vector<std::pair<std::string, std::string>> settings;
};
std::string spread_page(const SpreadReport& report);

}  // namespace hone
