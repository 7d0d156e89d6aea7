#include "core/kernels/embedding.h"

#include <fmt/core.h>

namespace hone::kernels {
namespace {

constexpr size_t kMost = 3;
constexpr const char* kTables[] = {"tables[0]", "tables[1]", "tables[2]"};
constexpr const char* kIndices[] = {"indices[0]", "indices[1]", "indices[2]"};

// The name of table i of `count` in messages: an op of one table calls it "table".
const char* table_name(size_t count, size_t i) { return count == 1 ? "table" : kTables[i]; }
const char* index_name(size_t count, size_t i) { return count == 1 ? "index" : kIndices[i]; }

void require_count(const char* op, size_t tables, size_t indices) {
  if (tables > 0 && tables <= kMost && tables == indices) return;
  refuse(op, fmt::format("{} tables and {} indices, expected one to three of each", tables, indices));
}

void check_table(const char* op, const Argument& table, const Argument& index, const View& y) {
  require_matrix(op, table);
  require_shape(op, index, {y.rows()});
  require_index(op, index, table.view.rows());
  if (table.view.columns() != y.columns()) {
    refuse(op,
           fmt::format("{} has {} columns, the result {}", table.name, table.view.columns(), y.columns()));
  }
}

void check_gradient(const char* op, const View& dy, const TableGradient& table) {
  require_shape(op, {"index", table.index}, {dy.rows()});
  require_out(op, "dtable", table.dtable, {table.dtable.view.rows(), dy.columns()});
  require_index(op, {"index", table.index}, table.dtable.view.rows());
  require_sum_type(op, "dtable", table.dtable, require_same_type(op, {{"dy", dy}}));
  require_marks(op, table.marks, table.dtable.view);
}

}  // namespace

Arguments EmbeddingSum::inputs() const {
  Arguments all;
  for (size_t i = 0; i < tables.size(); ++i) {
    all.push_back({table_name(tables.size(), i), tables[i]});
    all.push_back({index_name(tables.size(), i), indices[i]});
  }
  return all;
}

void EmbeddingSum::check(const char* op) const {
  require_count(op, tables.size(), indices.size());
  Arguments all;
  for (size_t i = 0; i < tables.size(); ++i) {
    all.push_back({table_name(tables.size(), i), tables[i]});
    check_table(op, all.back(), {index_name(tables.size(), i), indices[i]}, y);
  }
  const Dtype type = require_same_type(op, all);
  if (type != Dtype::f32 || y.dtype != Dtype::bf16) require_type(op, type, {{"the result", y}});
}

Arguments EmbeddingBackward::inputs() const {
  Arguments all{{"dy", dy}};
  for (const TableGradient& table : tables) all.push_back({"index", table.index});
  return all;
}

Arguments EmbeddingBackward::outputs() const {
  Arguments all;
  for (const TableGradient& table : tables) {
    all.insert(all.end(), {{"dtable", table.dtable.view}, {"marks", table.marks}});
  }
  return all;
}

void EmbeddingBackward::check(const char* op) const {
  require_matrix(op, {"dy", dy});
  require_count(op, tables.size(), tables.size());
  for (size_t i = 0; i < tables.size(); ++i) {
    check_gradient(op, dy, tables[i]);
    for (size_t j = 0; j < i; ++j) {
      require(!overlap(tables[i].dtable.view, tables[j].dtable.view), op, "two gradients share memory");
    }
  }
}

}  // namespace hone::kernels
