// What each contract demands of its arguments, and the message when it does not get it.
#include <fmt/core.h>

#include "core/kernels/attention.h"
#include "core/kernels/copy.h"
#include "core/kernels/cross_entropy.h"
#include "core/kernels/dropout.h"
#include "core/kernels/elementwise.h"
#include "core/kernels/embedding.h"
#include "core/kernels/gemm.h"
#include "core/kernels/layer_norm.h"
#include "core/kernels/max.h"
#include "core/kernels/reduce.h"
#include "core/kernels/softmax.h"

namespace hone::kernels {
namespace {

void require_matrix(const char* kernel, const char* what, const View& v) {
  if (!v || v.shape.rank() != 2)
    refuse(kernel, fmt::format("{} is {}, expected a matrix", what, describe(v)));
}

void require_grad(const char* kernel, const char* what, const GradOut& out, const Shape& shape) {
  if (out && out.view.shape != shape) {
    refuse(kernel, fmt::format("{} is {}, expected shape {}", what, describe(out.view), to_string(shape)));
  }
}

// Sums may be kept in the type of what is added or in that of its sums: parameters' gradients are f32 under
// bf16.
void require_sum_type(const char* kernel, Dtype type, const GradOut& out) {
  if (out && out.view.dtype != type) require_type(kernel, acc_of(type), {out.view});
}

void require_index(const char* kernel, const char* what, const View& index, int64_t entries,
                   int32_t least = 0) {
  if (!index || index.dtype != Dtype::i32) {
    refuse(kernel, fmt::format("{} is {}, expected i32", what, describe(index)));
  }
  if (!index.device.is_cpu()) return;  // who filled it on the host has looked
  for (int64_t i = 0; i < index.elements(); ++i) {
    const int32_t value = index.as<int32_t>()[i];
    if (value < least || value >= entries) {
      refuse(kernel,
             fmt::format("{}[{}] is {}, expected {} or more and below {}", what, i, value, least, entries));
    }
  }
}

template <class K>
void check_attention(const K& a, const Shape& kv) {
  const char* name = K::name;
  require_matrix(name, "q", a.q);
  const int64_t width = a.q.columns();
  require(a.heads > 0 && width % a.heads == 0, name,
          fmt::format("width {} is not divisible by {} heads", width, a.heads));
  const bool counts = a.query_lens.count() == a.key_lens.count();
  require(counts, name,
          fmt::format("{} sequences of queries, {} of keys", a.query_lens.count(), a.key_lens.count()));
  const Shape q{a.query_lens.total(), width};
  if (a.q.shape != q || a.k.shape != kv || a.v.shape != kv || a.out.shape != q) {
    refuse(name, fmt::format("q is {}, k {}, v {}, out {}; expected {} and {}", describe(a.q), describe(a.k),
                             describe(a.v), describe(a.out), to_string(q), to_string(kv)));
  }
  require_shape(name, "lse", a.lse, {a.heads, a.query_lens.total()});
  require_type(name, acc_of(require_same_type(name, {a.q, a.k, a.v, a.out})), {a.lse});
  check_dropout(name, a.dropout, a.query_lens.total());
}

}  // namespace

void Gemm::check() const {
  require_matrix(name, "a", a);
  require_matrix(name, "b", b);
  const int64_t k_of_b = transpose_b ? b.columns() : b.rows();
  if (k() != k_of_b) {
    refuse(name, fmt::format("a {}{} and b {}{}: inner sizes {} and {} differ", to_string(a.shape),
                             transpose_a ? " transposed" : "", to_string(b.shape),
                             transpose_b ? " transposed" : "", k(), k_of_b));
  }
  require(bool(c), name, "nowhere to put the product");
  require_grad(name, "c", c, {m(), n()});
  if (bias) require_shape(name, "bias", bias, {n()});
  const Dtype type = require_same_type(name, {a, b});
  require_type(name, acc_of(type), {bias});
  require_sum_type(name, type, c);
  require(activation || !activation.backward(), name, "an activation's x needs its y");
  if (!activation) return;
  for (const View* view : {&activation.x, &activation.y}) {
    if (!*view) continue;
    require_shape(name, "the activation's x or y", *view, c.view.shape);
    require_type(name, c.view.dtype, {*view});
  }
  require(!c.add && c.view.row_stride == n() && c.view.dtype == type, name,
          "an activation needs a c of the operands' type, contiguous and overwritten");
}

const char* name_of(UnaryKind kind) {
  switch (kind) {
    case UnaryKind::gelu:
      return "gelu";
    case UnaryKind::gelu_tanh:
      return "gelu_tanh";
    case UnaryKind::relu:
      return "relu";
    case UnaryKind::tanh:
      return "tanh";
    case UnaryKind::sigmoid:
      return "sigmoid";
    case UnaryKind::exp:
      return "exp";
    case UnaryKind::log:
      return "log";
  }
  return "?";
}

void Unary::check() const {
  require_shape(name_of(kind), "x", x, x.shape);
  require_shape(name_of(kind), "y", y, x.shape);
  require_same_type(name_of(kind), {x, y});
}

void UnaryBackward::check() const {
  for (const View* v : {&x, &y, &dy, &dx.view}) require_shape(name, name_of(kind), *v, x.shape);
  require_same_type(name, {x, y, dy, dx.view});
}

const char* name_of(BinaryKind kind) {
  switch (kind) {
    case BinaryKind::add:
      return "add";
    case BinaryKind::sub:
      return "sub";
    case BinaryKind::mul:
      return "mul";
    case BinaryKind::div:
      return "div";
  }
  return "?";
}

bool broadcasts(const Shape& a, const Shape& b) {
  if (a == b || b == Shape{1}) return true;
  if (b.rank() == 1) return b[0] == a.columns();
  return b.rank() == 2 && b[0] == a.rows() && b[1] == 1;
}

void Binary::check() const {
  if (!broadcasts(a.shape, b.shape)) {
    refuse(name_of(kind),
           fmt::format("shapes {} and {} do not go together (b: the same shape, a row, a column "
                       "or one number)",
                       to_string(a.shape), to_string(b.shape)));
  }
  require_shape(name_of(kind), "a", a, a.shape);
  require_shape(name_of(kind), "b", b, b.shape);
  require(bool(out), name_of(kind), "nowhere to put the result");
  require_grad(name_of(kind), "out", out, a.shape);
  require_same_type(name_of(kind), {a, b, out.view});
}

void Sum::check() const {
  require(x && out, name, "x is " + describe(x) + ", out " + describe(out.view));
  require_grad(name, "out", out, reduced_shape(axis, x.shape));
  require_sum_type(name, require_same_type(name, {x}), out);
}

void Max::check() const {
  const Shape shape = reduced_shape(axis, x.shape);
  require_shape(name, "x", x, x.shape);
  require_shape(name, "y", y, shape);
  require_shape(name, "index", index, shape);
  require(x.elements() > 0 || y.elements() == 0, name, "of no elements: x is " + describe(x));
  require(index.dtype == Dtype::i32 && x.elements() < int64_t{1} << 31, name,
          "more elements than i32 can count: x is " + describe(x));
  require_same_type(name, {x, y});
}

void MaxBackward::check() const {
  require_shape(name, "dy", dy, index.shape);
  require_index(name, "index", index, dx.view.elements());
  require_shape(name, "dx", dx.view, dx.view.shape);
  require_same_type(name, {dy, dx.view});
}

void Softmax::check() const {
  require(x.columns() > 0 || x.rows() == 0, name, "rows without columns have no softmax");
  require_shape(name, "x", x, x.shape);
  require_shape(name, "y", y, x.shape);
  require_same_type(name, {x, y});
}

void SoftmaxBackward::check() const {
  require_shape(name, "dy", dy, y.shape);
  require_grad(name, "dx", dx, y.shape);
  require_same_type(name, {y, dy, dx.view});
}

void check_dropout(const char* kernel, const DropoutMask& dropout, int64_t rows) {
  require(dropout.p >= 0 && dropout.p < 1, kernel, fmt::format("dropout {} is not in [0, 1)", dropout.p));
  if (!dropout.active()) return;
  require(dropout.rows.total() == rows, kernel,
          fmt::format("dropout covers {} rows, there are {}", dropout.rows.total(), rows));
  const View state = dropout.state;
  require(bool(state), kernel, "dropout needs a random state: set the seed");
  require(state.dtype == Dtype::i32 && state.shape == Shape{3}, kernel,
          "dropout's state is " + describe(state) + ", expected i32 [3]");
}

void Dropout::check() const {
  require(x && out, name, "x is " + describe(x) + ", out " + describe(out.view));
  check_dropout(name, dropout, x.rows());
  require_grad(name, "out", out, x.shape);
  require_same_type(name, {x, out.view});
}

void LayerNorm::check() const {
  const Shape vector{x.columns()};
  if (gamma.shape != vector || beta.shape != vector) {
    refuse(name, fmt::format("x has {} columns, gamma is {}, beta {}", x.columns(), describe(gamma),
                             describe(beta)));
  }
  if (bias) require_shape(name, "bias", bias, vector);
  if (residual) require_shape(name, "residual", residual, x.shape);
  for (const View* v : {&x, &h, &y}) require_shape(name, "x, h or y", *v, x.shape);
  for (const View* v : {&mean, &rstd}) require_shape(name, "mean or rstd", *v, {x.rows()});
  check_dropout(name, dropout, x.rows());
  require_type(name, acc_of(require_same_type(name, {x, residual, h, y})), {bias, gamma, beta, mean, rstd});
}

void LayerNormBackward::check() const {
  const Shape vector{h.columns()};
  require_shape(name, "dy", dy, h.shape);
  for (const View* v : {&mean, &rstd}) require_shape(name, "mean or rstd", *v, {h.rows()});
  for (const GradOut* g : {&dx, &dresidual}) require_grad(name, "dx or dresidual", *g, h.shape);
  for (const GradOut* g : {&dbias, &dgamma, &dbeta}) require_grad(name, "dbias, dgamma or dbeta", *g, vector);
  check_dropout(name, dropout, h.rows());
  const Dtype type = require_same_type(name, {h, dy, dx.view, dresidual.view});
  require_type(name, acc_of(type), {gamma, mean, rstd, dbias.view, dgamma.view, dbeta.view});
}

double Attention::flops() const {
  double pairs = 0;
  for (int64_t s = 0; s < query_lens.count(); ++s) {
    pairs += static_cast<double>(query_lens.length(s)) * static_cast<double>(key_lens.length(s));
  }
  return 4.0 * pairs * static_cast<double>(q.columns());
}

void Attention::check() const { check_attention(*this, {key_lens.total(), q.columns()}); }

double AttentionBackward::flops() const {
  return 2.5 * Attention{q, k, v, out, lse, query_lens, key_lens, heads, dropout}.flops();
}

void AttentionBackward::check() const {
  const Shape kv{key_lens.total(), q.columns()};
  check_attention(*this, kv);
  require(dout.shape == q.shape, name, "dout is " + describe(dout) + ", q is " + describe(q));
  require_grad(name, "dq", dq, q.shape);
  require_grad(name, "dk", dk, kv);
  require_grad(name, "dv", dv, kv);
  require_same_type(name, {q, dout, dq.view, dk.view, dv.view});
}

Views EmbeddingSum::inputs() const {
  Views all = tables;
  all.insert(all.end(), indices.begin(), indices.end());
  return all;
}

void EmbeddingSum::check() const {
  require(
      !tables.empty() && tables.size() <= 3 && tables.size() == indices.size(), name,
      fmt::format("{} tables and {} indices, expected one to three of each", tables.size(), indices.size()));
  const Shape index{y.rows()};
  for (size_t i = 0; i < tables.size(); ++i) {
    require_matrix(name, "table", tables[i]);
    require(tables[i].columns() == y.columns() && indices[i].shape == index, name,
            fmt::format("table {}, index {}, y {}", describe(tables[i]), describe(indices[i]), describe(y)));
    require_index(name, "index", indices[i], tables[i].rows());
  }
  const Dtype type = require_same_type(name, tables);
  if (type != Dtype::f32 || y.dtype != Dtype::bf16) require_type(name, type, {y});
}

Views EmbeddingBackward::inputs() const {
  Views all{dy};
  for (const TableGradient& table : tables) all.push_back(table.index);
  return all;
}

Views EmbeddingBackward::outputs() const {
  Views all;
  for (const TableGradient& table : tables) all.insert(all.end(), {table.dtable.view, table.marks});
  return all;
}

void EmbeddingBackward::check() const {
  require_matrix(name, "dy", dy);
  require(!tables.empty() && tables.size() <= 3, name,
          fmt::format("{} tables, expected one to three", tables.size()));
  for (const auto& [index, dtable, padding, marks] : tables) {
    require_shape(name, "index", index, {dy.rows()});
    require_grad(name, "dtable", dtable, {dtable.view.rows(), dy.columns()});
    require_index(name, "index", index, dtable.view.rows());
    require_sum_type(name, require_same_type(name, {dy}), dtable);
    require_marks(name, marks, dtable.view);
  }
  for (size_t i = 0; i < tables.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      require(!overlap(tables[i].dtable.view, tables[j].dtable.view), name, "two gradients share memory");
    }
  }
}

