// For instruction sets without a better way of their own.
using Longs [[gnu::vector_size(kVectorBytes)]] = uint64_t;

// a b in lanes of 64 bits, where a's upper halves are 0.
[[gnu::always_inline]] inline Longs low_products(Longs a, uint32_t b) { return a * uint64_t{b}; }
