#include <fmt/core.h>

#include <hone/autograd/ops/elementwise.h>
#include <hone/autograd/ops/embedding.h>
#include <hone/autograd/ops/matmul.h>
#include "tests/ops/cases.h"

namespace hone::test {
namespace {

struct Size {
  int64_t tokens, columns;
};

// Sizes around chunks of 32 tokens in the forward and 64 columns in the backward pass.
std::vector<Size> sizes_for(Sizes sizes) {
  if (sizes == Sizes::model) return {{kModelTokens, kModelHidden}};
  return {{1, 1}, {12, 5}, {0, 3}, {3, 0}, {40, 70}};
}

// One-hot rows [tokens, entries]: 1 where a token names an entry (and the entry is `only`, or is not `but`).
Tensor one_hot(const Tensor& index, int64_t entries, int64_t but = -1, int64_t only = -1) {
  Tensor out = Tensor::zeros({index.elements(), entries}, Dtype::f64);
  for (int64_t t = 0; t < index.elements(); ++t) {
    const int64_t entry = index.data<int32_t>()[t];
    if (entry == but || (only >= 0 && entry != only)) continue;
    out.data<double>()[t * entries + entry] = 1;
  }
  return out;
}

std::vector<Tensor> on(Device device, std::vector<Tensor> tensors) {
  for (Tensor& tensor : tensors) tensor = tensor.to(device);
  return tensors;
}

OpCases embedding_cases(Sizes sizes) {
  OpCases out;
  Numbers numbers(19);
  for (const auto& [tokens, columns] : sizes_for(sizes)) {
    const int64_t entries = sizes == Sizes::ugly ? 7 : 30522;
    const Tensor index = numbers.indices(tokens, entries);
    OpCase c{
        fmt::format("embedding {} of {}x{}", tokens, entries, columns),
        {numbers.normal({entries, columns})},
        [index](const Vars& v) { return embedding(v[0], index.to(v[0].device())); },
        [index, entries](const Vars& v) { return matmul(one_hot(index, entries).to(v[0].device()), v[0]); },
        {},
        tokens};
    out.push_back(c);
  }
  return out;
}

OpCases embedding_sum_cases(Sizes sizes) {
  OpCases out;
  Numbers numbers(20);
  for (const auto& [tokens, columns] : sizes_for(sizes)) {
    const int64_t words = sizes == Sizes::ugly ? 11 : 30522;
    const std::vector<Tensor> index = {numbers.indices(tokens, words), numbers.indices(tokens, 5),
                                       numbers.indices(tokens, 2)};
    const std::vector<Tensor> tables = {numbers.normal({words, columns}), numbers.normal({5, columns}),
                                        numbers.normal({2, columns})};
    const Op composed = [index](const Vars& v) {
      const auto part = [&](size_t i) { return embedding(v[i], index[i].to(v[i].device())); };
      return add(add(part(0), part(1)), part(2));
    };
    out.push_back({fmt::format("embedding_sum {}x{}", tokens, columns),
                   tables,
                   [index](const Vars& v) { return embedding_sum(v, on(v[0].device(), index)); },
                   composed,
                   {},
                   tokens});
    if (sizes == Sizes::model) continue;
    out.push_back({fmt::format("embedding_sum of one table twice {}x{}", tokens, columns),
                   {numbers.normal({5, columns})},
                   [index](const Vars& v) {
                     return embedding_sum({v[0], v[0]}, on(v[0].device(), {index[1], index[2]}));
                   },
                   [index](const Vars& v) {
                     const auto part = [&](size_t i) { return embedding(v[0], index[i].to(v[0].device())); };
                     return add(part(1), part(2));
                   },
                   {},
                   2 * tokens});
  }
  return out;
}

const RegisterOps kRegistered({{.name = "embedding", .cases = embedding_cases},
                               {.name = "embedding_sum", .cases = embedding_sum_cases}});

}  // namespace

OpCase padded_embedding_case() {
  const Tensor index = Tensor::from(std::vector<int32_t>{3, 2, 2, 0, 4, 2, 3}, {7});
  const auto composed = [index](const Vars& v) {
    const Device device = v[0].device();
    return add(matmul(one_hot(index, 5, 2).to(device), v[0]),
               matmul(one_hot(index, 5, -1, 2).to(device), v[0].detach()));
  };
  return {"embedding with padding row 2",
          {Numbers(21).normal({5, 9})},
          [index](const Vars& v) { return embedding(v[0], index.to(v[0].device()), 2); },
          composed,
          {},
          7};
}

}  // namespace hone::test
