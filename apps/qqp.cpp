// The qqp program: fine-tunes a BERT-family encoder on Quora Question Pairs.
#include "apps/run/fine_tune.h"

int main(int argc, char** argv) {
  return hone::fine_tune(
      {.program = "qqp",
       .description = "Fine-tunes a BERT or DistilBERT encoder to find pairs of questions that ask the same "
                      "(QQP) and evaluates it.",
       .dataset = hone::DatasetKind::qqp},
      argc, argv);
}
