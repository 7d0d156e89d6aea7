#include "cuda/settings.h"

namespace hone {
namespace {

bool g_tf32 = false;
AttentionChoice g_attention = AttentionChoice::automatic;

}  // namespace

void allow_tf32(bool allowed) { g_tf32 = allowed; }
bool tf32_allowed() { return g_tf32; }

void choose_attention(AttentionChoice choice) { g_attention = choice; }
AttentionChoice attention_choice() { return g_attention; }

}  // namespace hone
