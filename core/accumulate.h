#pragma once

namespace hone {

// Stores a result as its GradOut asks (core/view.h): added to what is there, or in its place. The sum is made
// in the type of `value`, which is wider than what bf16 results are stored as.
template <class Out, class Value>
[[gnu::always_inline]] constexpr void accumulate(Out& out, Value value, bool add) {
  out = add ? static_cast<Value>(out) + value : value;
}

}  // namespace hone
