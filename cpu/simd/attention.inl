// Packed attention of one sequence and head. Scores of up to kQueryBlock queries against all keys stand in
// scratch memory that fits the L2 cache (512 keys: 64 KiB in f32); probabilities are never stored between
// forward and backward.

constexpr int64_t kQueryBlock = 32;

// c [rows, columns] (+)= a b for small matrices: a[i, p] = a[i * a_row + p * a_k], b and c with contiguous
// columns. Each may be of a type of its own; T is that of the sums.
template <class T, int rows, int vectors, class TA, class TB, class TC>
HONE_INLINE void small_tile(int64_t k, const TA* a, int64_t a_row, int64_t a_k, const TB* b, int64_t b_stride,
                            TC* c, int64_t c_stride, bool add) {
  Vec<T> sum[rows][vectors] = {};
  for (int64_t p = 0; p < k; ++p) {
    Vec<T> bv[vectors];
#pragma GCC unroll 4
    for (int j = 0; j < vectors; ++j) bv[j] = load(b + p * b_stride + j * kLanes<T>);
#pragma GCC unroll 8
    for (int i = 0; i < rows; ++i) {
      const Vec<T> av = splat<T>(a[i * a_row + p * a_k]);
#pragma GCC unroll 4
      for (int j = 0; j < vectors; ++j) sum[i][j] += av * bv[j];
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < rows; ++i) {
#pragma GCC unroll 4
    for (int j = 0; j < vectors; ++j) {
      TC* to = c + i * c_stride + j * kLanes<T>;
      store(to, add ? sum[i][j] + load(to) : sum[i][j]);
    }
  }
}

template <class T, int rows, class TA, class TB, class TC>
void small_rows(int64_t n, int64_t k, const TA* a, int64_t a_row, int64_t a_k, const TB* b, int64_t b_stride,
                TC* c, int64_t c_stride, bool add) {
  int64_t j = 0;
  for (; j + 2 * kLanes<T> <= n; j += 2 * kLanes<T>) {
    small_tile<T, rows, 2>(k, a, a_row, a_k, b + j, b_stride, c + j, c_stride, add);
  }
  for (; j + kLanes<T> <= n; j += kLanes<T>) {
    small_tile<T, rows, 1>(k, a, a_row, a_k, b + j, b_stride, c + j, c_stride, add);
  }
  for (; j < n; ++j) {
    for (int i = 0; i < rows; ++i) {
      T sum = 0;
      for (int64_t p = 0; p < k; ++p) sum += T(a[i * a_row + p * a_k]) * T(b[p * b_stride + j]);
      c[i * c_stride + j] = add ? T(c[i * c_stride + j]) + sum : sum;
    }
  }
}

template <class T, class TA, class TB, class TC>
void small_gemm(int64_t m, int64_t n, int64_t k, const TA* a, int64_t a_row, int64_t a_k, const TB* b,
                int64_t b_stride, TC* c, int64_t c_stride, bool add) {
  int64_t i = 0;
  for (; i + kSmallRows <= m; i += kSmallRows) {
    small_rows<T, kSmallRows>(n, k, a + i * a_row, a_row, a_k, b, b_stride, c + i * c_stride, c_stride, add);
  }
  for (; i + 2 <= m; i += 2) {
    small_rows<T, 2>(n, k, a + i * a_row, a_row, a_k, b, b_stride, c + i * c_stride, c_stride, add);
  }
  if (i < m) small_rows<T, 1>(n, k, a + i * a_row, a_row, a_k, b, b_stride, c + i * c_stride, c_stride, add);
}

// Keys rounded up to whole vectors: the width of a row of scores.
template <class T>
HONE_INLINE int64_t score_width(int64_t keys) {
  return (keys + kLanes<T> - 1) / kLanes<T> * kLanes<T>;
}

// True for types T that would round every partial sum: sums over blocks of queries are then kept beside the
// output.
template <class T>
constexpr bool kRounds = sizeof(T) < sizeof(Acc<T>);

// The numbers in attention's scratch memory: k^T and v^T, scores and their gradients, one row of the dropout
// mask; sums of dk and dv.
template <class T>
int64_t attention_scratch(int64_t keys, int64_t head_dim) {
  return score_width<T>(keys) * (2 * head_dim + 2 * kQueryBlock + 1) + (kRounds<T> ? 2 * keys * head_dim : 0);
}

// Calls f(column, count) for each vector of a row of scores. Rows fill whole vectors, of which `count`
// numbers are keys.
template <class T, class F>
HONE_INLINE void each_score_vector(int64_t keys, const F& f) {
  for (int64_t c = 0; c < keys; c += kLanes<T>)
    f(c, static_cast<int>(keys - c < kLanes<T> ? keys - c : kLanes<T>));
}

template <class T>
HONE_INLINE T row_max(const T* s, int64_t keys) {
  Vec<T> best = splat(-static_cast<T>(__builtin_inf()));
  each_score_vector<T>(keys, [&](int64_t c, int count) {
    best = max<T>(best, first_lanes<T>(load(s + c), count, -static_cast<T>(__builtin_inf())));
  });
  return lane_max<T>(best);
}

// s = exp(scale s - shift) in the first `keys` columns, 0 in the padding behind them; returns their sum.
template <class T>
HONE_INLINE T row_exp(T* s, int64_t keys, T scale, T shift) {
  Vec<T> sum{};
  each_score_vector<T>(keys, [&](int64_t c, int count) {
    const Vec<T> e = first_lanes<T>(vexp(load(s + c) * scale - shift), count, T(0));
    store(s + c, e);
    sum += e;
  });
  return lane_sum<T>(sum);
}

template <class T>
HONE_INLINE void row_times(T* s, int64_t keys, T factor) {
  each_score_vector<T>(keys, [&](int64_t c, int) { store(s + c, load(s + c) * factor); });
}

template <class T>
HONE_INLINE void row_times(T* s, int64_t keys, const T* mask) {
  each_score_vector<T>(keys, [&](int64_t c, int) { store(s + c, load(s + c) * load(mask + c)); });
}

// Makes the dropout mask of a query's scores in `mask`; null without dropout. `dropout` is the first query's.
template <class T>
HONE_INLINE const T* query_mask(const DropoutRow& dropout, int64_t query, int64_t width, T* mask) {
  if (dropout.threshold == 0) return nullptr;
  DropoutRow row = dropout;
  row.position += static_cast<uint32_t>(query);
  dropout_mask(row, width, mask);
  return mask;
}

template <class T>
void attention(const kernels::AttentionRows<T>& a, const AttentionItem& it, const DropoutRow& dropout,
               Acc<T>* scratch) {
  using A = Acc<T>;
  const int64_t width = score_width<T>(it.keys), d = a.head_dim, column = it.head * d;
  const auto q = a.q.part(it.query0, column), k = a.k.part(it.key0, column), v = a.v.part(it.key0, column);
  const auto out = a.out.part(it.query0, column);
  A* const lse = a.lse + it.head * a.queries + it.query0;
  A* kt = scratch;
  A* scores = kt + 2 * d * width;
  A* mask = scores + 2 * kQueryBlock * width;
  const A scale = static_cast<A>(1 / __builtin_sqrt(static_cast<double>(d)));
  pack_transposed(k.data, k.stride, it.keys, d, kt, width);
  for (int64_t q0 = 0; q0 < it.queries; q0 += kQueryBlock) {
    const int64_t rows = it.queries - q0 < kQueryBlock ? it.queries - q0 : kQueryBlock;
    small_gemm<A>(rows, width, d, q.row(q0), q.stride, int64_t{1}, kt, width, scores, width, false);
    for (int64_t i = 0; i < rows; ++i) {
      A* s = scores + i * width;
      const A top = it.keys ? row_max<A>(s, it.keys) * scale : A(0);
      const A sum = row_exp<A>(s, it.keys, scale, top);
      lse[q0 + i] = it.keys ? top + static_cast<A>(__builtin_log(static_cast<double>(sum))) : A(0);
      row_times<A>(s, it.keys, A(1) / sum);
      if (const A* factors = query_mask(dropout, q0 + i, width, mask)) row_times<A>(s, it.keys, factors);
    }
    small_gemm<A>(rows, d, it.keys, scores, width, int64_t{1}, v.data, v.stride, out.row(q0), out.stride,
                  false);
  }
}

// One query's row: p holds scores and becomes dropout(P), ds holds dout v^T and becomes dS. mask is null
// without dropout.
template <class A>
HONE_INLINE void attention_backward_row(A* p, A* ds, const A* mask, int64_t keys, A lse, A dot, A scale) {
  row_exp<A>(p, keys, scale, lse);
  each_score_vector<A>(keys, [&](int64_t c, int) {
    const Vec<A> prob = load(p + c);
    Vec<A> dp = load(ds + c);
    if (mask) {
      const Vec<A> m = load(mask + c);
      dp *= m;
      store(p + c, prob * m);
    }
    store(ds + c, prob * (dp - dot) * scale);
  });
}

template <class T>
HONE_INLINE Acc<T> dot_product(const T* a, const T* b, int64_t n) {
  Vec<Acc<T>> sum{};
  each_vector<T>(n, [&](int64_t c, int count) { sum += load(a + c, count) * load(b + c, count); });
  return lane_sum<Acc<T>>(sum);
}

// The gradient of keys or values, [keys, d]: each block of queries adds weights^T rows to it.
template <class T>
struct KeyGradient {
  kernels::GradRows<T> out;
  Acc<T>* sums;  // [keys, d], used where kRounds<T>

  HONE_INLINE void add_block(int64_t keys, int64_t d, int64_t queries, const Acc<T>* weights, int64_t width,
                             const T* rows, int64_t row_stride, bool first, bool last) const {
    if (!out) return;
    if constexpr (kRounds<T>) {
      small_gemm<Acc<T>>(keys, d, queries, weights, int64_t{1}, width, rows, row_stride, sums, d, !first);
      for (int64_t i = 0; last && i < keys; ++i) {
        T* to = out.data + i * out.stride;
        each_vector<T>(d, [&](int64_t c, int count) {
          Vec<Acc<T>> sum = load(sums + i * d + c, count);
          if (out.add) sum += load(to + c, count);
          store(to + c, sum, count);
        });
      }
    } else {
      small_gemm<Acc<T>>(keys, d, queries, weights, int64_t{1}, width, rows, row_stride, out.data, out.stride,
                         out.add || !first);
    }
  }
};

template <class T>
void attention_backward(const kernels::AttentionBackwardRows<T>& a, const AttentionItem& it,
                        const DropoutRow& dropout, Acc<T>* scratch) {
  using A = Acc<T>;
  const int64_t width = score_width<T>(it.keys), d = a.head_dim, column = it.head * d, one = 1;
  const auto q = a.q.part(it.query0, column), k = a.k.part(it.key0, column), v = a.v.part(it.key0, column);
  const auto out = a.out.part(it.query0, column), dout = a.dout.part(it.query0, column);
  const auto dq = a.dq.part(it.query0, column);
  const A* const lse = a.lse + it.head * a.queries + it.query0;
  A* kt = scratch;
  A* vt = kt + d * width;
  A* p = vt + d * width;
  A* ds = p + kQueryBlock * width;
  A* mask = ds + kQueryBlock * width;
  A* sums = mask + width;
  const KeyGradient<T> dk{a.dk.part(it.key0, column), sums},
      dv{a.dv.part(it.key0, column), sums + it.keys * d};
  const A scale = static_cast<A>(1 / __builtin_sqrt(static_cast<double>(d)));
  pack_transposed(k.data, k.stride, it.keys, d, kt, width);
  pack_transposed(v.data, v.stride, it.keys, d, vt, width);
  // The first block of queries overwrites or adds as wanted, the others add; without queries, nothing adds to
  // nothing.
  int64_t q0 = 0;
  do {
    const int64_t rows = it.queries - q0 < kQueryBlock ? it.queries - q0 : kQueryBlock;
    const T *const q_rows = q.row(q0), *const dout_rows = dout.row(q0);
    small_gemm<A>(rows, width, d, q_rows, q.stride, one, kt, width, p, width, false);
    small_gemm<A>(rows, width, d, dout_rows, dout.stride, one, vt, width, ds, width, false);
    for (int64_t i = 0; i < rows; ++i) {
      const A dot = dot_product(dout_rows + i * dout.stride, out.row(q0 + i), d);
      attention_backward_row<A>(p + i * width, ds + i * width, query_mask(dropout, q0 + i, width, mask),
                                it.keys, lse[q0 + i], dot, scale);
    }
    if (dq) small_gemm<A>(rows, d, it.keys, ds, width, one, k.data, k.stride, dq.row(q0), dq.stride, dq.add);
    const bool first = q0 == 0, last = q0 + kQueryBlock >= it.queries;
    dk.add_block(it.keys, d, rows, ds, width, q_rows, q.stride, first, last);
    dv.add_block(it.keys, d, rows, p, width, dout_rows, dout.stride, first, last);
    q0 += kQueryBlock;
  } while (q0 < it.queries);
}
