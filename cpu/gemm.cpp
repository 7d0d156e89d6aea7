// GEMM by the method of Goto and van de Geijn ("Anatomy of high-performance matrix multiplication", 2008):
// both operands are packed into panels that the microkernel reads front to back, k is cut into blocks so that
// a panel of a stays in the L1 cache, and the tiles of c are shared out among the threads.
// docs/performance.md tells the sizes' story.
#include "core/kernels/gemm.h"

#include <algorithm>

#include "core/accumulate.h"
#include "core/dispatch.h"
#include "cpu/isa.h"
#include "cpu/packed_weights.h"
#include "cpu/scratch.h"
#include "cpu/thread_pool.h"

namespace hone::kernels {
namespace {

// Bytes of one row of a panel in a block of k: a panel of a is 14 x 384 f32 = 21 KiB.
constexpr int64_t kDepthBytes = 1536;
// Tasks that a product is cut into, at least: then two threads or eight finish at about the same time.
constexpr int64_t kTaskTarget = 32;

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

template <class T>
struct Plan {
  explicit Plan(const Gemm& g) : simd(hone::simd<T>()), m(g.m()), n(g.n()), k(g.k()) {
    row_panels = ceil_div(m, simd.tile_rows);
    column_panels = ceil_div(n, simd.tile_columns);
    const int64_t group = simd.packed_group;
    packed_k = ceil_div(k, group) * group;
    depth = ceil_div(ceil_div(k, ceil_div(k * simd.packed_bytes, kDepthBytes)), group) * group;
    // A task is rows_per_task x columns_per_task panels of c; consecutive tasks share their part of b.
    while (tasks() < kTaskTarget && (rows_per_task > 1 || columns_per_task > 1)) {
      int64_t& larger = rows_per_task > 1 ? rows_per_task : columns_per_task;
      larger = ceil_div(larger, 2);
    }
  }
  int64_t row_tasks() const { return ceil_div(row_panels, rows_per_task); }
  int64_t tasks() const { return row_tasks() * ceil_div(column_panels, columns_per_task); }
  // The bytes from the start of a packed operand to its panel `p` of `panels`, each `width` wide, in the
  // block of k at k0.
  int64_t panel(int64_t k0, int64_t p, int64_t panels, int64_t width) const {
    const int64_t block = std::min(depth, packed_k - k0);
    return (k0 * panels + block * p) * width * simd.packed_bytes;
  }
  int64_t operand_bytes(int64_t panels, int64_t width) const {
    return packed_k * panels * width * simd.packed_bytes;
  }

  const SimdKernels<T>& simd;
  int64_t m, n, k, row_panels, column_panels, depth, packed_k;
  int64_t rows_per_task = 8, columns_per_task = 12;
};

// An operand of the product. Its lanes are rows of a or columns of b.
struct Operand {
  View x;
  bool contiguous_lanes;
  int64_t lanes, width, panels;
  char* packed;
};

// Packs up to kPanelsTogether panels, from panel p on: where lanes are contiguous, a row of memory holds the
// lanes of many panels.
constexpr int64_t kPanelsTogether = 8;

template <class T>
void pack_panels(const Plan<T>& plan, const Operand& o, int64_t p) {
  const int64_t first = p * o.width;
  const int64_t count = std::min(kPanelsTogether * o.width, o.lanes - first);
  for (int64_t k0 = 0; k0 < plan.k; k0 += plan.depth) {
    const int64_t block = std::min(plan.depth, plan.k - k0);
    const T* from =
        o.x.as<T>() + (o.contiguous_lanes ? k0 * o.x.row_stride + first : first * o.x.row_stride + k0);
    plan.simd.pack(from, o.x.row_stride, o.contiguous_lanes, count, block,
                   o.packed + plan.panel(k0, p, o.panels, o.width), o.width);
  }
}

// The panels of c that one task computes.
struct Task {
  int64_t row0, row1, column0, column1;
};

template <class T>
Task task_of(const Plan<T>& plan, int64_t task) {
  const int64_t row0 = task % plan.row_tasks() * plan.rows_per_task;
  const int64_t column0 = task / plan.row_tasks() * plan.columns_per_task;
  return {row0, std::min(row0 + plan.rows_per_task, plan.row_panels), column0,
          std::min(column0 + plan.columns_per_task, plan.column_panels)};
}

// Prefetches memory that will be read soon into the L2 cache, a piece with each tile that is computed before.
class Prefetch {
 public:
  Prefetch(const char* from, int64_t bytes, int64_t pieces)
      : from_(from), bytes_(bytes), piece_(ceil_div(bytes, pieces)) {}
  void fetch_piece() {
    constexpr int64_t kLine = 64;  // bytes
    for (const int64_t end = std::min(fetched_ + piece_, bytes_); fetched_ < end; fetched_ += kLine) {
      __builtin_prefetch(from_ + fetched_, 0, 2);
    }
  }

