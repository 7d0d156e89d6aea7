#include <cstdio>

#include <hone/hone.h>

int main(int argc, char** argv) {
  if (argc != 3) return 2;  // classify MODEL TEXT
  const auto classifier = hone::TextClassifier::load(argv[1]);
  std::printf("%s\n", classifier(argv[2]).label.c_str());
}
