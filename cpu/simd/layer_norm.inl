// Layer normalisation of one row, with dropout and the residual sum in the same pass; the row stays in the L1
// cache.

template <class T>
void layer_norm(const kernels::LayerNormRows<T>& k, int64_t row, const DropoutRow& dropout, Acc<T>* mask) {
  using A = Acc<T>;
  const int64_t n = k.columns;
  if (mask) dropout_mask(dropout, n, mask);
  const T *const x = k.x.row(row), *const residual = k.residual.row(row);
  T *const sums = k.h.row(row), *const y = k.y.row(row);
  const T* const h = sums ? sums : x;
  Vec<A> sum{};
  each_vector<T>(n, [&](int64_t c, int count) {
    Vec<A> v = load(x + c, count);
    if (k.bias) v += load(k.bias + c, count);
    if (mask) v *= load(mask + c, count);
    if (residual) v += load(residual + c, count);
    if (sums) {
      store(sums + c, v, count);
      if constexpr (sizeof(T) < sizeof(A)) v = load(sums + c, count);  // statistics of h as it is stored
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
  const A rstd = static_cast<A>(1 / __builtin_sqrt(static_cast<double>(variance) + k.eps));
  each_vector<T>(n, [&](int64_t c, int count) {
    const Vec<A> xhat = (load(h + c, count) - mean) * rstd;
    store(y + c, xhat * load(k.gamma + c, count) + load(k.beta + c, count), count);
  });
  k.mean[row] = mean;
  k.rstd[row] = rstd;
}

template <class T>
void layer_norm_backward(const kernels::LayerNormBackwardRows<T>& k, int64_t row, const DropoutRow& dropout,
                         Acc<T>* mask, Acc<T>* parts) {
  using A = Acc<T>;
  const int64_t n = k.columns;
  const T *const h = k.h.row(row), *const dy = k.dy.row(row);
  const A mean = k.mean[row], rstd = k.rstd[row];
  A* const dbias = k.dbias ? parts : nullptr;
  A* const dgamma = k.dgamma ? parts + n : nullptr;
  A* const dbeta = k.dbeta ? parts + 2 * n : nullptr;
  Vec<A> sum_g{}, sum_gx{};
  each_vector<T>(n, [&](int64_t c, int count) {
    const Vec<A> d = load(dy + c, count);
    const Vec<A> xhat = (load(h + c, count) - mean) * rstd;
    const Vec<A> g = d * load(k.gamma + c, count);
    sum_g += g;
    sum_gx += g * xhat;  // g is 0 beyond the last column
    if (dgamma) store(dgamma + c, load(dgamma + c, count) + d * xhat, count);
    if (dbeta) store(dbeta + c, load(dbeta + c, count) + d, count);
  });
  T *const dx = k.dx.row(row), *const dresidual = k.dresidual.row(row);
  if (!dx && !dbias && !dresidual) return;
  const A mean_g = lane_sum<A>(sum_g) / static_cast<A>(n);
  const A mean_gx = lane_sum<A>(sum_gx) / static_cast<A>(n);
  if ((dx || dbias) && mask) dropout_mask(dropout, n, mask);
  each_vector<T>(n, [&](int64_t c, int count) {
    const Vec<A> xhat = (load(h + c, count) - mean) * rstd;
    const Vec<A> g = load(dy + c, count) * load(k.gamma + c, count);
    const Vec<A> dh = rstd * (g - mean_g - xhat * mean_gx);
    if (dresidual) store(dresidual + c, k.dresidual.add ? dh + load(dresidual + c, count) : dh, count);
    if (!dx && !dbias) return;
    const Vec<A> d = mask ? dh * load(mask + c, count) : dh;
    if (dx) store(dx + c, k.dx.add ? d + load(dx + c, count) : d, count);
    if (dbias) store(dbias + c, load(dbias + c, count) + d, count);
  });
}