 private:
  const char* from_;
  int64_t bytes_, piece_, fetched_ = 0;
};

// Computes c (+)= a b (+ bias) for a task and one block of k. c is the task's first element, in a matrix with
// this stride. Panels of b are read for each panel of a and stay in the L2 cache; a's come from farther away.
template <class T, class Out, class Tile>
void compute_block(const Plan<T>& plan, const Task& t, int64_t k0, const char* a, const char* b, Out* c,
                   int64_t c_stride, const Acc<T>* bias, bool add, Tile tile) {
  const int64_t width_a = plan.simd.tile_rows, width_b = plan.simd.tile_columns;
  const int64_t block = std::min(plan.depth, plan.k - k0);
  const auto panel_of_a = [&](int64_t at, int64_t i) {
    return a + plan.panel(at, i, plan.row_panels, width_a);
  };
  for (int64_t i = t.row0; i < t.row1; ++i) {
    const char* a_panel = panel_of_a(k0, i);
    const int64_t next_k0 = i + 1 < t.row1 ? k0 : k0 + block, next_i = i + 1 < t.row1 ? i + 1 : t.row0;
    const int64_t next_block = std::min(plan.depth, plan.k - next_k0);  // 0 after the last
    Prefetch next_panel(panel_of_a(next_k0, next_i), next_block * width_a * plan.simd.packed_bytes,
                        t.column1 - t.column0);
    for (int64_t j = t.column0; j < t.column1; ++j) {
      next_panel.fetch_piece();
      Out* to = c + (i - t.row0) * width_a * c_stride + (j - t.column0) * width_b;
      tile(block, a_panel, b + plan.panel(k0, j, plan.column_panels, width_b), to, c_stride,
           std::min(width_a, plan.m - i * width_a), std::min(width_b, plan.n - j * width_b),
           bias ? bias + j * width_b : nullptr, add);
    }
  }
}

// Rows [row0, row1) and columns [column0, column1) of c.
struct Part {
  int64_t row0, row1, column0, column1;
};

template <class T>
Part part_of(const Plan<T>& plan, const Task& t) {
  const int64_t rows = plan.simd.tile_rows, columns = plan.simd.tile_columns;
  return {t.row0 * rows, std::min(plan.m, t.row1 * rows), t.column0 * columns,
          std::min(plan.n, t.column1 * columns)};
}

// Applies the product's activation to a part of c whose sums are complete.
template <class T>
void activate(const Gemm& g, const Part& part) {
  const Activation& f = g.activation;
  if (!f) return;
  const auto at = [&](const View& v, int64_t row) { return v.as<T>() + row * g.n() + part.column0; };
  const int64_t columns = part.column1 - part.column0;
  for (int64_t row = part.row0; row < part.row1; ++row) {
    T* const c = at(g.c.view, row);
    if (f.backward()) {
      simd<T>().unary_backward(f.kind, columns, at(f.x, row), at(f.y, row), c, c, false);
    } else {
      simd<T>().unary(f.kind, columns, c, at(f.y, row));
    }
  }
}

// Computes a task whose sums are kept in c between the blocks of k.
template <class T, class Out, class Tile>
void compute_task(const Plan<T>& plan, const Gemm& g, const Task& t, const char* a, const char* b, Out* c,
                  Tile tile) {
  const int64_t stride = g.c.view.row_stride;
  const Part part = part_of(plan, t);
  Out* first = c + part.row0 * stride + part.column0;
  for (int64_t k0 = 0; k0 < plan.k; k0 += plan.depth) {
    const Acc<T>* bias = g.bias && k0 == 0 ? g.bias.as<Acc<T>>() : nullptr;
    compute_block(plan, t, k0, a, b, first, stride, bias, g.c.add || k0 > 0, tile);
  }
  activate<T>(g, part);
}

// Computes a task of a bf16 c whose sums are kept in f32 in a buffer until the last block of k: they are
// rounded once.
template <class T>
void compute_task_in_buffer(const Plan<T>& plan, const Gemm& g, const Task& t, const char* a, const char* b,
                            T* c) {
  const Part part = part_of(plan, t);
  const int64_t rows = part.row1 - part.row0, columns = part.column1 - part.column0;
  Acc<T>* sums = thread_scratch<Acc<T>>(rows * columns);
  for (int64_t k0 = 0; k0 < plan.k; k0 += plan.depth) {
    const Acc<T>* bias = g.bias && k0 == 0 ? g.bias.as<Acc<T>>() : nullptr;
    compute_block(plan, t, k0, a, b, sums, columns, bias, k0 > 0, plan.simd.gemm_tile_acc);
  }
  for (int64_t i = 0; i < rows; ++i) {
    T* to = c + (part.row0 + i) * g.c.view.row_stride + part.column0;
    for (int64_t j = 0; j < columns; ++j) {
      const Acc<T> sum = sums[i * columns + j];
      accumulate(to[j], sum, g.c.add);
    }
  }
  activate<T>(g, part);
}

template <class T>
void compute(const Plan<T>& plan, const Gemm& g, int64_t task, const char* a, const char* b) {
  const Task t = task_of(plan, task);
  with_output<T>(g.c.view, [&](auto* c) {
    if constexpr (std::is_same_v<decltype(c), Acc<T>*>) {
      compute_task(plan, g, t, a, b, c, plan.simd.gemm_tile_acc);
    } else if (plan.k > plan.depth) {
      compute_task_in_buffer(plan, g, t, a, b, c);
    } else {
      compute_task(plan, g, t, a, b, c, plan.simd.gemm_tile);
    }
  });
}

// Computes c when k is 0: the product is an empty sum.
template <class T>
void without_product(const Gemm& g) {
  with_output<T>(g.c.view, [&](auto* c) {
    for (int64_t i = 0; i < g.m(); ++i, c += g.c.view.row_stride) {
      for (int64_t j = 0; j < g.n(); ++j) {
        c[j] = (g.c.add ? Acc<T>(c[j]) : Acc<T>(0)) + (g.bias ? g.bias.as<Acc<T>>()[j] : Acc<T>(0));
      }
    }
  });
  activate<T>(g, {0, g.m(), 0, g.n()});
}

template <class T>
void multiply(const Gemm& g) {
  if (g.m() == 0 || g.n() == 0) return;
  if (g.k() == 0) return without_product<T>(g);
  const Plan<T> plan(g);
  const int64_t width_a = plan.simd.tile_rows, width_b = plan.simd.tile_columns;
  const ScratchBytes a(plan.operand_bytes(plan.row_panels, width_a));
  const PackedB b(g.b, g.transpose_b, &plan.simd, plan.operand_bytes(plan.column_panels, width_b));
  const Operand rows{g.a, g.transpose_a, plan.m, width_a, plan.row_panels, a.data()};
  const Operand columns{g.b, !g.transpose_b, plan.n, width_b, plan.column_panels, b.data()};
  const int64_t b_parts = b.ready() ? 0 : ceil_div(plan.column_panels, kPanelsTogether);
  const int64_t a_parts = ceil_div(plan.row_panels, kPanelsTogether);
  parallel_for(a_parts + b_parts, [&](int64_t part) {
    if (part < b_parts) return pack_panels(plan, columns, part * kPanelsTogether);
    pack_panels(plan, rows, (part - b_parts) * kPanelsTogether);
  });
  b.packed();
  parallel_for(plan.tasks(), [&](int64_t task) { compute(plan, g, task, a.data(), b.data()); });
}

}  // namespace

void run(CpuStream&, const Gemm& g) {
  with_floating(g.a.dtype, [&](auto t) { multiply<decltype(t)>(g); });
}

}  // namespace hone::kernels
