#pragma once

#include <map>
#include <string>
#include <vector>

#include "data/safetensors/tensor_info.h"
#include "data/torch/pickle.h"

namespace hone {

// The tensors and storages that the pickle of a torch file describes. The places of the bytes depend on the
// container.

// The memory that tensors are views of.
struct TorchStorageInfo {
  std::string dtype;  // safetensors' name
  uint64_t elements = 0;
  uint64_t bytes = 0;
};

// A tensor: element (i, j, ...) is element offset + i * stride[0] + j * stride[1] + ... of its storage, and
// all of them lie inside it.
struct TorchTensor {
  TensorInfo info;      // begin 0, end its size in bytes
  std::string storage;  // its key
  uint64_t offset = 0;
  std::vector<uint64_t> stride;

  bool is_contiguous() const;  // row-major without gaps
  // The elements of the storage from `offset` to its last one, included; 0 for a tensor without elements.
  uint64_t span() const;
};

struct TorchContents {
  std::map<std::string, TorchStorageInfo> storages;  // by key, also those that no tensor uses
  std::vector<TorchTensor> tensors;                  // sorted by name
  std::string wrapper;                               // the key of the dict that holds them; "" at the top
};

// The two containers. Their ids of storages differ: the legacy one's have a sixth part.
enum class TorchContainer { zip, legacy };

// Finds the dict of tensors and checks every storage and tensor. The dict is the one under state_dict or
// model_state_dict, else the only one, at the top or inside of it, that has an encoder's tensors, else the
// one at the top. Throws ModelError that begins with `where`.
TorchContents read_torch_contents(const Pickle& pickle, TorchContainer container, const std::string& where);

}  // namespace hone
