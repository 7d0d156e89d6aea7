#include <hone/autograd/ops/shape.h>

#include <fmt/core.h>

#include "autograd/node.h"
#include "core/kernels/copy.h"

namespace hone {
namespace {

// The part of a matrix that begins at (row, column) and has this shape.
View part_of(const View& whole, int64_t row, int64_t column, const Shape& shape) {
  View part = whole.columns_between(column, column + shape[1]);
  part.data = static_cast<char*>(part.data) + row * whole.row_stride * size_of(whole.dtype);
  part.shape = shape;
  return part;
}

struct CastNode final : Node {
  void backward(const Tensor& dy, GradSink& sink) override {
    launch(dy.device(), kernels::Copy{.x = dy, .out = sink.into(0)});
  }
};

struct ReshapeNode final : Node {
  Shape shape;
  void backward(const Tensor& dy, GradSink& sink) override {
    launch(dy.device(), kernels::Copy{.x = dy.reshape(shape), .out = sink.into(0)});
  }
};

struct TransposeNode final : Node {
  void backward(const Tensor& dy, GradSink& sink) override {
    launch(dy.device(), kernels::Transpose{.x = dy, .y = sink.into(0)});
  }
};

struct SliceNode final : Node {
  Shape shape;
  int64_t row = 0, column = 0;
  // Everything outside the slice has gradient 0, so the slice's is made in place within zeros and added.
  void backward(const Tensor& dy, GradSink& sink) override {
    const Tensor whole = Tensor::zeros(shape, dy.dtype(), dy.device());
    launch(dy.device(), kernels::Copy{.x = dy, .out = {.view = part_of(whole, row, column, dy.shape())}});
    launch(dy.device(), kernels::Copy{.x = whole, .out = sink.into(0)});
  }
};

struct ConcatenateNode final : Node {
  std::vector<Shape> shapes;
  bool by_rows = true;
  void backward(const Tensor& dy, GradSink& sink) override {
    int64_t at = 0;
    for (size_t i = 0; i < shapes.size(); ++i) {
      if (sink.wants(i)) {
        const View part = part_of(dy, by_rows ? at : 0, by_rows ? 0 : at, shapes[i]);
        launch(dy.device(), kernels::Copy{.x = part, .out = sink.into(i)});
      }
      at += shapes[i][by_rows ? 0 : 1];
    }
  }
};

Var slice(const char* op, const Var& x, int64_t row, int64_t column, const Shape& shape) {
  Tensor y = empty_like(x.value(), shape);
  launch(x.device(), kernels::Copy{.x = part_of(x.value(), row, column, shape), .out = {.view = y}}, op);
  auto node = std::make_shared<SliceNode>();
  node->shape = x.shape();
  node->row = row;
  node->column = column;
  return record(std::move(node), y, {x});
}

void require_range(const char* op, const Var& x, int64_t begin, int64_t end, int dim) {
  if (x.shape().rank() != 2 || begin < 0 || begin > end || end > x.shape()[dim]) {
    refuse(op, fmt::format("x is {}, without {} [{}, {})", describe(x.value()), dim == 0 ? "rows" : "columns",
                           begin, end));
  }
}

// The shape of matrices that lie one after the other along `dim`.
Shape joined_shape(const char* op, const std::vector<Var>& parts, int dim) {
  require(!parts.empty(), op, "no parts");
  require_matrix(op, {"parts[0]", parts[0].value()});
  Shape shape = parts[0].shape();
  for (size_t i = 1; i < parts.size(); ++i) {
    const std::string name = fmt::format("parts[{}]", i);
    const Argument part{name.c_str(), parts[i].value()};
    require_matrix(op, part);
    require_device(op, parts[0].device(), {part});
    if (part.view.shape[1 - dim] != shape[1 - dim]) {
      refuse(op, fmt::format("parts[0] is {}, {} {}, expected as many {}", describe(parts[0].value()), name,
                             describe(part.view), dim == 0 ? "columns" : "rows"));
    }
    shape[dim] += part.view.shape[dim];
  }
  return shape;
}

Var concatenate(const char* op, const std::vector<Var>& parts, int dim) {
  const Shape shape = joined_shape(op, parts, dim);
  auto node = std::make_shared<ConcatenateNode>();
  for (const Var& part : parts) node->shapes.push_back(part.shape());
  Tensor y = empty_like(parts[0].value(), shape);
  int64_t at = 0;
  for (const Var& part : parts) {
    const View place = part_of(y, dim == 0 ? at : 0, dim == 0 ? 0 : at, part.shape());
    launch(y.device(), kernels::Copy{.x = part.value(), .out = {.view = place}}, op);
    at += part.shape()[dim];
  }
  node->by_rows = dim == 0;
  return record(std::move(node), y, parts);
}

}  // namespace

Var cast(const Var& x, Dtype dtype) {
  if (dtype == x.dtype()) return x;
  Tensor y = Tensor::empty(x.shape(), dtype, x.device());
  launch(x.device(), kernels::Copy{.x = x.value(), .out = {.view = y}}, "cast");
  return record(std::make_shared<CastNode>(), y, {x});
}

Var reshape(const Var& x, const Shape& shape) {
  if (!x.defined() || x.shape().elements() != shape.elements())
    refuse("reshape", "x is " + describe(x.value()) + ", which does not fill shape " + to_string(shape));
  auto node = std::make_shared<ReshapeNode>();
  node->shape = x.shape();
  return record(std::move(node), x.value().reshape(shape), {x});
}

Var transpose(const Var& x) {
  require_matrix("transpose", {"x", x.value()});
  Tensor y = empty_like(x.value(), {x.shape()[1], x.shape()[0]});
  launch(x.device(), kernels::Transpose{.x = x.value(), .y = {.view = y}});
  return record(std::make_shared<TransposeNode>(), y, {x});
}

Var slice_rows(const Var& x, int64_t begin, int64_t end) {
  constexpr auto op = "slice_rows";
  require_range(op, x, begin, end, 0);
  return slice(op, x, begin, 0, {end - begin, x.shape()[1]});
}

Var slice_columns(const Var& x, int64_t begin, int64_t end) {
  constexpr auto op = "slice_columns";
  require_range(op, x, begin, end, 1);
  return slice(op, x, 0, begin, {x.shape()[0], end - begin});
}

Var concatenate_rows(const std::vector<Var>& parts) { return concatenate("concatenate_rows", parts, 0); }
Var concatenate_columns(const std::vector<Var>& parts) {
  return concatenate("concatenate_columns", parts, 1);
}

}  // namespace hone
