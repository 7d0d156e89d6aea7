#include <fmt/core.h>

#include <cmath>

#include <hone/autograd/ops/attention.h>
#include <hone/autograd/ops/elementwise.h>
#include <hone/autograd/ops/matmul.h>
#include <hone/autograd/ops/shape.h>
#include <hone/autograd/ops/softmax.h>
#include "tests/ops/cases.h"

namespace hone::test {
namespace {

struct Size {
  std::vector<int32_t> queries, keys;
  int64_t heads, head_dim;
  double p;
  DropoutMask dropout() const { return p > 0 ? test_dropout(p, SeqLens(queries)) : DropoutMask{}; }
};

// Sizes around 32: attention computes 32 queries at a time.
std::vector<Size> self_sizes() {
  const std::vector<std::vector<int32_t>> lens = {{1}, {3, 0, 1, 7}, {33, 2}, {5, 17}, {65}, {}, {0, 0}};
  return {{lens[0], lens[0], 1, 1, 0},  {lens[1], lens[1], 2, 5, 0.2},  {lens[2], lens[2], 3, 4, 0.1},
          {lens[3], lens[3], 2, 17, 0}, {lens[4], lens[4], 1, 3, 0.3},  {lens[5], lens[5], 2, 4, 0.1},
          {lens[6], lens[6], 2, 4, 0},  {lens[3], lens[3], 1, 16, 0.5}, {lens[2], lens[2], 1, 32, 0}};
}

std::vector<Size> cross_sizes() {
  return {{{1}, {1}, 1, 1, 0},
          {{1, 1, 1}, {3, 8, 1}, 2, 5, 0.2},
          {{2, 0, 3}, {4, 5, 0}, 2, 4, 0.1},  // no queries; no keys
          {{35, 1}, {2, 19}, 1, 6, 0.3},
          {{}, {}, 3, 2, 0}};
}

// Attention composed of simple ops, for one sequence and head: q [queries, d], k and v [keys, d].
Var attend(const Var& q, const Var& k, const Var& v, const Tensor& mask) {
  if (k.shape()[0] == 0) return Tensor::zeros(q.shape(), Dtype::f64, q.device());
  const Tensor scale =
      Tensor::full({1}, 1 / std::sqrt(static_cast<double>(q.shape()[1])), Dtype::f64, q.device());
  Var p = softmax(mul(matmul(q, k, false, true), scale));
  if (mask.defined()) p = mul(p, mask.to(q.device()));
  return matmul(p, v);
}

Var composed_attention(const Var& q, const Var& k, const Var& v, const Size& size) {
  const SeqLens query_lens(size.queries), key_lens(size.keys);
  const DropoutMask dropout = size.dropout();
  std::vector<Var> sequences{slice_rows(q, 0, 0)};
  for (int64_t s = 0; s < query_lens.count(); ++s) {
    std::vector<Var> heads;
    for (int64_t h = 0; h < size.heads; ++h) {
      const auto part = [&](const Var& x, const SeqLens& lens) {
        return slice_columns(slice_rows(x, lens.begin(s), lens.end(s)), h * size.head_dim,
                             (h + 1) * size.head_dim);
      };
      const Tensor mask = size.p > 0 ? attention_mask(dropout, s, key_lens.length(s), h) : Tensor{};
      heads.push_back(attend(part(q, query_lens), part(k, key_lens), part(v, key_lens), mask));
    }
    sequences.push_back(concatenate_columns(heads));
  }
  return concatenate_rows(sequences);
}

std::string name(const char* op, const Size& s) {
  return fmt::format("{} {} sequences, {} queries, {} heads of {}, dropout {}", op, s.queries.size(),
                     SeqLens(s.queries).total(), s.heads, s.head_dim, s.p);
}

int64_t terms(const Size& s) { return SeqLens(s.queries).longest() + SeqLens(s.keys).longest() + s.head_dim; }

OpCases self_attention_cases(Sizes sizes) {
  const std::vector<int32_t> lens(32, 25);
  OpCases out;
  for (const Size& s : sizes == Sizes::ugly ? self_sizes() : std::vector<Size>{{lens, lens, 12, 32, 0.1}}) {
    const int64_t width = s.heads * s.head_dim;
    const Op op = [=](const Vars& v) {
      return self_attention(v[0], SeqLens(s.queries), s.heads, on(v[0].device(), s.dropout()));
    };
    const Op composed = [=](const Vars& v) {
      return composed_attention(slice_columns(v[0], 0, width), slice_columns(v[0], width, 2 * width),
                                slice_columns(v[0], 2 * width, 3 * width), s);
    };
    out.push_back({name("self_attention", s),
                   {Numbers(22).normal({SeqLens(s.queries).total(), 3 * width})},
                   op,
                   composed,
                   {},
                   terms(s)});
  }
  return out;
}

OpCases cross_attention_cases(Sizes sizes) {
  const std::vector<int32_t> ones(32, 1), lens(32, 25);
  OpCases out;
  for (const Size& s : sizes == Sizes::ugly ? cross_sizes() : std::vector<Size>{{ones, lens, 12, 32, 0.1}}) {
    const int64_t width = s.heads * s.head_dim;
    Numbers numbers(23);
    const Op op = [=](const Vars& v) {
      return cross_attention(v[0], v[1], SeqLens(s.queries), SeqLens(s.keys), s.heads,
                             on(v[0].device(), s.dropout()));
    };
    const Op composed = [=](const Vars& v) {
      return composed_attention(v[0], slice_columns(v[1], 0, width), slice_columns(v[1], width, 2 * width),
                                s);
    };
    const Tensor q = numbers.normal({SeqLens(s.queries).total(), width});
    out.push_back({name("cross_attention", s),
                   {q, numbers.normal({SeqLens(s.keys).total(), 2 * width})},
                   op,
                   composed,
                   {},
                   terms(s)});
  }
  return out;
}

const RegisterOps kRegistered({{.name = "self_attention", .cases = self_attention_cases},
                               {.name = "cross_attention", .cases = cross_attention_cases}});

}  // namespace
}  // namespace hone::test
