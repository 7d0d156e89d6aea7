#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hone {

// The metric by which evaluations are compared. F1, precision and recall are those of `label`, macro
// averages, or, with neither, those that an evaluation reports first.
struct BestMetric {
  enum class Kind { accuracy, loss, mcc, f1, precision, recall };
  Kind kind = Kind::accuracy;
  bool macro = false;
  std::string label = {};

  bool operator==(const BestMetric&) const = default;
};

// The words for it: "accuracy", "f1", "macro-f1", "f1:ok" (also "f1 of ok", "f1_macro" and "f1-macro").
std::optional<BestMetric> parse_best_metric(std::string_view text);
std::string text_of(const BestMetric& metric);

inline constexpr const char* kBestMetricWords =
    "accuracy, loss, mcc, f1, precision, recall, macro-f1, macro-precision, macro-recall, or f1:LABEL, "
    "precision:LABEL, recall:LABEL";

}  // namespace hone
