#pragma once

// The enums and constants of the kernel contracts, without anything else: the per-instruction-set files of
// cpu/ include them.
namespace hone {

enum class BinaryKind { add, sub, mul, div };

// Marks say, for each 512 bytes of a gradient in an optimizer's flat buffer, what the gradient and the
// moments there can be; they are i32 in its device's memory. They spare the optimizer from reading gradients
// that are 0: a batch's tokens name few rows of an embedding table, and some rows no token ever names.
namespace mark {
inline constexpr int kAlways = -1;   // not a table: any number may have a gradient at any time
inline constexpr int kGradient = 0;  // numbers here may have a gradient now
inline constexpr int kMoments = 1;   // the gradient is 0, moments may not be
inline constexpr int kNothing = 2;   // gradient and both moments are 0
}  // namespace mark
inline constexpr int kMarkedBytes = 512;
template <class T>
inline constexpr int kMarked = kMarkedBytes / static_cast<int>(sizeof(T));  // numbers per mark

}  // namespace hone
