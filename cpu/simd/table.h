#pragma once

#include <cstdint>

#include <hone/core/bf16.h>
#include "core/kernels/adamw_rows.h"
#include "core/kernels/attention_rows.h"
#include "core/kernels/kinds.h"
#include "core/kernels/layer_norm_rows.h"
#include "core/kernels/unary_functions.h"

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

// A sequence and head of packed attention: where its queries and keys begin, and how many there are.
struct AttentionItem {
  int64_t head, query0, queries, key0, keys;
};

// The loops for numbers of type T: float, double or bf16. The GEMM packs its operands into a layout of its
// own, with `packed_bytes` bytes a number.
template <class T>
struct SimdKernels {
  int64_t tile_rows, tile_columns;  // of the GEMM's microkernel
  int64_t packed_bytes;
  int64_t packed_group;  // k is padded with zeros to a multiple of this
  // Packs `lanes` rows of src, [k] each, in panels of `width` lanes, panel after panel; the last panel is
  // padded with zero lanes. contiguous_lanes: element k of lane l is src[k * stride + l], else src[l * stride
  // + k].
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
  // One row. mask: room for its dropout mask [columns], null without dropout.
  void (*layer_norm)(const kernels::LayerNormRows<T>& k, int64_t row, const DropoutRow& dropout,
                     Acc<T>* mask);
  // The same; the row's part in dbias, dgamma and dbeta is added to parts [3, columns], where they are
  // wanted.
  void (*layer_norm_backward)(const kernels::LayerNormBackwardRows<T>& k, int64_t row,
                              const DropoutRow& dropout, Acc<T>* mask, Acc<T>* parts);
  // One sequence and head. dropout: of its first query; scratch: attention_scratch(keys, head_dim) elements.
  int64_t (*attention_scratch)(int64_t keys, int64_t head_dim);
  void (*attention)(const kernels::AttentionRows<T>& a, const AttentionItem& item, const DropoutRow& dropout,
                    Acc<T>* scratch);
  void (*attention_backward)(const kernels::AttentionBackwardRows<T>& a, const AttentionItem& item,
                             const DropoutRow& dropout, Acc<T>* scratch);
  // sum [columns] += every row of x.
  void (*add_rows)(const T* x, int64_t stride, int64_t rows, int64_t columns, Acc<T>* sum);
};

// The loops of types that parameters may have, float and double: the optimizer's too.
template <class T>
struct SimdMasters : SimdKernels<T> {
  // x begins where a mark's numbers do; marks may be null.
  double (*sum_squares)(int64_t n, const T* x, const int32_t* marks);
  // The part's numbers [begin, end); begin is where a mark's numbers do.
  void (*adamw)(const kernels::AdamStep<T>& step, const kernels::AdamWNumbers<T>& part, int64_t begin,
                int64_t end);
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
