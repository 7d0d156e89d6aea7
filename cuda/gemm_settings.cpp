#include "cuda/gemm_settings.h"

namespace hone {
namespace {

bool g_tf32 = false;

}  // namespace

void allow_tf32(bool allowed) { g_tf32 = allowed; }
bool tf32_allowed() { return g_tf32; }

}  // namespace hone
