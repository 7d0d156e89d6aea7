#include "train/early_stopping.h"

namespace hone {

bool EarlyStopping::add(double value) {
  const bool better = !best_ || value > *best_;
  if (better) best_ = value;
  without_improvement_ = better ? 0 : without_improvement_ + 1;
  return better;
}

}  // namespace hone
