#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <hone/nn/models/classifier.h>
#include "data/hub/weight_files.h"
#include "data/safetensors/safetensors_writer.h"

namespace hone {

// A tensor of the hub's state dict and its place in the model: a parameter, or rows [begin, end) of one
// (query, key and value are parts of one parameter).
struct HubTensor {
  std::string name;
  Parameter* parameter;
  int64_t begin, end;

  Shape shape() const;
  Tensor value() const;  // shares the parameter's memory
};
// All tensors of a classifier by transformers' names, in the order of its state dict.
std::vector<HubTensor> hub_tensors(SequenceClassifier& model);

// The result of loading weights: which tensors were loaded, initialised or ignored.
struct [[nodiscard]] LoadReport {
  int64_t loaded = 0;
  std::vector<std::string> fresh;    // names missing in the file, initialised from the seed
  std::vector<std::string> ignored;  // keys in the file that the model does not use
  std::vector<std::string> warnings;
  bool trained_head() const { return fresh.empty(); }
  std::string line() const;  // "loaded 100 tensors, new 4 (...), ignored 5 (...)"
};

// Reads a model's weights from a folder's files by the hub's names (weight_names) and initialises the head
// tensors that the files lack from `seed`. Throws ModelError for a missing or unexpected tensor, naming near
// ones, for a wrong shape, and for values that are not finite. No parameter is allocated before the file is
// known to hold it. With `new_head`, or where the files have no classifier, whatever they hold outside the
// encoder is ignored; a loss's weights always are, with a warning.
LoadReport load_weights(SequenceClassifier& model, const WeightFiles& files, uint64_t seed,
                        bool new_head = false);

// The tensors of a classifier to be written to a file; they point into the model.
std::vector<TensorData> state_dict(SequenceClassifier& model);

}  // namespace hone
