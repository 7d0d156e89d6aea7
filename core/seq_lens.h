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

}  // namespace hone
