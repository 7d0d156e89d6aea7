#include <cstdio>

#include <hone/hone.h>
using namespace hone;

int main(int argc, char** argv) {
  if (argc != 3) return 2;  // fine_tune MODEL FOLDER
  const std::vector<LabelledText> rows = {{"a good film", "positive"},
                                          {"the actor was fine", "positive"},
                                          {"a bad plot", "negative"},
                                          {"the film is dull", "negative"}};
  auto classifier = TextClassifier::load(argv[1], {.head = Head::fresh, .labels = {"negative", "positive"}});
  classifier.fine_tune(rows, {.batch_size = 2, .epochs = 20, .learning_rate = 1e-3}, [](const auto& step) {
    std::printf("epoch %d  loss %.4f\n", int(step.epoch), step.loss);
  });
  classifier.save(argv[2]);
}
