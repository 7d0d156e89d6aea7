// The GEMM's microkernel and the packing of its operands (Goto and van de Geijn 2008; docs/performance.md).
//
// A tile of c, kTileRows x (kTileVectors vectors), is kept in registers over the whole of k; each step of k
// loads one packed row of b and multiplies it by each of the packed column's values of a.
//
// T is the type of the sums and, but for bf16 dot products, of the packed numbers; Out is c's.

template <class T>
constexpr int kTileColumns = kTileVectors* kLanes<T>;

// c (+)= sum (+ bias) for one tile.
template <class T, int rows, class Out>
HONE_INLINE void put_tile(const Vec<T> (&sum)[rows][kTileVectors], Out* c, int64_t c_stride, const T* bias,
                          bool add) {
#pragma GCC unroll 16
  for (int i = 0; i < rows; ++i) {
#pragma GCC unroll 4
    for (int j = 0; j < kTileVectors; ++j) {
      Vec<T> v = sum[i][j];
      if (bias) v += load(bias + j * kLanes<T>);
      Out* to = c + i * c_stride + j * kLanes<T>;
      if (add) v += load(to);
      store(to, v);
    }
  }
}

// Products of packed numbers of the sums' own type.
template <class T>
struct PlainProducts {
  using Packed = T;
  using Sum = T;
  static constexpr int group = 1;

  template <int rows>
  HONE_INLINE static void add(int64_t k, const T* a, const T* b, Vec<T> (&sum)[rows][kTileVectors]) {
    for (int64_t p = 0; p < k; ++p, a += kTileRows, b += kTileColumns<T>) {
      Vec<T> bv[kTileVectors];
#pragma GCC unroll 4
      for (int j = 0; j < kTileVectors; ++j) bv[j] = load(b + j * kLanes<T>);
#pragma GCC unroll 16
      for (int i = 0; i < rows; ++i) {
        const Vec<T> av = splat(a[i]);
#pragma GCC unroll 4
        for (int j = 0; j < kTileVectors; ++j) sum[i][j] += av * bv[j];
      }
    }
  }
};

template <class P, class Out, int rows>
void gemm_tile_of(int64_t k, const typename P::Packed* a, const typename P::Packed* b, Out* c,
                  int64_t c_stride, const typename P::Sum* bias, bool add) {
  // c is often not in the cache: it is fetched while the products are summed up.
#pragma GCC unroll 16
  for (int i = 0; i < rows; ++i) {
#pragma GCC unroll 4
    for (int j = 0; j < kTileVectors; ++j)
      __builtin_prefetch(c + i * c_stride + j * kLanes<typename P::Sum>, 1);
  }
  Vec<typename P::Sum> sum[rows][kTileVectors] = {};
  P::template add<rows>(k, a, b, sum);
  put_tile<typename P::Sum, rows>(sum, c, c_stride, bias, add);
}

template <class P, class Out, int rows = kTileRows>
HONE_INLINE void gemm_tile_rows(int64_t wanted, int64_t k, const typename P::Packed* a,
                                const typename P::Packed* b, Out* c, int64_t c_stride,
                                const typename P::Sum* bias, bool add) {
  if constexpr (rows > 1) {
    if (wanted < rows) return gemm_tile_rows<P, Out, rows - 1>(wanted, k, a, b, c, c_stride, bias, add);
  }
  gemm_tile_of<P, Out, rows>(k, a, b, c, c_stride, bias, add);
}

template <class P, class Out>
void gemm_tile(int64_t k, const void* packed_a, const void* packed_b, Out* c, int64_t c_stride, int64_t rows,
               int64_t columns, const typename P::Sum* bias, bool add) {
  using T = typename P::Sum;
  const auto* a = static_cast<const typename P::Packed*>(packed_a);
  const auto* b = static_cast<const typename P::Packed*>(packed_b);
  if (columns == kTileColumns<T>) return gemm_tile_rows<P, Out>(rows, k, a, b, c, c_stride, bias, add);
  // At c's right edge the tile is computed in a buffer, and the columns that exist are copied.
  T tile[kTileRows * kTileColumns<T>];
  gemm_tile_rows<P, T>(rows, k, a, b, tile, kTileColumns<T>, nullptr, false);
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t j = 0; j < columns; ++j) {
      T v = tile[i * kTileColumns<T> + j];
      if (bias) v += bias[j];
      Out& to = c[i * c_stride + j];
      to = add ? T(to) + v : v;
    }
  }
}

// One stage of transposing a square of vectors: exchanges the off-diagonal halves of each 2 distance x 2
// distance block.
template <class T, int distance, int... lane>
HONE_INLINE void transpose_stage(Vec<T> (&r)[kLanes<T>], Lanes<lane...>) {
  constexpr int n = kLanes<T>;
#pragma GCC unroll 16
  for (int i = 0; i < n; ++i) {
    if (i & distance) continue;
    const Vec<T> a = r[i], b = r[i + distance];
    r[i] = __builtin_shufflevector(a, b, ((lane & distance) ? n + lane - distance : lane)...);
    r[i + distance] = __builtin_shufflevector(a, b, ((lane & distance) ? n + lane : lane + distance)...);
  }
}

