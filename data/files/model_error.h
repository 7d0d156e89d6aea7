#pragma once

#include <hone/core/error.h>

namespace hone {

// Runs `action`, whose errors become ModelErrors: to a reader of models, a file that cannot be opened or ends
// early is a damaged model.
template <class Action>
auto as_model_error(Action action) {
  try {
    return action();
  } catch (const Error& error) {
    throw ModelError(error.what());
  }
}

}  // namespace hone
