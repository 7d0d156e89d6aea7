// Layer normalisation of one row, with dropout and the residual sum in the same pass; the row stays in the L1
// cache.

template <class T>
void layer_norm(const LayerNormRow<T>& row, const DropoutRow& dropout) {
  using A = Acc<T>;
  const int64_t n = row.columns;
  if (row.mask) dropout_mask(dropout, n, row.mask);
  const T* h = row.h ? row.h : row.x;
  Vec<A> sum{};
  each_vector<T>(n, [&](int64_t c, int count) {
    Vec<A> v = load(row.x + c, count);
    if (row.bias) v += load(row.bias + c, count);
    if (row.mask) v *= load(row.mask + c, count);
    if (row.residual) v += load(row.residual + c, count);
    if (row.h) {
      store(row.h + c, v, count);
      if constexpr (sizeof(T) < sizeof(A))
        v = load(row.h + c, count);  // the statistics are those of what is kept
    }
    sum += v;
  });
  const A mean = lane_sum<A>(sum) / static_cast<A>(n);
  Vec<A> squares{};
  each_vector<T>(n, [&](int64_t c, int count) {
    const Vec<A> d = first_lanes<A>(load(h + c, count) - mean, count, A(0));
    squares += d * d;
  });
  const A variance = lane_sum<A>(squares) / static_cast<A>(n);
  const A rstd = static_cast<A>(1 / __builtin_sqrt(static_cast<double>(variance) + row.eps));
  each_vector<T>(n, [&](int64_t c, int count) {
    const Vec<A> xhat = (load(h + c, count) - mean) * rstd;
    store(row.y + c, xhat * load(row.gamma + c, count) + load(row.beta + c, count), count);
  });
  *row.mean = mean;
  *row.rstd = rstd;
}

template <class T>
void layer_norm_backward(const LayerNormBackwardRow<T>& row, const DropoutRow& dropout) {
  using A = Acc<T>;
  const int64_t n = row.columns;
  Vec<A> sum_g{}, sum_gx{};
  each_vector<T>(n, [&](int64_t c, int count) {
    const Vec<A> dy = load(row.dy + c, count);
    const Vec<A> xhat = (load(row.h + c, count) - row.mean) * row.rstd;
    const Vec<A> g = dy * load(row.gamma + c, count);
    sum_g += g;
    sum_gx += g * xhat;  // g is 0 beyond the last column
    if (row.dgamma_part) store(row.dgamma_part + c, load(row.dgamma_part + c, count) + dy * xhat, count);
    if (row.dbeta_part) store(row.dbeta_part + c, load(row.dbeta_part + c, count) + dy, count);
  });
  if (!row.dx && !row.dbias_part && !row.dresidual) return;
  const A mean_g = lane_sum<A>(sum_g) / static_cast<A>(n);
  const A mean_gx = lane_sum<A>(sum_gx) / static_cast<A>(n);
  if ((row.dx || row.dbias_part) && row.mask) dropout_mask(dropout, n, row.mask);
  each_vector<T>(n, [&](int64_t c, int count) {
    const Vec<A> xhat = (load(row.h + c, count) - row.mean) * row.rstd;
    const Vec<A> g = load(row.dy + c, count) * load(row.gamma + c, count);
    const Vec<A> dh = row.rstd * (g - mean_g - xhat * mean_gx);
    if (row.dresidual) {
      store(row.dresidual + c, row.add_dresidual ? dh + load(row.dresidual + c, count) : dh, count);
    }
    if (!row.dx && !row.dbias_part) return;
    const Vec<A> dx = row.mask ? dh * load(row.mask + c, count) : dh;
    if (row.dx) store(row.dx + c, row.add_dx ? dx + load(row.dx + c, count) : dx, count);
    if (row.dbias_part) store(row.dbias_part + c, load(row.dbias_part + c, count) + dx, count);
  });
}
