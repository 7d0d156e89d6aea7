#include "tests/ops/cases.h"

#include <algorithm>

namespace hone::test {
namespace {

// Made at first use: case files register themselves in whatever order the linker gives them.
std::vector<OpGroup>& registered() {
  static std::vector<OpGroup> groups;
  return groups;
}

}  // namespace

RegisterOps::RegisterOps(const std::vector<OpGroup>& groups) {
  registered().insert(registered().end(), groups.begin(), groups.end());
  std::ranges::sort(registered(), {}, &OpGroup::name);
}

const std::vector<OpGroup>& op_groups() { return registered(); }

SeqLens model_lens() { return SeqLens(std::vector<int32_t>(32, kModelTokens / 32)); }

}  // namespace hone::test
