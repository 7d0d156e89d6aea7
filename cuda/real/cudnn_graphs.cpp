#include "cuda/real/cudnn_graphs.h"

#include "cuda/ragged.h"

namespace hone::kernels {
namespace {

constexpr int64_t kPassing = 1000;  // the first number of results that are never stored

Descriptor tensor(int64_t id, cudnnDataType_t type, const std::vector<int64_t>& shape,
                  const std::vector<int64_t>& strides, const Descriptor* starts = nullptr) {
  Descriptor d(CUDNN_BACKEND_TENSOR_DESCRIPTOR);
  d.set(CUDNN_ATTR_TENSOR_UNIQUE_ID, id)
      .set(CUDNN_ATTR_TENSOR_DATA_TYPE, type)
      .set(CUDNN_ATTR_TENSOR_DIMENSIONS, shape)
      .set(CUDNN_ATTR_TENSOR_STRIDES, strides)
      .set(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, int64_t{type == CUDNN_DATA_BFLOAT16 ? 16 : 4});
  if (starts != nullptr) d.set(CUDNN_ATTR_TENSOR_RAGGED_OFFSET_DESC, *starts);
  return std::move(d).finished("describing a tensor");
}

// A number that comes from the host with each call.
Descriptor constant(int64_t id) {
  Descriptor d(CUDNN_BACKEND_TENSOR_DESCRIPTOR);
  d.set(CUDNN_ATTR_TENSOR_UNIQUE_ID, id)
      .set(CUDNN_ATTR_TENSOR_DATA_TYPE, CUDNN_DATA_FLOAT)
      .set(CUDNN_ATTR_TENSOR_DIMENSIONS, std::vector<int64_t>{1, 1, 1, 1})
      .set(CUDNN_ATTR_TENSOR_STRIDES, std::vector<int64_t>{1, 1, 1, 1})
      .set(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, int64_t{16})
      .set(CUDNN_ATTR_TENSOR_IS_BY_VALUE, true);
  return std::move(d).finished("describing a number");
}

// Makes the operations of a graph one after another.
class GraphMaker {
 public:
  using Four = std::vector<int64_t>;

  // A result that is never stored, of its input's kind: dense.
  Descriptor passing(const Four& shape, cudnnDataType_t type = CUDNN_DATA_FLOAT) {
    return passing(shape, {shape[1] * shape[2] * shape[3], shape[2] * shape[3], shape[3], 1}, type);
  }
  Descriptor passing(const Four& shape, const Four& strides, cudnnDataType_t type,
                     const Descriptor* starts = nullptr) {
    Descriptor d(CUDNN_BACKEND_TENSOR_DESCRIPTOR);
    d.set(CUDNN_ATTR_TENSOR_UNIQUE_ID, next_++)
        .set(CUDNN_ATTR_TENSOR_DATA_TYPE, type)
        .set(CUDNN_ATTR_TENSOR_DIMENSIONS, shape)
        .set(CUDNN_ATTR_TENSOR_STRIDES, strides)
        .set(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, int64_t{16})
        .set(CUDNN_ATTR_TENSOR_IS_VIRTUAL, true);
    if (starts != nullptr) d.set(CUDNN_ATTR_TENSOR_RAGGED_OFFSET_DESC, *starts);
    return std::move(d).finished("describing a tensor");
  }

