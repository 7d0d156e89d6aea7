// GEMM by the method of Goto and van de Geijn ("Anatomy of high-performance matrix multiplication", 2008): both operands
// are packed into panels that the microkernel reads front to back, k is cut into blocks so that a panel of a stays in the
// L1 cache, and the tiles of c are shared out among the threads. docs/performance.md tells the sizes' story.
#include "core/kernels/gemm.h"

#include <algorithm>

#include "cpu/dispatch.h"
#include "cpu/isa.h"
#include "cpu/scratch.h"
#include "cpu/thread_pool.h"

namespace hone {
namespace {

constexpr int64_t kDepth = 384;      // a block of k: a panel of a is 14 x 384 f32 = 21 KiB
constexpr int64_t kTaskTarget = 32;  // pieces of work wanted, so that two threads or eight finish together

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

template <class T>
struct Plan {
  explicit Plan(const Gemm& g) : simd(hone::simd<T>()), m(g.m()), n(g.n()), k(g.k()) {
    row_panels = ceil_div(m, simd.tile_rows);
    column_panels = ceil_div(n, simd.tile_columns);
    depth = ceil_div(k, ceil_div(k, kDepth));
    // A task is rows_per_task x columns_per_task panels of c; consecutive tasks share their part of b.
    while (tasks() < kTaskTarget && (rows_per_task > 1 || columns_per_task > 1)) {
      int64_t& larger = rows_per_task > 1 ? rows_per_task : columns_per_task;
      larger = ceil_div(larger, 2);
    }
  }
  int64_t row_tasks() const { return ceil_div(row_panels, rows_per_task); }
  int64_t tasks() const { return row_tasks() * ceil_div(column_panels, columns_per_task); }
  // Where the panel `p` of `panels`, each `width` wide, of the block of k at k0 begins.
  static int64_t panel(int64_t k0, int64_t block, int64_t p, int64_t panels, int64_t width) {
    return (k0 * panels + block * p) * width;
  }

  const SimdKernels<T>& simd;
  int64_t m, n, k, row_panels, column_panels, depth;
  int64_t rows_per_task = 8, columns_per_task = 12;
};

// Packs panel p of an operand whose lanes (rows of a, columns of b) number `lanes`.
template <class T>
void pack_panel(const Plan<T>& plan, const View& x, bool contiguous_lanes, int64_t lanes, int64_t width,
                int64_t panels, int64_t p, T* out) {
  const int64_t first = p * width;
  const int64_t count = std::min(width, lanes - first);
  for (int64_t k0 = 0; k0 < plan.k; k0 += plan.depth) {
    const int64_t block = std::min(plan.depth, plan.k - k0);
    const T* from = x.as<T>() + (contiguous_lanes ? k0 * x.row_stride + first : first * x.row_stride + k0);
    plan.simd.pack(from, x.row_stride, contiguous_lanes, count, block,
                   out + plan.panel(k0, block, p, panels, width), width);
  }
}

template <class T>
void compute_task(const Plan<T>& plan, const Gemm& g, const T* a, const T* b, int64_t task) {
  const int64_t width_a = plan.simd.tile_rows, width_b = plan.simd.tile_columns;
  const int64_t row0 = task % plan.row_tasks() * plan.rows_per_task;
  const int64_t row1 = std::min(row0 + plan.rows_per_task, plan.row_panels);
  const int64_t column0 = task / plan.row_tasks() * plan.columns_per_task;
  const int64_t column1 = std::min(column0 + plan.columns_per_task, plan.column_panels);
  for (int64_t k0 = 0; k0 < plan.k; k0 += plan.depth) {
    const int64_t block = std::min(plan.depth, plan.k - k0);
    for (int64_t i = row0; i < row1; ++i) {
      const T* a_panel = a + plan.panel(k0, block, i, plan.row_panels, width_a);
      for (int64_t j = column0; j < column1; ++j) {
        const T* b_panel = b + plan.panel(k0, block, j, plan.column_panels, width_b);
        T* c = g.c.view.as<T>() + i * width_a * g.c.view.row_stride + j * width_b;
        const T* bias = g.bias && k0 == 0 ? g.bias.as<T>() + j * width_b : nullptr;
        plan.simd.gemm_tile(block, a_panel, b_panel, c, g.c.view.row_stride, std::min(width_a, plan.m - i * width_a),
                            std::min(width_b, plan.n - j * width_b), bias, g.c.beta != 0 || k0 > 0);
      }
    }
  }
}

// k = 0: the product is a sum of nothing.
template <class T>
void without_product(const Gemm& g) {
  for (int64_t i = 0; i < g.m(); ++i) {
    T* c = g.c.view.as<T>() + i * g.c.view.row_stride;
    for (int64_t j = 0; j < g.n(); ++j) c[j] = (g.c.beta != 0 ? c[j] : T(0)) + (g.bias ? g.bias.as<T>()[j] : T(0));
  }
}

template <class T>
void multiply(const Gemm& g) {
  if (g.m() == 0 || g.n() == 0) return;
  if (g.k() == 0) return without_product<T>(g);
  const Plan<T> plan(g);
  const Scratch<T> a(plan.row_panels * plan.simd.tile_rows * plan.k);
  const Scratch<T> b(plan.column_panels * plan.simd.tile_columns * plan.k);
  parallel_for(plan.row_panels + plan.column_panels, [&](int64_t p) {
    if (p < plan.column_panels) {
      pack_panel(plan, g.b, !g.transpose_b, plan.n, plan.simd.tile_columns, plan.column_panels, p, b.data());
    } else {
      pack_panel(plan, g.a, g.transpose_a, plan.m, plan.simd.tile_rows, plan.row_panels, p - plan.column_panels,
                 a.data());
    }
  });
  parallel_for(plan.tasks(), [&](int64_t task) { compute_task(plan, g, a.data(), b.data(), task); });
}

}  // namespace

void run(CpuStream&, const Gemm& g) {
  with_floating(g.a.dtype, [&](auto t) { multiply<decltype(t)>(g); });
}

}  // namespace hone
