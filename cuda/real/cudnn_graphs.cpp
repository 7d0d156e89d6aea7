#include "cuda/real/cudnn_graphs.h"

#include "cuda/cudnn.h"

namespace hone {
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

}  // namespace

Descriptor cudnn_graph(const Attention& k, cudnnHandle_t handle) {
  const Bucket bucket(k);
  const int64_t sequences = bucket.sequences, dim = k.head_dim();
  const auto numbers = [&](int64_t id, int64_t count) {
    return tensor(id, CUDNN_DATA_INT32, {count, 1, 1, 1}, {1, 1, 1, 1});
  };
  const auto starts = [&](RaggedRow row) { return numbers(kRaggedIds + row, sequences + 1); };
  const auto rows = [&](CudnnId id, const View& v, RaggedRow row, int64_t longest) {
    const Descriptor begins = starts(row);
    return tensor(id, CUDNN_DATA_BFLOAT16, {sequences, k.heads, longest, dim},
                  {longest * v.row_stride, dim, v.row_stride, 1}, &begins);
  };
  const Descriptor lse_starts = starts(kLseStart);
  Descriptor operation(CUDNN_BACKEND_OPERATION_SDPA_FWD_DESCRIPTOR);
  operation.set(CUDNN_ATTR_OPERATION_SDPA_FWD_QDESC, rows(kQ, k.q, kQStart, bucket.queries))
      .set(CUDNN_ATTR_OPERATION_SDPA_FWD_KDESC, rows(kK, k.k, kKStart, bucket.keys))
      .set(CUDNN_ATTR_OPERATION_SDPA_FWD_VDESC, rows(kV, k.v, kVStart, bucket.keys))
      .set(CUDNN_ATTR_OPERATION_SDPA_FWD_ODESC, rows(kOut, k.out, kOutStart, bucket.queries))
      .set(CUDNN_ATTR_OPERATION_SDPA_FWD_STATSDESC,
           tensor(kLse, CUDNN_DATA_FLOAT, {sequences, k.heads, bucket.queries, 1},
                  {bucket.queries * k.heads, 1, k.heads, 1}, &lse_starts))
      .set(CUDNN_ATTR_OPERATION_SDPA_FWD_SCALEDESC, constant(kScale))
      .set(CUDNN_ATTR_OPERATION_SDPA_FWD_SEQ_LEN_QDESC, numbers(kRaggedIds + kQueries, sequences))
      .set(CUDNN_ATTR_OPERATION_SDPA_FWD_SEQ_LEN_KVDESC, numbers(kRaggedIds + kKeys, sequences));
  const Descriptor whole = std::move(operation).finished("the operation");
  Descriptor graph(CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR);
  graph.set(CUDNN_ATTR_OPERATIONGRAPH_OPS, whole);
  if (handle != nullptr) graph.set(CUDNN_ATTR_OPERATIONGRAPH_HANDLE, handle);
  return std::move(graph).finished("the graph of the operation");
}

