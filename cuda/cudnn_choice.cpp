#include <limits>

#include "cuda/cudnn.h"
#include "cuda/settings.h"

namespace hone {
namespace {

constexpr int64_t kLong = 128;         // tokens: what `auto` leaves to cuDNN is longer; not measured yet
constexpr int64_t kMostColumns = 128;  // of a head, on all GPUs since Ampere
constexpr int64_t kColumnsMultiple = 8;

bool aligned(const View& v) {
  return reinterpret_cast<uintptr_t>(v.data) % 16 == 0 && v.row_stride * size_of(v.dtype) % 16 == 0;
}

bool fits_i32(const View& v) { return v.rows() * v.row_stride <= std::numeric_limits<int32_t>::max(); }

bool keys_for_all_queries(const Attention& k) {
  for (int64_t s = 0; s < k.query_lens.count(); ++s) {
    if (k.query_lens.length(s) > 0 && k.key_lens.length(s) == 0) return false;
  }
  return true;
}

}  // namespace

std::string cudnn_refusal(const Attention& k) {
  if (k.q.dtype != Dtype::bf16) return "it computes in bf16, q is " + describe(k.q);
  if (k.dropout.active()) return "it has none of hone's dropout masks";
  if (k.head_dim() % kColumnsMultiple != 0 || k.head_dim() > kMostColumns)
    return "its heads have 8, 16, ... 128 columns, these " + std::to_string(k.head_dim());
  for (const View* view : {&k.q, &k.k, &k.v, &k.out}) {
    if (!aligned(*view))
      return "its rows begin at multiples of 16 bytes, those of " + describe(*view) + " do not";
    if (!fits_i32(*view)) return describe(*view) + " is too large for it";
  }
  if (!keys_for_all_queries(k)) return "a sequence has queries and no keys";
  return "";
}

bool use_cudnn(const Attention& k) {
  const AttentionChoice choice = attention_choice();
  if (choice == AttentionChoice::plain || k.q.rows() == 0) return false;
  if (choice == AttentionChoice::automatic)
    return k.key_lens.longest() > kLong && cudnn_refusal(k).empty() && why_no_cudnn().empty();
  std::string refusal = why_no_cudnn();
  if (refusal.empty()) refusal = cudnn_refusal(k);
  if (!refusal.empty()) refuse(k.name, "cuDNN cannot compute this: " + refusal + "; use --attention auto");
  return true;
}

}  // namespace hone
