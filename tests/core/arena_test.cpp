#include "core/arena.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>

namespace hone {
namespace {

TEST(Arena, TakesTheSmallestThatFitsAndOfEqualsTheLowest) {
  Arena arena(1 << 16);
  const size_t a = arena.take(1000), b = arena.take(64), c = arena.take(300), d = arena.take(64);
  EXPECT_EQ(a, 0u);
  EXPECT_EQ(b, Arena::rounded(1000));
  arena.give_back(a, 1000);
  arena.give_back(c, 300);
  EXPECT_EQ(arena.take(290), c);  // not in the larger gap at 0
  EXPECT_EQ(arena.take(500), a);
  arena.give_back(d, 64);
}

TEST(Arena, RefusesMoreThanItHas) {
  Arena arena(4096);
  EXPECT_EQ(arena.take(4096), Arena::kNone);  // with its spare unit it does not fit
  EXPECT_EQ(arena.take(4096 - 2 * Arena::kAlignment), 0u);
  EXPECT_EQ(arena.take(0), Arena::kNone);
  EXPECT_EQ(Arena(0).take(0), Arena::kNone);
}

TEST(Arena, SamePlacesForTheSameRequests) {
  const auto places = [] {
    Arena arena(1 << 20);
    std::vector<size_t> out, sizes;
    for (size_t i = 0; i < 200; ++i) {
      sizes.push_back(i * 37 % 1000);
      out.push_back(arena.take(sizes.back()));
      if (i % 3 == 2) arena.give_back(out[i - 2], sizes[i - 2]);
    }
    return out;
  };
  EXPECT_EQ(places(), places());
}

// Compares the arena with a model that only remembers which places are in use.
void random_use() {
  constexpr size_t kCapacity = 1 << 16;
  Arena arena(kCapacity);
  std::map<size_t, size_t> taken;  // offset -> bytes asked for
  size_t used = 0, peak = 0;
  const int steps = *rc::gen::inRange(1, 200);
  for (int i = 0; i < steps; ++i) {
    if (!taken.empty() && *rc::gen::inRange(0, 5) < 2) {
      const auto victim =
          std::next(taken.begin(), *rc::gen::inRange<long>(0, static_cast<long>(taken.size())));
      arena.give_back(victim->first, victim->second);
      used -= Arena::rounded(victim->second);
      taken.erase(victim);
    } else {
      const size_t bytes = *rc::gen::inRange<size_t>(0, 9000);
      const size_t offset = arena.take(bytes);
      if (offset == Arena::kNone) continue;
      RC_ASSERT(offset % Arena::kAlignment == 0u);
      RC_ASSERT(offset + Arena::rounded(bytes) <= kCapacity);
      const auto next = taken.lower_bound(offset);
      RC_ASSERT(next == taken.end() || offset + Arena::rounded(bytes) <= next->first);
      if (next != taken.begin()) {
        const auto before = std::prev(next);
        RC_ASSERT(before->first + Arena::rounded(before->second) <= offset);
      }
      taken[offset] = bytes;
      used += Arena::rounded(bytes);
    }
    peak = std::max(peak, used);
    RC_ASSERT(arena.used() == used);
    RC_ASSERT(arena.peak() == peak);
  }
  for (const auto& [offset, bytes] : taken) arena.give_back(offset, bytes);
  RC_ASSERT(arena.used() == 0u);
  RC_ASSERT(arena.take(kCapacity - 2 * Arena::kAlignment) == 0u);  // one whole piece again
}

TEST(Arena, NothingOverlapsAndAllComesBack) { EXPECT_TRUE(rc::check("random use", random_use)); }

}  // namespace
}  // namespace hone
