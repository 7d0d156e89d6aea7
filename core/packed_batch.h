#pragma once

#include <memory>
#include <vector>

#include <hone/core/tensor.h>

namespace hone {

// The places where the sequences of a packed batch begin: sequence s is rows [offsets[s], offsets[s + 1]) of
// every [tokens, ...] tensor. Lengths may be 0. Copies are cheap and share memory.
class SeqLens {
 public:
  SeqLens() : SeqLens(std::vector<int32_t>{}) {}
  // `longest` is a lower bound of longest(): kernels plan for it, whatever the lengths are.
  explicit SeqLens(const std::vector<int32_t>& lengths, int64_t longest = 0);
  // `count` sequences of one row each.
  static SeqLens ones(int64_t count);

  int64_t count() const { return offsets_.elements() - 1; }
  int64_t total() const { return total_; }
  int64_t longest() const { return longest_; }
  // [count + 1] i32, ascending from 0 to total().
  const Tensor& offsets() const { return offsets_; }
  // The offsets on a device, for its kernels. They are copied there at the first call and shared by all
  // copies of this object.
  const Tensor& offsets(Device device) const;
  // The same lengths, with offsets() and singles().offsets() that are on a device already: [count + 1] i32
  // each.
  SeqLens placed_at(const Tensor& offsets, const Tensor& singles) const;
  // As many sequences of one row each. They are made at the first call and shared by all copies of this
  // object.
  const SeqLens& singles() const;
  int64_t begin(int64_t s) const { return offsets_.data<int32_t>()[s]; }
  int64_t end(int64_t s) const { return offsets_.data<int32_t>()[s + 1]; }
  int64_t length(int64_t s) const { return end(s) - begin(s); }
  // The sequence that holds this row (0 <= row < total()).
  int64_t sequence_of(int64_t row) const;

 private:
  struct Derived {
    Tensor on_device;
    std::shared_ptr<const SeqLens> singles;
  };
  Tensor offsets_;
  std::shared_ptr<Derived> derived_ = std::make_shared<Derived>();
  int64_t total_ = 0;
  int64_t longest_ = 0;
};

// The label that marks a row without one.
inline constexpr int32_t kNoLabel = -1;

// A batch of token sequences, stored one after another without padding.
struct PackedBatch {
  Tensor ids;        // [tokens] i32, rows of the word table
  Tensor positions;  // [tokens] i32, 0.. within each sequence
  Tensor types;      // [tokens] i32, 0 for the first text of a pair, 1 for the second
  Tensor labels;     // [sequences] i32; the loss leaves out sequences with kNoLabel
  SeqLens lens;
  // The tokens of the last sequence that are padding (train/packing.h): all of them, or 0 for a batch
  // without.
  int64_t filler = 0;

  // A copy of the batch on another device, made in one piece of memory by one copy.
  PackedBatch to(Device device) const;
  // gathered() gives a batch on the host as one tensor [n] i32, part after part; placed_in() gives the batch
  // whose parts lie in such memory.
  Tensor gathered() const;
  PackedBatch placed_in(const Tensor& memory) const;
  Device device() const { return ids.device(); }

  int64_t tokens() const { return lens.total(); }
  int64_t sequences() const { return lens.count(); }
  // The tokens and sequences of the batch without its padding.
  int64_t own_tokens() const { return tokens() - filler; }
  int64_t own_sequences() const { return sequences() - (filler > 0 ? 1 : 0); }

  Tensor memory = {};  // holds all parts when placed_in() made them
};

}  // namespace hone