  struct Pointwise {
    cudnnPointwiseMode_t mode;
    cudnnDataType_t type = CUDNN_DATA_FLOAT;  // to compute in
    int64_t axis = -1;                        // of an index
  };
  void pointwise(const Pointwise& how, const Descriptor& y, const Descriptor& x,
                 const Descriptor* b = nullptr, const Descriptor* t = nullptr) {
    Descriptor mode(CUDNN_BACKEND_POINTWISE_DESCRIPTOR);
    mode.set(CUDNN_ATTR_POINTWISE_MODE, how.mode).set(CUDNN_ATTR_POINTWISE_MATH_PREC, how.type);
    if (how.axis >= 0) mode.set(CUDNN_ATTR_POINTWISE_AXIS, how.axis);
    Descriptor op(CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR);
    op.set(CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, std::move(mode).finished("a pointwise operation"))
        .set(CUDNN_ATTR_OPERATION_POINTWISE_XDESC, x)
        .set(CUDNN_ATTR_OPERATION_POINTWISE_YDESC, y);
    if (b != nullptr) op.set(CUDNN_ATTR_OPERATION_POINTWISE_BDESC, *b);
    if (t != nullptr) op.set(CUDNN_ATTR_OPERATION_POINTWISE_TDESC, *t);
    operations.push_back(std::move(op).finished("a pointwise operation"));
  }
  void sum(const Descriptor& y, const Descriptor& x) {
    Descriptor how(CUDNN_BACKEND_REDUCTION_DESCRIPTOR);
    how.set(CUDNN_ATTR_REDUCTION_OPERATOR, CUDNN_REDUCE_TENSOR_ADD)
        .set(CUDNN_ATTR_REDUCTION_COMP_TYPE, CUDNN_DATA_FLOAT);
    Descriptor op(CUDNN_BACKEND_OPERATION_REDUCTION_DESCRIPTOR);
    op.set(CUDNN_ATTR_OPERATION_REDUCTION_DESC, std::move(how).finished("a sum"))
        .set(CUDNN_ATTR_OPERATION_REDUCTION_XDESC, x)
        .set(CUDNN_ATTR_OPERATION_REDUCTION_YDESC, y);
    operations.push_back(std::move(op).finished("a sum"));
  }
  // c = a b, of which `m`, `n` and `k` say how much there is in each sequence (any may be null).
  void product(const Descriptor& c, const Descriptor& a, const Descriptor& b, const Descriptor* m,
               const Descriptor* n, const Descriptor* k) {
    Descriptor how(CUDNN_BACKEND_MATMUL_DESCRIPTOR);
    how.set(CUDNN_ATTR_MATMUL_COMP_TYPE, CUDNN_DATA_FLOAT);
    Descriptor op(CUDNN_BACKEND_OPERATION_MATMUL_DESCRIPTOR);
    op.set(CUDNN_ATTR_OPERATION_MATMUL_DESC, std::move(how).finished("a product"))
        .set(CUDNN_ATTR_OPERATION_MATMUL_ADESC, a)
        .set(CUDNN_ATTR_OPERATION_MATMUL_BDESC, b)
        .set(CUDNN_ATTR_OPERATION_MATMUL_CDESC, c);
    if (m != nullptr) op.set(CUDNN_ATTR_OPERATION_MATMUL_GEMM_M_OVERRIDE_DESC, *m);
    if (n != nullptr) op.set(CUDNN_ATTR_OPERATION_MATMUL_GEMM_N_OVERRIDE_DESC, *n);
    if (k != nullptr) op.set(CUDNN_ATTR_OPERATION_MATMUL_GEMM_K_OVERRIDE_DESC, *k);
    operations.push_back(std::move(op).finished("a product"));
  }
  void reshape(const Descriptor& y, const Descriptor& x) {
    Descriptor op(CUDNN_BACKEND_OPERATION_RESHAPE_DESCRIPTOR);
    op.set(CUDNN_ATTR_OPERATION_RESHAPE_XDESC, x).set(CUDNN_ATTR_OPERATION_RESHAPE_YDESC, y);
    operations.push_back(std::move(op).finished("a reshape"));
  }

  std::vector<Descriptor> operations;

 private:
  int64_t next_ = kPassing;
};

// A bucket's tensors as cuDNN sees them: [sequences, heads, longest, columns], whose sequences begin where
// the rows of ragged_rows() say.
struct Layout {
  template <class K>
  explicit Layout(const K& k) : bucket(k), b(bucket.sequences), h(k.heads), d(k.head_dim()) {}

  Descriptor starts(RaggedRow row) const { return numbers(kRaggedIds + row, b + 1); }
  Descriptor lengths(RaggedRow row) const { return numbers(kRaggedIds + row, b); }
  Descriptor of_queries(int64_t id, const View& v, RaggedRow row) const {
    return rows(id, v, row, bucket.queries);
  }
  Descriptor of_keys(int64_t id, const View& v, RaggedRow row) const { return rows(id, v, row, bucket.keys); }
  Descriptor of_keys_transposed(int64_t id, const View& v, RaggedRow row) const {
    const Descriptor begins = starts(row);
    return tensor(id, CUDNN_DATA_BFLOAT16, {b, h, d, bucket.keys},
                  {bucket.keys * v.row_stride, d, 1, v.row_stride}, &begins);
  }
  // A number for each query and head: [tokens, heads] f32.
  Descriptor per_query(int64_t id) const {
    const Descriptor begins = starts(kLseStart);
    return tensor(id, CUDNN_DATA_FLOAT, {b, h, bucket.queries, 1}, {bucket.queries * h, 1, h, 1}, &begins);
  }

