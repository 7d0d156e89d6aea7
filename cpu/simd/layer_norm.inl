// Layer normalisation of one row, with dropout and the residual sum in the same pass; the row stays in the L1 cache.

template <class T>
void layer_norm(const LayerNormRow<T>& row, const DropoutRow& dropout) {
  const int64_t n = row.columns;
  if (row.mask) dropout_mask(dropout, n, row.mask);
  const T* h = row.h ? row.h : row.x;
  Vec<T> sum{};
  each_vector<T>(n, [&](int64_t c, int count) {
    Vec<T> v = load(row.x + c, count);
    if (row.mask) v *= load(row.mask + c, count);
    if (row.residual) v += load(row.residual + c, count);
    if (row.h) store(row.h + c, v, count);
    sum += v;
  });
  const T mean = lane_sum<T>(sum) / static_cast<T>(n);
  Vec<T> squares{};
  each_vector<T>(n, [&](int64_t c, int count) {
    const Vec<T> d = first_lanes<T>(load(h + c, count) - mean, count, T(0));
    squares += d * d;
  });
  const T variance = lane_sum<T>(squares) / static_cast<T>(n);
  const T rstd = static_cast<T>(1 / __builtin_sqrt(static_cast<double>(variance) + row.eps));
  each_vector<T>(n, [&](int64_t c, int count) {
    const Vec<T> xhat = (load(h + c, count) - mean) * rstd;
    store(row.y + c, xhat * load(row.gamma + c, count) + load(row.beta + c, count), count);
  });
  *row.mean = mean;
  *row.rstd = rstd;
}

template <class T>
void layer_norm_backward(const LayerNormBackwardRow<T>& row, const DropoutRow& dropout) {
  const int64_t n = row.columns;
  Vec<T> sum_g{}, sum_gx{};
  each_vector<T>(n, [&](int64_t c, int count) {
    const Vec<T> dy = load(row.dy + c, count);
    const Vec<T> xhat = (load(row.h + c, count) - row.mean) * row.rstd;
    const Vec<T> g = dy * load(row.gamma + c, count);
    sum_g += g;
    sum_gx += g * xhat;  // g is 0 beyond the last column
    if (row.dgamma_part) store(row.dgamma_part + c, load(row.dgamma_part + c, count) + dy * xhat, count);
    if (row.dbeta_part) store(row.dbeta_part + c, load(row.dbeta_part + c, count) + dy, count);
  });
  if (!row.dx && !row.dresidual) return;
  const T mean_g = lane_sum<T>(sum_g) / static_cast<T>(n);
  const T mean_gx = lane_sum<T>(sum_gx) / static_cast<T>(n);
  if (row.dx && row.mask) dropout_mask(dropout, n, row.mask);
  each_vector<T>(n, [&](int64_t c, int count) {
    const Vec<T> xhat = (load(row.h + c, count) - row.mean) * row.rstd;
    const Vec<T> g = load(row.dy + c, count) * load(row.gamma + c, count);
    const Vec<T> dh = row.rstd * (g - mean_g - xhat * mean_gx);
    if (row.dresidual) {
      store(row.dresidual + c, row.add_dresidual ? dh + load(row.dresidual + c, count) : dh, count);
    }
    if (row.dx) {
      const Vec<T> dx = row.mask ? dh * load(row.mask + c, count) : dh;
      store(row.dx + c, row.add_dx ? dx + load(row.dx + c, count) : dx, count);
    }
  });
}
