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
    launch(dy.device(), kernels::Copy{dy, sink.into(0)});
  }
};

struct ReshapeNode final : Node {
  Shape shape;
  void backward(const Tensor& dy, GradSink& sink) override {
    launch(dy.device(), kernels::Copy{dy.reshape(shape), sink.into(0)});
  }
};

struct TransposeNode final : Node {
  void backward(const Tensor& dy, GradSink& sink) override {
    launch(dy.device(), kernels::Transpose{dy, sink.into(0)});
  }
};

struct SliceNode final : Node {
  Shape shape;
  int64_t row = 0, column = 0;
  // Everything outside the slice has gradient 0, so the slice's is made in place within zeros and added.
  void backward(const Tensor& dy, GradSink& sink) override {
    const Tensor whole = Tensor::zeros(shape, dy.dtype(), dy.device());
    launch(dy.device(), kernels::Copy{dy, {part_of(whole, row, column, dy.shape()), 0}});
    launch(dy.device(), kernels::Copy{whole, sink.into(0)});
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
        launch(dy.device(), kernels::Copy{part, sink.into(i)});
      }
      at += shapes[i][by_rows ? 0 : 1];
    }
  }
};

Var slice(const Var& x, int64_t row, int64_t column, const Shape& shape) {
  Tensor y = empty_like(x.value(), shape);
  launch(x.device(), kernels::Copy{part_of(x.value(), row, column, shape), {y, 0}});
  auto node = std::make_shared<SliceNode>();
  node->shape = x.shape();
  node->row = row;
  node->column = column;
  return record(std::move(node), y, {x});
}

void require_range(const char* op, const Var& x, int64_t begin, int64_t end, int dim) {
  if (x.shape().rank() != 2 || begin < 0 || begin > end || end > x.shape()[dim]) {
    refuse(op, fmt::format("{} to {} of {}", begin, end, describe(x.value())));
  }
}

Var concatenate(const char* op, const std::vector<Var>& parts, int dim) {
  require(!parts.empty(), op, "no parts");
  Shape shape = parts[0].shape();
  shape[dim] = 0;
  auto node = std::make_shared<ConcatenateNode>();
  for (const Var& part : parts) {
    if (part.shape().rank() != 2 || part.shape()[1 - dim] != shape[1 - dim]) {
      refuse(op, fmt::format("{} and {}", describe(parts[0].value()), describe(part.value())));
    }
    shape[dim] += part.shape()[dim];
    node->shapes.push_back(part.shape());
  }
  Tensor y = empty_like(parts[0].value(), shape);
  int64_t at = 0;
  for (const Var& part : parts) {
    const View place = part_of(y, dim == 0 ? at : 0, dim == 0 ? 0 : at, part.shape());
    launch(y.device(), kernels::Copy{part.value(), {place, 0}});
    at += part.shape()[dim];
  }
  node->by_rows = dim == 0;
  return record(std::move(node), y, parts);
}

}  // namespace

Var cast(const Var& x, Dtype dtype) {
  if (dtype == x.dtype()) return x;
  Tensor y = Tensor::empty(x.shape(), dtype, x.device());
  launch(x.device(), kernels::Copy{x.value(), {y, 0}});
  return record(std::make_shared<CastNode>(), y, {x});
}

Var reshape(const Var& x, const Shape& shape) {
  auto node = std::make_shared<ReshapeNode>();
  node->shape = x.shape();
  return record(std::move(node), x.value().reshape(shape), {x});
}

Var transpose(const Var& x) {
  require(x.shape().rank() == 2, "transpose", "a matrix expected, got " + describe(x.value()));
  Tensor y = empty_like(x.value(), {x.shape()[1], x.shape()[0]});
  launch(x.device(), kernels::Transpose{x.value(), {y, 0}});
  return record(std::make_shared<TransposeNode>(), y, {x});
}

Var slice_rows(const Var& x, int64_t begin, int64_t end) {
  require_range("slice_rows", x, begin, end, 0);
  return slice(x, begin, 0, {end - begin, x.shape()[1]});
}

Var slice_columns(const Var& x, int64_t begin, int64_t end) {
  require_range("slice_columns", x, begin, end, 1);
  return slice(x, 0, begin, {x.shape()[0], end - begin});
}

Var concatenate_rows(const std::vector<Var>& parts) { return concatenate("concatenate_rows", parts, 0); }
Var concatenate_columns(const std::vector<Var>& parts) {
  return concatenate("concatenate_columns", parts, 1);
}

}  // namespace hone