  Bucket bucket;
  int64_t b, h, d;  // sequences, heads, columns of a head

 private:
  static Descriptor numbers(int64_t id, int64_t count) {
    return tensor(id, CUDNN_DATA_INT32, {count, 1, 1, 1}, {1, 1, 1, 1});
  }
  Descriptor rows(int64_t id, const View& v, RaggedRow row, int64_t longest) const {
    const Descriptor begins = starts(row);
    return tensor(id, CUDNN_DATA_BFLOAT16, {b, h, longest, d}, {longest * v.row_stride, d, v.row_stride, 1},
                  &begins);
  }
};

template <class Operations>  // a Descriptor, or several
Descriptor graph_of(const Operations& operations, cudnnHandle_t handle) {
  Descriptor graph(CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR);
  graph.set(CUDNN_ATTR_OPERATIONGRAPH_OPS, operations);
  if (handle != nullptr) graph.set(CUDNN_ATTR_OPERATIONGRAPH_HANDLE, handle);
  return std::move(graph).finished("the graph of operations");
}

// The gradient's operations, in the pattern that cuDNN knows as attention's (its developer guide; NVIDIA's
// cudnn-frontend makes the same): the deterministic form, where dS k goes to dq as one product.
class Gradient {
 public:
  explicit Gradient(const AttentionBackward& k) : k_(k), in_(k) {}

  std::vector<Descriptor> operations() && {
    sum_rows();
    const Descriptor p = probabilities();
    const Descriptor pt = turned(p);
    g_.product(in_.of_keys(kDv, k_.dv.view, kDvStart), pt, dout_, &keys_, nullptr, &queries_);
    queries_and_keys(score_gradients(p));
    return std::move(g_.operations);
  }

 private:
  Descriptor score(cudnnDataType_t type = CUDNN_DATA_FLOAT) { return g_.passing(scores_, type); }

  // [b, h, queries, keys] as [b, h, keys, queries] in bf16
  Descriptor turned(const Descriptor& score) {
    const int64_t queries = in_.bucket.queries, keys = in_.bucket.keys, size = queries * keys;
    Descriptor turned =
        g_.passing({in_.b, in_.h, keys, queries}, {in_.h * size, size, 1, keys}, CUDNN_DATA_BFLOAT16);
    g_.reshape(turned, score);
    return turned;
  }

  // D = sum(dout out)
  void sum_rows() {
    const int64_t b = in_.b, h = in_.h, d = in_.d, queries = in_.bucket.queries;
    const Descriptor products =
        g_.passing({b, h, queries, d}, {h * queries * d, queries * d, h * d, 1}, CUDNN_DATA_FLOAT);
    const Descriptor sums = g_.passing({b, h, queries, 1}, {h * queries, queries, 1, 1}, CUDNN_DATA_FLOAT);
    const Descriptor out = in_.of_queries(kOut, k_.out, kOutStart), one = constant(kOne);
    g_.pointwise({CUDNN_POINTWISE_MUL}, products, dout_, &out);
    g_.sum(sums, products);
    g_.pointwise({CUDNN_POINTWISE_MUL}, row_sums_, sums, &one);
  }

  // P = exp(q k^T / sqrt(d) - lse) where there are queries and keys, else 0
  Descriptor probabilities() {
    const Descriptor products = score(), scaled = score(), masked = score(), shifted = score();
    g_.product(products, q_, kt_, &queries_, &keys_, nullptr);
    g_.pointwise({CUDNN_POINTWISE_MUL}, scaled, products, &scale_);
    const Descriptor inside = inside_of(scaled), lowest = constant(kMinusInfinity), lse = in_.per_query(kLse);
    g_.pointwise({CUDNN_POINTWISE_BINARY_SELECT}, masked, scaled, &lowest, &inside);
    g_.pointwise({CUDNN_POINTWISE_SUB}, shifted, masked, &lse);
    Descriptor p = score();
    g_.pointwise({CUDNN_POINTWISE_EXP}, p, shifted);
    return p;
  }

