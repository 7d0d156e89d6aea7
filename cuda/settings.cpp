#include "cuda/settings.h"

#include <cstdlib>
#include <string_view>

namespace hone {
namespace {

bool g_tf32 = false;
AttentionChoice g_attention = AttentionChoice::automatic;

}  // namespace

void allow_tf32(bool allowed) { g_tf32 = allowed; }
bool tf32_allowed() { return g_tf32; }

void choose_attention(AttentionChoice choice) { g_attention = choice; }
AttentionChoice attention_choice() { return g_attention; }

bool side_stream_wanted() {
  const char* value = std::getenv("HONE_CUDA_SIDE_STREAM");
  return value == nullptr || std::string_view(value) != "0";
}

}  // namespace hone
