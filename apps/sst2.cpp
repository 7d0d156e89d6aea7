// The sst2 program: fine-tunes a BERT-family encoder on the Stanford Sentiment Treebank.
#include "apps/run/fine_tune.h"

int main(int argc, char** argv) {
  return hone::fine_tune(
      {.program = "sst2",
       .description =
           "Fine-tunes a BERT or DistilBERT encoder to tell positive from negative sentences (SST) "
           "and evaluates it.",
       .dataset = hone::DatasetKind::sst},
      argc, argv);
}
