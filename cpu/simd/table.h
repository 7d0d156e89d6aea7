#pragma once

#include <cstdint>

#include <hone/core/bf16.h>
#include <hone/core/kernels/kinds.h>
#include <hone/core/kernels/unary_functions.h>

// The inner loops of the CPU kernels, compiled once for each instruction set (cpu/simd_<isa>.cpp) and chosen
// at run time. Nothing here may define a function with external linkage: it would be compiled with AVX-512
// and then used everywhere.
namespace hone {

// One row's dropout; see core/dropout.h. A threshold of 0 keeps everything.
struct DropoutRow {
  uint32_t seed = 0, site = 0, step = 0;
  uint32_t sequence = 0, position = 0;  // position holds the head in its upper half
  uint32_t threshold = 0;
  double scale = 1;
};

template <class T>
struct LayerNormRow {
  const T *x, *residual;             // residual may be null
  const Acc<T>*bias, *gamma, *beta;  // bias may be null
  T *h, *y;                          // h may be null: x is h
  Acc<T>*mean, *rstd;
  Acc<T>* mask;  // scratch [columns], null without dropout
  int64_t columns;
  double eps;
};

template <class T>
struct LayerNormBackwardRow {
  const T* h;
  const Acc<T>* gamma;
  const T* dy;
  Acc<T> mean, rstd;
  T *dx, *dresidual;                             // may be null
  Acc<T>*dbias_part, *dgamma_part, *dbeta_part;  // [columns], added to; may be null
  Acc<T>* mask;                                  // as above
  int64_t columns;
  bool add_dx, add_dresidual;
};

// One sequence and head of packed attention. Strides are in elements from one token to the next.
template <class T>
struct AttentionItem {
  const T *q, *k, *v;
  T* out;
  Acc<T>* lse;
  int64_t q_stride, k_stride, v_stride, out_stride;
  int64_t queries, keys, head_dim;
  DropoutRow dropout;  // of query 0
  Acc<T>* scratch;     // attention_scratch(keys, head_dim) elements
};

template <class T>
struct AttentionBackwardItem {
  AttentionItem<T> forward;
  const T* dout;
  int64_t dout_stride;
  T *dq, *dk, *dv;  // any may be null
  int64_t dq_stride, dk_stride, dv_stride;
  bool add_dq, add_dk, add_dv;
};

template <class T>
struct AdamStep {
  AdamForm form;
  T beta1, rest1, beta2, rest2;  // rest: 1 - beta, rounded once
  T eps;
  T step_size;          // hf: lr sqrt(1 - b2^t) / (1 - b1^t); torch: lr / (1 - b1^t)
  T v_scale;            // torch: 1 / sqrt(1 - b2^t)
  T decay;              // lr * weight decay, or 0
  T gradient_scale;     // clipping
  bool keeps_gradient;  // else it becomes 0
  bool finite;          // else nothing is changed but the gradient
};

// For T = float, double or bf16. The GEMM packs its operands into a form of its own, `packed_bytes` for each
// number.
template <class T>
struct SimdKernels {
  int64_t tile_rows, tile_columns;  // of the GEMM's microkernel
  int64_t packed_bytes;
  int64_t packed_group;  // k is packed in groups of so many, the last filled up with zeros
  // Packs `lanes` rows of src, [k] each, in panels of `width` lanes next to each other, panel after panel;
  // the last one's missing lanes are zeros. contiguous_lanes: lane l at k is src[k * stride + l], else src[l
  // * stride + k].
  void (*pack)(const T* src, int64_t stride, bool contiguous_lanes, int64_t lanes, int64_t k, void* dst,
               int64_t width);
  // c [rows, columns] = a b (+ bias) (+ c), a packed [k, tile_rows], b packed [k, tile_columns]; bias may be
  // null.
  void (*gemm_tile)(int64_t k, const void* a, const void* b, T* c, int64_t c_stride, int64_t rows,
                    int64_t columns, const Acc<T>* bias, bool add);
  void (*gemm_tile_acc)(int64_t k, const void* a, const void* b, Acc<T>* c, int64_t c_stride, int64_t rows,
                        int64_t columns, const Acc<T>* bias, bool add);
  void (*unary)(UnaryKind kind, int64_t n, const T* x, T* y);
  void (*unary_backward)(UnaryKind kind, int64_t n, const T* x, const T* y, const T* dy, T* dx, bool add);
  // mask[c] = scale where column c is kept, else 0.
  void (*dropout_mask)(const DropoutRow& row, int64_t columns, Acc<T>* mask);
  void (*layer_norm)(const LayerNormRow<T>& row, const DropoutRow& dropout);
  void (*layer_norm_backward)(const LayerNormBackwardRow<T>& row, const DropoutRow& dropout);
  int64_t (*attention_scratch)(int64_t keys, int64_t head_dim);
  void (*attention)(const AttentionItem<T>& item);
  void (*attention_backward)(const AttentionBackwardItem<T>& item);
  void (*add_rows)(const T* x, int64_t stride, int64_t rows, int64_t columns,
                   Acc<T>* sum);  // sum += each row
};

// What parameters need beyond that: T = float or double.
template <class T>
struct SimdMasters : SimdKernels<T> {
  // Begin where a mark's numbers do; marks and shadow may be null.
  double (*sum_squares)(int64_t n, const T* x, const int32_t* marks);
  void (*adamw)(const AdamStep<T>& step, int64_t n, T* p, T* g, T* m, T* v, bf16* shadow, int32_t* marks);
};

struct SimdTable {
  SimdMasters<float> f32;
  SimdMasters<double> f64;
  SimdKernels<bf16> bf;
};

const SimdTable& simd_portable();
const SimdTable& simd_avx2();
const SimdTable& simd_avx512();
const SimdTable& simd_avx512_bf16();

}  // namespace hone
