#include <cstdio>

#include <hone/hone.h>

int main(int argc, char** argv) {
  if (argc != 4) return 2;  // similarity MODEL TEXT TEXT
  const auto encoder = hone::TextEncoder::load(argv[1]);
  std::printf("%.4f\n", hone::cosine_similarity(encoder(argv[2]), encoder(argv[3])));
}