// The gradient's graph, in the pattern that cuDNN knows as attention's (its developer guide; NVIDIA's
// cudnn-frontend builds the same): the deterministic form, where dS K goes to dq as one product.
Descriptor cudnn_graph(const AttentionBackward& k, cudnnHandle_t handle) {
  const Bucket bucket(k);
  const int64_t b = bucket.sequences, h = k.heads, d = k.head_dim(), sq = bucket.queries, sk = bucket.keys;
  const auto numbers = [&](int64_t id, int64_t count) {
    return tensor(id, CUDNN_DATA_INT32, {count, 1, 1, 1}, {1, 1, 1, 1});
  };
  const auto starts = [&](RaggedRow row) { return numbers(kRaggedIds + row, b + 1); };
  const auto rows = [&](int64_t id, const View& v, RaggedRow row, int64_t longest) {
    const Descriptor begins = starts(row);
    return tensor(id, CUDNN_DATA_BFLOAT16, {b, h, longest, d}, {longest * v.row_stride, d, v.row_stride, 1},
                  &begins);
  };
  const auto transposed = [&](int64_t id, const View& v, RaggedRow row) {
    const Descriptor begins = starts(row);
    return tensor(id, CUDNN_DATA_BFLOAT16, {b, h, d, sk}, {sk * v.row_stride, d, 1, v.row_stride}, &begins);
  };
  const auto per_query = [&](int64_t id) {
    const Descriptor begins = starts(kLseStart);
    return tensor(id, CUDNN_DATA_FLOAT, {b, h, sq, 1}, {sq * h, 1, h, 1}, &begins);
  };
  const Descriptor q = rows(kQ, k.q, kQStart, sq), kt = transposed(kK, k.k, kKStart),
                   vt = transposed(kV, k.v, kVStart);
  const Descriptor out = rows(kOut, k.out, kOutStart, sq), dout = rows(kDout, k.dout, kDoutStart, sq);
  const Descriptor dq = rows(kDq, k.dq.view, kDqStart, sq), dk = rows(kDk, k.dk.view, kDkStart, sk),
                   dv = rows(kDv, k.dv.view, kDvStart, sk);
  const Descriptor lse = per_query(kLse), row_sums = per_query(kRowSums);
  const Descriptor queries = numbers(kRaggedIds + kQueries, b), keys = numbers(kRaggedIds + kKeys, b);
  const Descriptor scale = constant(kScale), one = constant(kOne), minus_infinity = constant(kMinusInfinity);

  GraphMaker g;
  const std::vector<int64_t> scores{b, h, sq, sk};
  const auto score = [&] { return g.passing(scores); };
  // D = sum(dout out)
  const Descriptor products = g.passing({b, h, sq, d}, {h * sq * d, sq * d, h * d, 1}, CUDNN_DATA_FLOAT);
  const Descriptor sums = g.passing({b, h, sq, 1}, {h * sq, sq, 1, 1}, CUDNN_DATA_FLOAT);
  g.pointwise({CUDNN_POINTWISE_MUL}, products, dout, &out);
  g.sum(sums, products);
  g.pointwise({CUDNN_POINTWISE_MUL}, row_sums, sums, &one);
  // P = exp(q k^T / sqrt(d) - lse) where there are queries and keys
  const Descriptor qk = score(), scaled = score(), masked = score(), shifted = score(), p = score();
  g.product(qk, q, kt, &queries, &keys, nullptr);
  g.pointwise({CUDNN_POINTWISE_MUL}, scaled, qk, &scale);
  const Descriptor row = g.passing(scores, CUDNN_DATA_INT32), column = g.passing(scores, CUDNN_DATA_INT32);
  const Descriptor in_rows = g.passing(scores, CUDNN_DATA_BOOLEAN),
                   in_columns = g.passing(scores, CUDNN_DATA_BOOLEAN),
                   inside = g.passing(scores, CUDNN_DATA_BOOLEAN);
  g.pointwise({CUDNN_POINTWISE_GEN_INDEX, CUDNN_DATA_INT32, 2}, row, scaled);
  g.pointwise({CUDNN_POINTWISE_GEN_INDEX, CUDNN_DATA_INT32, 3}, column, scaled);
  g.pointwise({CUDNN_POINTWISE_CMP_LT, CUDNN_DATA_BOOLEAN}, in_rows, row, &queries);
  g.pointwise({CUDNN_POINTWISE_CMP_LT, CUDNN_DATA_BOOLEAN}, in_columns, column, &keys);
  g.pointwise({CUDNN_POINTWISE_LOGICAL_AND, CUDNN_DATA_BOOLEAN}, inside, in_rows, &in_columns);
  g.pointwise({CUDNN_POINTWISE_BINARY_SELECT}, masked, scaled, &minus_infinity, &inside);
  g.pointwise({CUDNN_POINTWISE_SUB}, shifted, masked, &lse);
  g.pointwise({CUDNN_POINTWISE_EXP}, p, shifted);
  // dv = P^T dout
  const auto turned = [&] {
    return g.passing({b, h, sk, sq}, {h * sq * sk, sq * sk, 1, sk}, CUDNN_DATA_BFLOAT16);
  };
  const Descriptor pt = turned();
  g.reshape(pt, p);
  g.product(dv, pt, dout, &keys, nullptr, &queries);
  // dS = P (dout v^T - D) / sqrt(d)
  const Descriptor dp = score(), centred = score(), weighted = score(), ds = score();
  g.product(dp, dout, vt, &queries, &keys, nullptr);
  g.pointwise({CUDNN_POINTWISE_SUB}, centred, dp, &row_sums);
  g.pointwise({CUDNN_POINTWISE_MUL}, weighted, centred, &p);
  g.pointwise({CUDNN_POINTWISE_MUL}, ds, weighted, &scale);
  // dk = dS^T q,  dq = dS k
  const Descriptor dst = turned();
  g.reshape(dst, ds);
  g.product(dk, dst, q, &keys, nullptr, &queries);
  const Descriptor begins = starts(kKStart);
  const Descriptor k_rows =
      g.passing({b, h, sk, d}, {sk * k.k.row_stride, d, k.k.row_stride, 1}, CUDNN_DATA_BFLOAT16, &begins);
  g.reshape(k_rows, kt);
  g.product(dq, ds, k_rows, &queries, nullptr, &keys);

  Descriptor graph(CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR);
  graph.set(CUDNN_ATTR_OPERATIONGRAPH_OPS, g.operations);
  if (handle != nullptr) graph.set(CUDNN_ATTR_OPERATIONGRAPH_HANDLE, handle);
  return std::move(graph).finished("the graph of the gradient");
}

}  // namespace hone
