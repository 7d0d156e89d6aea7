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

// Whether sums over blocks of queries must be kept beside an output of type T, which would round each.
template <class T>
constexpr bool kRounds = sizeof(T) < sizeof(Acc<T>);

// k^T and v^T, scores and their gradients, one row of the dropout mask; sums of dk and dv.
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

// s = exp(scale s - shift) in the first `keys` columns, 0 behind them; returns their sum.
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

template <class T>
void attention(const AttentionItem<T>& it) {
  using A = Acc<T>;
  const int64_t width = score_width<T>(it.keys), d = it.head_dim;
  A* kt = it.scratch;
  A* scores = kt + 2 * d * width;
  A* mask = scores + 2 * kQueryBlock * width;
  const A scale = static_cast<A>(1 / __builtin_sqrt(static_cast<double>(d)));
  pack_transposed(it.k, it.k_stride, it.keys, d, kt, width);
  for (int64_t q0 = 0; q0 < it.queries; q0 += kQueryBlock) {
    const int64_t rows = it.queries - q0 < kQueryBlock ? it.queries - q0 : kQueryBlock;
    small_gemm<A>(rows, width, d, it.q + q0 * it.q_stride, it.q_stride, int64_t{1}, kt, width, scores, width,
                  false);
    for (int64_t i = 0; i < rows; ++i) {
      A* s = scores + i * width;
      const A top = it.keys ? row_max<A>(s, it.keys) * scale : A(0);
      const A sum = row_exp<A>(s, it.keys, scale, top);
      it.lse[q0 + i] = it.keys ? top + static_cast<A>(__builtin_log(static_cast<double>(sum))) : A(0);
      row_times<A>(s, it.keys, A(1) / sum);
      if (it.dropout.threshold) {
        DropoutRow row = it.dropout;
        row.position += static_cast<uint32_t>(q0 + i);
        dropout_mask(row, width, mask);
        row_times<A>(s, it.keys, mask);
      }
    }
    small_gemm<A>(rows, d, it.keys, scores, width, int64_t{1}, it.v, it.v_stride, it.out + q0 * it.out_stride,
                  it.out_stride, false);
  }
}

// From scores and dout v^T of one query: dropout(P) into `p` and dS into `ds`.
template <class T>
HONE_INLINE void attention_backward_row(Acc<T>* p, Acc<T>* ds, Acc<T>* mask, const AttentionItem<T>& it,
                                        int64_t query, Acc<T> dot, Acc<T> scale) {
  using A = Acc<T>;
  row_exp<A>(p, it.keys, scale, it.lse[query]);
  const bool drops = it.dropout.threshold != 0;
  if (drops) {
    DropoutRow row = it.dropout;
    row.position += static_cast<uint32_t>(query);
    dropout_mask(row, score_width<A>(it.keys), mask);
  }
  each_score_vector<A>(it.keys, [&](int64_t c, int) {
    const Vec<A> prob = load(p + c);
    Vec<A> dp = load(ds + c);
    if (drops) {
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

// A gradient of keys or values, [keys, d]: from each block of queries weights^T rows is added.
template <class T>
struct KeyGradient {
  T* out;
  int64_t stride;
  bool add;
  Acc<T>* sums;  // [keys, d], where T rounds

  HONE_INLINE void add_block(int64_t keys, int64_t d, int64_t queries, const Acc<T>* weights, int64_t width,
                             const T* rows, int64_t row_stride, bool first, bool last) const {
    if (!out) return;
    if constexpr (kRounds<T>) {
      small_gemm<Acc<T>>(keys, d, queries, weights, int64_t{1}, width, rows, row_stride, sums, d, !first);
      for (int64_t i = 0; last && i < keys; ++i) {
        T* to = out + i * stride;
        each_vector<T>(d, [&](int64_t c, int count) {
          Vec<Acc<T>> sum = load(sums + i * d + c, count);
          if (add) sum += load(to + c, count);
          store(to + c, sum, count);
        });
      }
    } else {
      small_gemm<Acc<T>>(keys, d, queries, weights, int64_t{1}, width, rows, row_stride, out, stride,
                         add || !first);
    }
  }
};

template <class T>
void attention_backward(const AttentionBackwardItem<T>& b) {
  using A = Acc<T>;
  const AttentionItem<T>& it = b.forward;
  const int64_t width = score_width<T>(it.keys), d = it.head_dim, one = 1;
  A* kt = it.scratch;
  A* vt = kt + d * width;
  A* p = vt + d * width;
  A* ds = p + kQueryBlock * width;
  A* mask = ds + kQueryBlock * width;
  A* sums = mask + width;
  const KeyGradient<T> dk{b.dk, b.dk_stride, b.add_dk, sums},
      dv{b.dv, b.dv_stride, b.add_dv, sums + it.keys * d};
  const A scale = static_cast<A>(1 / __builtin_sqrt(static_cast<double>(d)));
  pack_transposed(it.k, it.k_stride, it.keys, d, kt, width);
  pack_transposed(it.v, it.v_stride, it.keys, d, vt, width);
  // The first block of queries overwrites or adds as wanted, the others add; without queries, nothing adds to
  // nothing.
  int64_t q0 = 0;
  do {
    const int64_t rows = it.queries - q0 < kQueryBlock ? it.queries - q0 : kQueryBlock;
    const T* q = it.q + q0 * it.q_stride;
    const T* dout = b.dout + q0 * b.dout_stride;
    small_gemm<A>(rows, width, d, q, it.q_stride, one, kt, width, p, width, false);
    small_gemm<A>(rows, width, d, dout, b.dout_stride, one, vt, width, ds, width, false);
    for (int64_t i = 0; i < rows; ++i) {
      const A dot = dot_product(dout + i * b.dout_stride, it.out + (q0 + i) * it.out_stride, d);
      attention_backward_row(p + i * width, ds + i * width, mask, it, q0 + i, dot, scale);
    }
    if (b.dq) {
      small_gemm<A>(rows, d, it.keys, ds, width, one, it.k, it.k_stride, b.dq + q0 * b.dq_stride, b.dq_stride,
                    b.add_dq);
    }
    const bool first = q0 == 0, last = q0 + kQueryBlock >= it.queries;
    dk.add_block(it.keys, d, rows, ds, width, q, it.q_stride, first, last);
    dv.add_block(it.keys, d, rows, p, width, dout, b.dout_stride, first, last);
    q0 += kQueryBlock;
  } while (q0 < it.queries);
}
