#pragma once

#include <cstdint>
#include <optional>

namespace hone {

// Keeps track of evaluations, of which more is better, and says when training should stop.
class EarlyStopping {
 public:
  // `patience`: how many evaluations in a row may be no better than the best one; 0: any number.
  explicit EarlyStopping(int64_t patience) : patience_(patience) {}
  // The same, resumed after evaluations of which `best` was the best, with so many after it.
  EarlyStopping(int64_t patience, std::optional<double> best, int64_t without_improvement)
      : patience_(patience), without_improvement_(without_improvement), best_(best) {}
  // Records an evaluation. Returns true when it is better than all before.
  bool add(double value);
  bool out_of_patience() const { return patience_ > 0 && without_improvement_ >= patience_; }
  int64_t patience() const { return patience_; }
  int64_t without_improvement() const { return without_improvement_; }  // evaluations since the best one

 private:
  int64_t patience_, without_improvement_ = 0;
  std::optional<double> best_;
};

}  // namespace hone