void CrossEntropy::check() const {
  require_matrix(name, "logits", logits);
  require_shape(name, "labels", labels, {logits.rows()});
  require_index(name, "labels", labels, logits.columns(), kNoLabel);
  require_shape(name, "probabilities", probabilities, logits.shape);
  require_shape(name, "loss", loss, {1});
  require(divisor > 0, name, fmt::format("divisor {} is not positive", divisor));
  require_same_type(name, {logits, loss, probabilities});
}

void CrossEntropyBackward::check() const {
  require_shape(name, "labels", labels, {probabilities.rows()});
  require_shape(name, "dloss", dloss, {1});
  require_grad(name, "dlogits", dlogits, probabilities.shape);
  require_same_type(name, {probabilities, dloss, dlogits.view});
}

void Copy::check() const {
  require(x && out, name, "x is " + describe(x) + ", out " + describe(out.view));
  require_grad(name, "out", out, x.shape);
  if ((x.dtype == Dtype::i32) != (out.view.dtype == Dtype::i32)) {
    refuse(name, describe(x) + " into " + describe(out.view));
  }
}

void Transpose::check() const {
  require_matrix(name, "x", x);
  require(bool(y), name, "nowhere to put it");
  require_grad(name, "y", y, {x.columns(), x.rows()});
  require_same_type(name, {x, y.view});
}

}  // namespace hone::kernels
