// Dropout masks: Philox4x32-10 (core/philox.h), as many counters at a time as a vector has 64-bit lanes. Each
// word of the state stands in the lower half of a lane of 64 bits, so that a product needs no unpacking; the
// upper halves are ignored.

constexpr int kCounters = kVectorBytes / 8;

// Lane i of the result: pairs of a and b by turns, from the lower or the upper half of each.
template <int first, int... lane>
HONE_INLINE Longs interleave(Longs a, Longs b, Lanes<lane...>) {
  return __builtin_shufflevector(a, b, (first + lane / 2 + (lane % 2 ? kCounters : 0))...);
}

// The words for counters first, first + 1, ... of a row: words[4 i + j] is word j of counter first + i.
HONE_INLINE void philox_block(const DropoutRow& row, uint32_t first, uint32_t (&words)[4 * kCounters]) {
  constexpr uint64_t kLow = 0xFFFFFFFF;
  Longs numbers{};
  for (int i = 0; i < kCounters; ++i) numbers[i] = static_cast<uint64_t>(i);
  Longs x0 = numbers + uint64_t{first}, x1 = Longs{} + uint64_t{row.position},
        x2 = Longs{} + uint64_t{row.sequence}, x3 = Longs{} + uint64_t{row.step};
  uint32_t key0 = row.seed, key1 = row.site;
#pragma GCC unroll 10
  for (int round = 0; round < 10; ++round) {
    const Longs p0 = low_products(x0, 0xD2511F53), p1 = low_products(x2, 0xCD9E8D57);
    x0 = (p1 >> 32) ^ x1 ^ uint64_t { key0 };
    x2 = (p0 >> 32) ^ x3 ^ uint64_t { key1 };
    x1 = p1;
    x3 = p0;
    key0 += 0x9E3779B9;
    key1 += 0xBB67AE85;
  }
  // Little-endian: the pair (x0, x1) of a counter is one lane of 64 bits.
  const Longs low = (x0 & kLow) | (x1 << 32), high = (x2 & kLow) | (x3 << 32);
  const auto lanes = LaneSequence<kCounters>::type{};
  const Longs out[2] = {interleave<0>(low, high, lanes), interleave<kCounters / 2>(low, high, lanes)};
  __builtin_memcpy(words, out, sizeof out);
}

template <class T>
void dropout_mask(const DropoutRow& row, int64_t columns, T* mask) {
  constexpr int kWords = 4 * kCounters, kAtOnce = kVectorBytes / 4;
  const T scale = static_cast<T>(row.scale);
  uint32_t words[kWords];
  for (int64_t c = 0; c < columns; c += kWords) {
    philox_block(row, static_cast<uint32_t>(c / 4), words);
    const int there = static_cast<int>(columns - c < kWords ? columns - c : kWords);
    const auto fill = [&](int i) { mask[c + i] = words[i] >= row.threshold ? scale : T(0); };
    int i = 0;
    for (; i + kAtOnce <= there; i += kAtOnce) {
      for (int j = 0; j < kAtOnce; ++j) fill(i + j);
    }
    for (; i < there; ++i) fill(i);
  }
}