  // The mask of the scores that have a query and a key.
  Descriptor inside_of(const Descriptor& scores) {
    const Descriptor row = score(CUDNN_DATA_INT32), column = score(CUDNN_DATA_INT32),
                     in_rows = score(CUDNN_DATA_BOOLEAN), in_columns = score(CUDNN_DATA_BOOLEAN);
    g_.pointwise({CUDNN_POINTWISE_GEN_INDEX, CUDNN_DATA_INT32, 2}, row, scores);
    g_.pointwise({CUDNN_POINTWISE_GEN_INDEX, CUDNN_DATA_INT32, 3}, column, scores);
    g_.pointwise({CUDNN_POINTWISE_CMP_LT, CUDNN_DATA_BOOLEAN}, in_rows, row, &queries_);
    g_.pointwise({CUDNN_POINTWISE_CMP_LT, CUDNN_DATA_BOOLEAN}, in_columns, column, &keys_);
    Descriptor inside = score(CUDNN_DATA_BOOLEAN);
    g_.pointwise({CUDNN_POINTWISE_LOGICAL_AND, CUDNN_DATA_BOOLEAN}, inside, in_rows, &in_columns);
    return inside;
  }

  // dS = P (dout v^T - D) / sqrt(d)
  Descriptor score_gradients(const Descriptor& p) {
    const Descriptor dp = score(), centred = score(), weighted = score();
    g_.product(dp, dout_, in_.of_keys_transposed(kV, k_.v, kVStart), &queries_, &keys_, nullptr);
    g_.pointwise({CUDNN_POINTWISE_SUB}, centred, dp, &row_sums_);
    g_.pointwise({CUDNN_POINTWISE_MUL}, weighted, centred, &p);
    Descriptor ds = score();
    g_.pointwise({CUDNN_POINTWISE_MUL}, ds, weighted, &scale_);
    return ds;
  }

  // dk = dS^T q,  dq = dS k
  void queries_and_keys(const Descriptor& ds) {
    const Descriptor dst = turned(ds);
    g_.product(in_.of_keys(kDk, k_.dk.view, kDkStart), dst, q_, &keys_, nullptr, &queries_);
    const int64_t keys = in_.bucket.keys, stride = k_.k.row_stride;
    const Descriptor begins = in_.starts(kKStart),
                     k = g_.passing({in_.b, in_.h, keys, in_.d}, {keys * stride, in_.d, stride, 1},
                                    CUDNN_DATA_BFLOAT16, &begins);
    g_.reshape(k, kt_);
    g_.product(in_.of_queries(kDq, k_.dq.view, kDqStart), ds, k, &queries_, nullptr, &keys_);
  }

  const AttentionBackward& k_;
  Layout in_;
  GraphMaker g_;
  GraphMaker::Four scores_{in_.b, in_.h, in_.bucket.queries, in_.bucket.keys};
  Descriptor q_ = in_.of_queries(kQ, k_.q, kQStart), kt_ = in_.of_keys_transposed(kK, k_.k, kKStart),
             dout_ = in_.of_queries(kDout, k_.dout, kDoutStart);
  Descriptor row_sums_ = in_.per_query(kRowSums), scale_ = constant(kScale);
  Descriptor queries_ = in_.lengths(kQueries), keys_ = in_.lengths(kKeys);
};

}  // namespace

Descriptor cudnn_graph(const Attention& k, cudnnHandle_t handle) {
  const Layout in(k);
  Descriptor operation(CUDNN_BACKEND_OPERATION_SDPA_FWD_DESCRIPTOR);
  operation.set(CUDNN_ATTR_OPERATION_SDPA_FWD_QDESC, in.of_queries(kQ, k.q, kQStart))
      .set(CUDNN_ATTR_OPERATION_SDPA_FWD_KDESC, in.of_keys(kK, k.k, kKStart))
      .set(CUDNN_ATTR_OPERATION_SDPA_FWD_VDESC, in.of_keys(kV, k.v, kVStart))
      .set(CUDNN_ATTR_OPERATION_SDPA_FWD_ODESC, in.of_queries(kOut, k.out, kOutStart))
      .set(CUDNN_ATTR_OPERATION_SDPA_FWD_STATSDESC, in.per_query(kLse))
      .set(CUDNN_ATTR_OPERATION_SDPA_FWD_SCALEDESC, constant(kScale))
      .set(CUDNN_ATTR_OPERATION_SDPA_FWD_SEQ_LEN_QDESC, in.lengths(kQueries))
      .set(CUDNN_ATTR_OPERATION_SDPA_FWD_SEQ_LEN_KVDESC, in.lengths(kKeys));
  return graph_of(std::move(operation).finished("the operation"), handle);
}

Descriptor cudnn_graph(const AttentionBackward& k, cudnnHandle_t handle) {
  return graph_of(Gradient(k).operations(), handle);
}

}  // namespace hone::kernels