template <class T, int distance = 1>
HONE_INLINE void transpose_square(Vec<T> (&r)[kLanes<T>]) {
  transpose_stage<T, distance>(r, typename LaneSequence<kLanes<T>>::type{});
  if constexpr (2 * distance < kLanes<T>) transpose_square<T, 2 * distance>(r);
}

// dst[k * width + l] = src[l * stride + k] for one square of vectors, of which `lanes` lanes and `depth`
// values of k exist; the rest is padded with zeros. Stores the first `kept` numbers of each row. bf16 becomes
// float.
template <class T>
HONE_INLINE void pack_square(const T* src, int64_t stride, int lanes, int depth, Acc<T>* dst, int64_t width,
                             int kept) {
  constexpr int n = kLanes<T>;
  Vec<Acc<T>> r[n];
#pragma GCC unroll 16
  for (int i = 0; i < n; ++i) r[i] = i < lanes ? load(src + i * stride, depth) : Vec<Acc<T>>{};
  transpose_square<Acc<T>>(r);
#pragma GCC unroll 16
  for (int i = 0; i < n; ++i) {
    if (i < depth) store(dst + i * width, r[i], kept);
  }
}

// Packs a panel whose lanes are rows of src; missing lanes are padded with zeros. Whole squares, nearly all,
// are packed without tests. Where a row of the panel is shorter than a vector, a store runs over into the
// next row, which is written afterwards.
template <class T>
void pack_transposed(const T* src, int64_t stride, int64_t lanes, int64_t k, Acc<T>* dst, int64_t width) {
  constexpr int n = kLanes<T>;
  constexpr bool short_rows = kTileRows < n;
  for (int64_t l0 = 0; l0 < width; l0 += n, src += n * stride, dst += n) {
    int64_t p = 0;
    if (lanes - l0 >= n) {
      for (; p + n <= k; p += n) pack_square(src + p, stride, n, n, dst + p * width, width, n);
    } else if (short_rows && width == kTileRows && lanes == width) {
      for (; p + n < k; p += n) pack_square(src + p, stride, kTileRows, n, dst + p * width, width, n);
    }
    const int there = static_cast<int>(lanes < l0 ? 0 : lanes - l0 < n ? lanes - l0 : n);
    const int kept = static_cast<int>(width - l0 < n ? width - l0 : n);
    for (; kept == n && p + n <= k; p += n) pack_square(src + p, stride, there, n, dst + p * width, width, n);
    for (; p < k; p += n) {
      pack_square(src + p, stride, there, static_cast<int>(k - p < n ? k - p : n), dst + p * width, width,
                  kept);
    }
  }
}

// Copies `lanes` numbers and pads to `width` with zeros. A whole row is a copy of constant size, which is
// fast.
template <int width, class T>
HONE_INLINE void pack_row(const T* src, int64_t lanes, Acc<T>* dst) {
  if constexpr (sizeof(T) == sizeof(Acc<T>)) {
    if (lanes == width) {
      __builtin_memcpy(dst, src, width * sizeof(T));
      return;
    }
  }
  for (int64_t l = 0; l < width; ++l) dst[l] = l < lanes ? Acc<T>(src[l]) : Acc<T>(0);
}

// Packs all panels row by row of src: the rows lie far apart in memory, their lanes side by side.
template <int width, class T>
void pack_rows(const T* src, int64_t stride, int64_t lanes, int64_t k, Acc<T>* dst) {
  constexpr int64_t kAhead = 4;  // rows
  for (int64_t p = 0; p < k; ++p, src += stride, dst += width) {
    for (int64_t l0 = 0; l0 < lanes; l0 += width) {
      if (p + kAhead < k) __builtin_prefetch(src + kAhead * stride + l0);
      pack_row<width>(src + l0, lanes - l0 < width ? lanes - l0 : width, dst + l0 * k);
    }
  }
}

template <class T>
void pack(const T* src, int64_t stride, bool contiguous_lanes, int64_t lanes, int64_t k, void* packed,
          int64_t width) {
  auto* dst = static_cast<Acc<T>*>(packed);
  if (contiguous_lanes) {
    if (width == kTileRows) return pack_rows<kTileRows>(src, stride, lanes, k, dst);
    return pack_rows<kTileColumns<Acc<T>>>(src, stride, lanes, k, dst);
  }
  for (int64_t l0 = 0; l0 < lanes; l0 += width) {
    pack_transposed(src + l0 * stride, stride, lanes - l0 < width ? lanes - l0 : width, k, dst + l0 * k,
                    width);
  }
}
