#pragma once

#include <cstdint>
#include <optional>

namespace hone {

// Keeps track of evaluations, of which more is better, and says when training should stop.
class EarlyStopping {
 public:
  // `patience`: how many evaluations in a row may be no better than the best one; 0: any number.
  explicit EarlyStopping(int64_t patience) : patience_(patience) {}
  // Records an evaluation. Returns true when it is better than all before.
  bool add(double value);
  bool out_of_patience() const { return patience_ > 0 && without_improvement_ >= patience_; }

 private:
  int64_t patience_, without_improvement_ = 0;
  std::optional<double> best_;
};

}  // namespace hone
