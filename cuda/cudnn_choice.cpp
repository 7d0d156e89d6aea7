#include "cuda/cudnn_choice.h"

#include <initializer_list>
#include <limits>

#include <hone/core/device_options.h>
#include "cuda/cudnn.h"

namespace hone::kernels {
namespace {

constexpr int64_t kLong = 128;         // tokens; `auto` leaves longer sequences to cuDNN; not measured yet
constexpr int64_t kMostColumns = 128;  // columns of a head, on all GPUs since Ampere
constexpr int64_t kColumnsMultiple = 8;
// NVIDIA's cudnn-frontend gives row sums of other heads no starts of sequences: "known functional issue".
constexpr int64_t kColumnsMultipleBackward = 16;

bool aligned(const View& v) {
  return reinterpret_cast<uintptr_t>(v.data) % 16 == 0 && v.row_stride * size_of(v.dtype) % 16 == 0;
}

bool fits_i32(const View& v) { return v.rows() * v.row_stride <= std::numeric_limits<int32_t>::max(); }

// True where each sequence that has tokens in `these` has some in `those`.
bool come_together(const SeqLens& these, const SeqLens& those) {
  for (int64_t s = 0; s < these.count(); ++s) {
    if (these.length(s) > 0 && those.length(s) == 0) return false;
  }
  return true;
}

template <class K>
std::string refusal_of(const K& k, std::initializer_list<const View*> views) {
  if (k.q.dtype != Dtype::bf16) return "it computes in bf16, q is " + describe(k.q);
  if (k.dropout.active()) return "it has none of hone's dropout masks";
  if (k.head_dim() % kColumnsMultiple != 0 || k.head_dim() > kMostColumns)
    return "its heads have 8, 16, ... 128 columns, these " + std::to_string(k.head_dim());
  for (const View* view : views) {
    if (!aligned(*view))
      return "its rows begin at multiples of 16 bytes, those of " + describe(*view) + " do not";
    if (!fits_i32(*view)) return describe(*view) + " is too large for it";
  }
  if (!come_together(k.query_lens, k.key_lens)) return "a sequence has queries and no keys";
  return "";
}

template <class K>
bool use(const K& k) {
  const AttentionChoice choice = cuda_options(k.q.device.index).attention;
  if (choice == AttentionChoice::plain || k.q.rows() == 0) return false;
  if (choice == AttentionChoice::automatic)
    return k.key_lens.longest() > kLong && cudnn_refusal(k).empty() && why_no_cudnn().empty();
  std::string refusal = why_no_cudnn();
  if (refusal.empty()) refusal = cudnn_refusal(k);
  if (!refusal.empty())
    refuse(k.name, "cuDNN cannot compute this: " + refusal + "; use attention auto", {"attention"});
  return true;
}

}  // namespace

std::string cudnn_refusal(const Attention& k) { return refusal_of(k, {&k.q, &k.k, &k.v, &k.out}); }

std::string cudnn_refusal(const AttentionBackward& k) {
  for (const GradOut* gradient : {&k.dq, &k.dk, &k.dv}) {
    if (!*gradient || gradient->add || gradient->view.dtype != Dtype::bf16)
      return "its gradient writes dq, dk and dv in bf16, all three, and adds to none";
  }
  if (k.head_dim() % kColumnsMultipleBackward != 0)
    return "its gradient's heads have 16, 32, ... 128 columns, these " + std::to_string(k.head_dim());
  if (!come_together(k.key_lens, k.query_lens)) return "a sequence has keys and no queries";
  return refusal_of(k, {&k.q, &k.k, &k.v, &k.out, &k.dout, &k.dq.view, &k.dk.view, &k.dv.view});
}

bool use_cudnn(const Attention& k) { return use(k); }
bool use_cudnn(const AttentionBackward& k) { return use(k); }

}  // namespace hone::kernels
