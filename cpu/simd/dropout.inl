// Dropout masks: Philox4x32-10 (core/philox.h) for sixteen counters at a time, in loops that the compiler vectorises.

constexpr int kCounters = 16;

HONE_INLINE void philox_block(const DropoutRow& row, uint32_t first, uint32_t (&words)[4][kCounters]) {
  uint32_t key0 = row.seed, key1 = row.site;
  for (int i = 0; i < kCounters; ++i) {
    words[0][i] = first + static_cast<uint32_t>(i);
    words[1][i] = row.position;
    words[2][i] = row.sequence;
    words[3][i] = row.step;
  }
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < kCounters; ++i) {
      const uint64_t p0 = uint64_t{0xD2511F53} * words[0][i];
      const uint64_t p1 = uint64_t{0xCD9E8D57} * words[2][i];
      words[0][i] = static_cast<uint32_t>(p1 >> 32) ^ words[1][i] ^ key0;
      words[1][i] = static_cast<uint32_t>(p1);
      words[2][i] = static_cast<uint32_t>(p0 >> 32) ^ words[3][i] ^ key1;
      words[3][i] = static_cast<uint32_t>(p0);
    }
    key0 += 0x9E3779B9;
    key1 += 0xBB67AE85;
  }
}

template <class T>
void dropout_mask(const DropoutRow& row, int64_t columns, T* mask) {
  const T scale = static_cast<T>(row.scale);
  uint32_t words[4][kCounters];
  for (int64_t c = 0; c < columns; c += 4 * kCounters) {
    philox_block(row, static_cast<uint32_t>(c / 4), words);
    T block[4 * kCounters];
    for (int i = 0; i < kCounters; ++i) {
      for (int j = 0; j < 4; ++j) block[4 * i + j] = words[j][i] >= row.threshold ? scale : T(0);
    }
    const int64_t count = columns - c < 4 * kCounters ? columns - c : 4 * kCounters;
    for (int64_t i = 0; i < count; ++i) mask[c + i] = block[i];
  }
}
