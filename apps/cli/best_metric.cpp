#include "apps/cli/best_metric.h"

#include <algorithm>

#include "apps/cli/choice.h"

namespace hone {
namespace {

using Kind = BestMetric::Kind;

constexpr Choices<Kind, 6> kKinds{{{"accuracy", Kind::accuracy},
                                   {"loss", Kind::loss},
                                   {"mcc", Kind::mcc},
                                   {"f1", Kind::f1},
                                   {"precision", Kind::precision},
                                   {"recall", Kind::recall}}};

std::optional<Kind> kind_of(std::string_view word) {
  const auto at = std::ranges::find(kKinds, word, &Choice<Kind>::word);
  return at == kKinds.end() ? std::nullopt : std::optional(at->value);
}

bool is_of_labels(Kind kind) { return kind == Kind::f1 || kind == Kind::precision || kind == Kind::recall; }

}  // namespace

std::optional<BestMetric> parse_best_metric(std::string_view text) {
  if (const auto kind = kind_of(text)) return BestMetric{*kind};
  for (const Choice<Kind>& choice : kKinds) {
    if (!is_of_labels(choice.value)) continue;
    for (const std::string_view macro : {"-macro", "_macro"}) {
      if (text == std::string(choice.word) + std::string(macro)) return BestMetric{choice.value, true};
    }
    if (text == "macro-" + std::string(choice.word)) return BestMetric{choice.value, true};
    for (const std::string_view of : {":", " of "}) {
      const std::string begin = std::string(choice.word) + std::string(of);
      if (text.starts_with(begin) && text.size() > begin.size())
        return BestMetric{choice.value, false, std::string(text.substr(begin.size()))};
    }
  }
  return std::nullopt;
}

std::string text_of(const BestMetric& metric) {
  const std::string word = word_of(kKinds, metric.kind);
  if (metric.macro) return "macro-" + word;
  return metric.label.empty() ? word : word + ":" + metric.label;
}

}  // namespace hone
